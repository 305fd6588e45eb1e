"""The texts that people are asked to agree to: a file for each scope, version and language, for anybody to translate.

A file is called ``house-rules.2.da.txt``: the scope, the number of the version, the language (BCP 47). Its first line
is the title; paragraphs are parted by empty lines. The highest number is what is asked now. Older files stay, so that
what somebody once agreed to can be read again.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from consumption_room.errors import NotFound, Unsafe
from consumption_room.vocabulary.consents import ConsentScope

LAST_RESORT = "en"
_NAME = re.compile(
    r"(?P<scope>[a-z-]+)\.(?P<version>[1-9][0-9]{0,3})\.(?P<language>[a-z]{2,3}(-[A-Za-z0-9]{2,8})*)\.txt"
)


@dataclass(frozen=True)
class Wording:
    """One text in one language."""

    scope: ConsentScope
    version: int
    language: str
    title: str
    paragraphs: tuple[str, ...]
    digest: str
    """SHA-256 of the file, in hexadecimal: which letters exactly somebody agreed to."""


@dataclass(frozen=True)
class Wordings:
    """Every text this room has."""

    all: tuple[Wording, ...]

    @cached_property
    def newest(self) -> dict[ConsentScope, int]:
        """The number of the version that is asked now."""
        return {scope: max(one.version for one in self.all if one.scope is scope) for scope in ConsentScope}

    def languages(self, scope: ConsentScope) -> list[str]:
        """The languages that the newest version of a text can be read in, in order."""
        return sorted(one.language for one in self.all if (one.scope, one.version) == (scope, self.newest[scope]))

    def read(self, scope: ConsentScope, languages: Iterable[str], version: int | None = None) -> Wording:
        """The text in the first of these languages that has it, else in English; raise ``NotFound`` when none does."""
        version = version or self.newest[scope]
        there = {one.language: one for one in self.all if (one.scope, one.version) == (scope, version)}
        for language in (*languages, LAST_RESORT):
            if language in there:
                return there[language]
        raise NotFound("There is no such text in this language.")


def load(folder: Path) -> Wordings:
    """Read every text of a folder; raise ``Unsafe`` when one cannot be read or a scope has no English one."""
    wordings = Wordings(tuple(_read(path) for path in sorted(folder.glob("*.txt"))))
    for scope in ConsentScope:
        versions = {one.version for one in wordings.all if one.scope is scope}
        english = {one.version for one in wordings.all if one.scope is scope and one.language == LAST_RESORT}
        if not versions or versions != english:
            raise Unsafe(f"{folder.name}: every version of {scope.value} needs a text in English (.en.txt).")
    return wordings


def _read(path: Path) -> Wording:
    match = _NAME.fullmatch(path.name)
    if match is None or match["scope"] not in set(ConsentScope):
        raise Unsafe(f"{path.name} is not called like house-rules.1.en.txt.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        raise Unsafe(f"{path.name} cannot be read: {trouble}.") from trouble
    title, _, rest = text.strip().partition("\n")
    paragraphs = tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", rest) if part.strip())
    if not title.strip() or not paragraphs:
        raise Unsafe(f"{path.name} needs a title on its first line and at least one paragraph.")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Wording(
        ConsentScope(match["scope"]), int(match["version"]), match["language"], title.strip(), paragraphs, digest
    )
