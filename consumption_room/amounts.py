"""Amounts of drug: whole micrograms inside, milligrams as decimal text outside, and never a float in between."""

import re

Micrograms = int
"""An amount inside the room; what may be taken away is negative."""

_MG = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,3}))?")


def from_mg(text: str) -> Micrograms:
    """The amount that this text means, like ``12.5``; raise ``ValueError`` for anything finer than a microgram.

    A comma is refused: ``1,000`` is one milligram to some and a gram to others.
    """
    found = _MG.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an amount in milligrams like 12.5")
    amount = int(found["whole"]) * 1000 + int((found["part"] or "").ljust(3, "0"))
    return -amount if found["sign"] == "-" else amount


def in_mg(amount: Micrograms) -> str:
    """The amount in milligrams, without needless noughts: ``12500`` is ``12.5``."""
    whole, part = divmod(abs(amount), 1000)
    return ("-" if amount < 0 else "") + f"{whole}.{part:03d}".rstrip("0").rstrip(".")
