"""Substances left behind or handed in: sealed bags, signed for by two until somebody else has them (R10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.amounts import Micrograms
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.register import rules
from consumption_room.register.lines import Signed
from consumption_room.register.models import Bag, CustodyStep
from consumption_room.vocabulary.register import CustodyMove


@dataclass(frozen=True)
class Sealed:
    """A bag as it is sealed: its printed number, what it looks like, where it was found, and where it is kept.

    ``amount`` is weighed, or ``estimated``; ``None`` when it is neither.
    """

    bag: str
    what: str
    found: str
    store: str
    amount: Micrograms | None = None
    estimated: bool = False


@dataclass(frozen=True)
class Step:
    """Where a bag goes: another place in the room, or for good to the police or the pharmacy (``receipt``: theirs)."""

    kind: CustodyMove
    to: str
    receipt: str | None = None


def seal(asked: Sealed, signed: Signed, now: datetime) -> Bag:
    """Take a sealed bag into custody, by two people; raise ``FieldsWrong`` when its number was used before."""
    bag = Bag(**vars(asked), **_names(signed), at=now)
    try:
        with db.session.begin_nested():
            db.session.add(bag)
    except IntegrityError as clash:
        raise FieldsWrong({"bag": ["A bag with this number is already in the log."]}) from clash
    journal.record(Happened.BAG_SEALED, bag.code, signed.by, now)
    return bag


def move(code: str, asked: Step, signed: Signed, now: datetime) -> Bag:
    """Move a bag, or hand it over for good; raise ``AlreadyGone`` when somebody else has it."""
    bag = db.session.scalar(select(Bag).where(Bag.code == code).with_for_update(of=Bag))
    if bag is None:
        raise NotFound("There is no bag with this code.")
    rules.may_move(bag.gone is not None)
    step = CustodyStep(bag_id=bag.id, kind=asked.kind, to=asked.to, receipt=asked.receipt, **_names(signed), at=now)
    try:
        with db.session.begin_nested():
            db.session.add(step)
    except IntegrityError as clash:
        raise rules.AlreadyGone("This bag has just been handed over.") from clash
    db.session.refresh(bag)
    journal.record(Happened.BAG_MOVED, bag.code, signed.by, now, move=asked.kind.value)
    return bag


def log(before: str | None = None, limit: int = 50) -> Sequence[Bag]:
    """The newest bags, or those before the bag with this code."""
    rows = select(Bag).order_by(Bag.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(Bag.id < select(Bag.id).where(Bag.code == before).scalar_subquery())
    return db.session.scalars(rows).all()


def _names(signed: Signed) -> dict[str, str]:
    """Both signatures; raise unless there are two people."""
    rules.two_sign(signed.giver, signed.beside)
    witness = signed.witness or signed.by
    return {
        "giver": signed.giver,
        "giver_name": signed.by.name,
        "witness": signed.beside or "",
        "witness_name": witness.name,
    }
