"""A controlled-drug register to begin a test with: opened with fifty grams, and lines added by two people."""

from datetime import date
from typing import Any

from consumption_room import clock
from consumption_room.amounts import from_mg
from consumption_room.database import transaction
from consumption_room.gate import here
from consumption_room.journal import Actor
from consumption_room.register import service as register
from consumption_room.register.lines import Line, Signed
from consumption_room.register.models import Entry
from tests.builders import GOOD_UNTIL, MONA, NINA

DRUG = "diamorphine-100"
FIFTY_GRAMS = "50000"
TWO = Signed(NINA, MONA)
"""Nina writes, and Mona stands by."""


def line(mg: str = "200", product: str = DRUG, **more: Any) -> Line:
    """What a line shall say, the amount in milligrams."""
    return Line(product, from_mg(mg), **more)


def opened(mg: str = FIFTY_GRAMS, product: str = DRUG, lot: str = "A1", until: date = GOOD_UNTIL) -> Entry:
    """A register with its opening balance."""
    return _written(register.open_register, line(mg, product, lot=lot, expires_on=until))


def received(mg: str = "1000", lot: str = "B2", until: date | None = GOOD_UNTIL, product: str = DRUG) -> Entry:
    """A delivery, taken in."""
    return _written(register.receive, line(mg, product, lot=lot, expires_on=until, party="City pharmacy"))


def supplied(mg: str = "200", reference: str = "dose-1", signed: Signed = TWO, **more: Any) -> Entry:
    """An amount given out for a dose."""
    return _written(register.supply, line(mg, reference=reference, **more), signed)


def wasted(mg: str = "50", reason: str = "spilled", **more: Any) -> Entry:
    """An amount written off."""
    return _written(register.waste, line(mg, reason=reason, **more))


def put_back(mg: str = "50", reference: str = "dose-1", **more: Any) -> Entry:
    """What was given out for a dose and not taken."""
    return _written(register.take_back, line(mg, reference=reference, reason="not taken", **more))


def destroyed(mg: str = "100", authority: str = "LMST-77", **more: Any) -> Entry:
    """An amount destroyed with permission."""
    return _written(register.destroy, line(mg, authority=authority, party="City police", **more))


def reversed_line(code: str, reason: str = "wrong amount typed", signed: Signed = TWO) -> Entry:
    """The line with this code, taken back."""
    with transaction():
        return register.reverse(code, reason, here.policy(), signed, clock.now())


def person(code: str, name: str = "Somebody") -> Actor:
    """A member of staff with this code."""
    return Actor(name=name, staff=code)


def _written(verb: Any, asked: Line, signed: Signed = TWO) -> Entry:
    with transaction():
        written: Entry = verb(asked, here.policy(), signed, clock.now())
    return written
