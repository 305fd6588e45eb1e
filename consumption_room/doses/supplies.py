"""A dose in the controlled-drug register: out for the person, back or wasted by two, and taken back as a whole."""

from datetime import datetime

from sqlalchemy import select

from consumption_room.amounts import Micrograms
from consumption_room.database import db
from consumption_room.doses.models import Dose, Prescription, Terms
from consumption_room.policy.room import Policy
from consumption_room.register import service as register
from consumption_room.register.lines import Line, Signed
from consumption_room.register.models import Entry
from consumption_room.vocabulary.register import LineKind


def take_out(dose: Dose, order: Prescription, policy: Policy, signed: Signed, now: datetime) -> None:
    """Write a prepared dose out of its register."""
    register.supply(_line(dose, order, dose.prepared, signed), policy, signed, now)


def put_back(dose: Dose, order: Prescription, policy: Policy, signed: Signed, now: datetime) -> None:
    """Write what was not taken back into the register, and out again what of it was wasted."""
    rest = dose.wasted + dose.returned
    if rest:
        register.take_back(_line(dose, order, rest, signed), policy, signed, now)
    if dose.wasted:
        register.waste(_line(dose, order, dose.wasted, signed), policy, signed, now)


def reverse(dose: Dose, reason: str, policy: Policy, signed: Signed, now: datetime) -> None:
    """Take back every line of a dose that still stands, the newest first."""
    reversed_before = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    lines = db.session.scalars(
        select(Entry.code)
        .where(
            Entry.reference == dose.code,
            Entry.kind.in_([LineKind.SUPPLY, LineKind.RETURN, LineKind.WASTE]),
            Entry.id.not_in(reversed_before),
        )
        .order_by(Entry.id.desc())
    ).all()
    for code in lines:
        register.reverse(code, reason, policy, signed, now)


def _line(dose: Dose, order: Prescription, amount: Micrograms, signed: Signed) -> Line:
    terms: Terms = dose.terms or order.terms
    return Line(
        product=terms.product.code,
        amount=amount,
        station=signed.by.place,
        reference=dose.code,
        reason=dose.reason,
        authority=order.code,
        party=order.client.code,
    )
