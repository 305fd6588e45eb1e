"""When two aliases may be one person's: how a name sounds, and the shape of the code it would have elsewhere."""

import re

import jellyfish

from consumption_room.clients import rules

# What English metaphone does not know of Danish spelling, before it listens: the same name is written in both ways.
_DANISH = (
    (re.compile("ø|œ"), "o"),
    (re.compile("æ"), "e"),
    (re.compile(r"\bch(?=[rl])"), "k"),
    (re.compile(r"\b([kgs])j(?=[aeiouy])"), r"\1"),
    (re.compile("aa"), "a"),
)
_LATIN = re.compile(r"[a-z]+")


def sound_of(alias: str) -> str:
    """How an alias sounds: the metaphone of each word, in alphabetical order; words in other scripts as they are.

    Kristian and Christian, Søren and Soeren, Blue Heron and Heron Blu sound alike.
    """
    plain = rules.folded(alias)
    for spelling, sound in _DANISH:
        plain = spelling.sub(sound, plain)
    plain = re.sub(r"o(?:e)(?=[a-z])", "o", plain)
    words = (jellyfish.metaphone(word) if _LATIN.fullmatch(word) else word for word in plain.split())
    return " ".join(sorted(word for word in words if word))


def shape_of(alias: str, birth_year: int | None) -> str | None:
    """The code that needle exchanges elsewhere would build: the initials, and the year of birth; without a year none.

    The first letters of the words in alphabetical order, so that it does not matter which name comes first.
    """
    initials = "".join(sorted(word[0] for word in rules.folded(alias).split()))
    return f"{initials}{birth_year}" if initials and birth_year is not None else None
