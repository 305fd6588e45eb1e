"""What translators are asked for besides the sentences in templates and code: labels, definitions and first names."""

import tomllib
from collections.abc import Iterator
from typing import Any, BinaryIO

from consumption_room.doses.fates import FATES
from consumption_room.reports.extract import WORDS
from consumption_room.reports.rules import DEFINITIONS, DOSES, RESPONSE
from consumption_room.shifts.opening import SENTENCES
from consumption_room.vocabulary.labels import label
from consumption_room.vocabulary.lists import LISTS

# One message as Babel's extractors give it: the line, the function that would translate it, the words, and comments.
Message = tuple[int, str | None, str | tuple[str, str], list[str]]
NAME = "name"


def labels(_file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """The label of every choice of every closed list."""
    for choices in LISTS.values():
        for choice in choices:
            yield 0, None, label(choice), []


def definitions(_file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What the figures of the reports mean."""
    for sentence in [*DEFINITIONS.values(), *RESPONSE.values(), *DOSES.values()]:
        yield 0, None, sentence, []


def printed(_file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What stands on the printed register."""
    for words in WORDS.values():
        yield 0, None, words, []


def sentences(_file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What the opening check finds."""
    for sentence in SENTENCES.values():
        yield 0, None, sentence, []


def names(file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What the policy calls things: in a context of their own, so that nothing else is taken for such a name."""
    policy = tomllib.load(file)
    yield 0, "pgettext", (NAME, policy["room"]["name"]), []
    for part in ("zone", "item", "kit", "service"):
        for named in policy[part]:
            yield 0, "pgettext", (NAME, named["name"]), []
    for step in policy["cleaning"]["steps"]:
        yield 0, "pgettext", (NAME, step), []
    for drug in policy["drug"]:
        yield 0, "pgettext", (NAME, drug["drug"]), []
    for line in policy["agreements"]["eligibility"]:
        yield 0, "pgettext", (NAME, line["says"]), []
    alarm = policy["alarm"]
    for rung in [*alarm["ladder"], *(rung for ladder in alarm["ladder_of"].values() for rung in ladder)]:
        yield 0, "pgettext", (NAME, rung["audience"]), []


def fates(_file: BinaryIO, _keywords: Any, _tags: Any, options: Any) -> Iterator[Message]:
    """What follows from each outcome of a dose."""
    for fate in FATES.values():
        yield 0, None, fate.clinical, []
        yield 0, None, fate.stock, []
