"""The clinical limits in force, and signing new ones: versioned, by name, never edited."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.database import db
from consumption_room.doses import rules
from consumption_room.doses.models import ClinicalLimits
from consumption_room.doses.rules import Limits
from consumption_room.errors import NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.doses import Limit

_NEWEST = select(ClinicalLimits).order_by(ClinicalLimits.version.desc()).limit(1)


def set_up(policy: Policy, now: datetime) -> None:
    """Put down what a new room begins with: numbers that nobody has signed, marked as such until a doctor does."""
    if db.session.scalar(_NEWEST) is None:
        numbers = {limit.value: number for limit, number in policy.clinical_limits.items()}
        rules.check_limits(policy.clinical_limits)
        db.session.add(ClinicalLimits(version=1, numbers=numbers, written_at=now))
        db.session.flush()


def now() -> Limits:
    """The limits in force; raise ``NotFound`` in a room that was never set up."""
    newest = db.session.scalar(_NEWEST)
    if newest is None:
        raise NotFound("This room has no clinical limits yet: please run consumption-room setup.")
    return as_limits(newest)


def as_limits(row: ClinicalLimits) -> Limits:
    """A stored version as the rules read it."""
    return Limits(row.version, row.signed_by, {limit: int(row.numbers[limit.value]) for limit in Limit})


def versions() -> Sequence[ClinicalLimits]:
    """Every version that was ever in force, the newest first."""
    return db.session.scalars(select(ClinicalLimits).order_by(ClinicalLimits.version.desc())).all()


def sign(numbers: Mapping[Limit, int], seen: int, note: str | None, by: Actor, now: datetime) -> ClinicalLimits:
    """Sign a new version, in place of version ``seen``; raise ``OutOfOrder`` when another was signed meanwhile."""
    rules.check_limits(numbers)
    newest = db.session.scalar(_NEWEST.with_for_update())
    if newest is None or newest.version != seen:
        raise OutOfOrder("Somebody else has signed new limits meanwhile. Please look at them first.")
    signed = ClinicalLimits(
        version=seen + 1,
        numbers={limit.value: numbers[limit] for limit in Limit},
        written_at=now,
        signed_at=now,
        signed_by=by.name,
        note=note,
    )
    try:
        with db.session.begin_nested():
            db.session.add(signed)
    except IntegrityError as clash:
        raise OutOfOrder("Somebody else has just signed new limits. Please look at them first.") from clash
    changed = sorted(name for name, number in signed.numbers.items() if newest.numbers.get(name) != number)
    journal.record(Happened.LIMITS_SIGNED, f"limits-{signed.version}", by, now, changed=changed)
    return signed
