"""Reading stock for screens: what is there, what is short, what moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from consumption_room.database import db
from consumption_room.inventory.models import Item, Kit, Lot, Movement
from consumption_room.vocabulary.stock import ItemKind, MovementReason


@dataclass(frozen=True)
class Level:
    """How an item stands: pieces that can be handed out, pieces past their date, and the minimum."""

    code: str
    name: str
    kind: ItemKind
    balance: int
    expired: int
    minimum: int
    next_expiry: date | None

    @property
    def short(self) -> bool:
        """Whether less is there than should be; expired stock counts as zero."""
        return self.balance < self.minimum


def levels(today: date) -> list[Level]:
    """Every item and how it stands, by name."""
    good = or_(Lot.expires_on.is_(None), Lot.expires_on >= today)
    rows = db.session.execute(
        select(
            Item.code,
            Item.name,
            Item.kind,
            func.coalesce(func.sum(case((good, Lot.on_shelf), else_=0)), 0),
            func.coalesce(func.sum(case((good, 0), else_=Lot.on_shelf)), 0),
            Item.minimum,
            func.min(case((good & (Lot.on_shelf > 0), Lot.expires_on))),
        )
        .outerjoin(Lot, Lot.item_id == Item.id)
        .group_by(Item.id)
        .order_by(Item.name)
    )
    return [Level(*row) for row in rows]


def items() -> Sequence[Item]:
    """The catalogue, in the order of the codes."""
    return db.session.scalars(select(Item).order_by(Item.code)).all()


def lots() -> Sequence[Lot]:
    """Every lot with something left, by item, first to expire first."""
    return db.session.scalars(
        select(Lot).join(Item).where(Lot.on_shelf > 0).order_by(Item.name, Lot.expires_on, Lot.id)
    ).all()


def kits() -> Sequence[Kit]:
    """Every kit, by name."""
    return db.session.scalars(select(Kit).order_by(Kit.name)).all()


def movements(before: str | None = None, limit: int = 50) -> Sequence[Movement]:
    """The newest lines of the ledger, or those before the line with this code."""
    rows = select(Movement).order_by(Movement.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(Movement.id < select(Movement.id).where(Movement.code == before).scalar_subquery())
    return db.session.scalars(rows).all()


def taken_back(lines: Sequence[Movement]) -> set[int]:
    """Which of these lines have been taken back, by key."""
    keys = [line.id for line in lines]
    rows = db.session.scalars(select(Movement.reverses_id).where(Movement.reverses_id.in_(keys)))
    return {key for key in rows if key is not None}


def handed_out_in(visit_id: int, began: date) -> Sequence[Movement]:
    """What was handed out in a visit that began on this day of the room, oldest first, without what was taken back.

    Looks through two days of the ledger and never through its history.
    """
    undone = aliased(Movement)
    return db.session.scalars(
        select(Movement)
        .where(Movement.service_day.between(began, began + timedelta(days=1)))
        .where(Movement.reason == MovementReason.ISSUED, Movement.visit_id == visit_id)
        .where(~select(undone.id).where(undone.reverses_id == Movement.id).exists())
        .order_by(Movement.id)
    ).all()


def wrong_balances() -> Iterator[str]:
    """A sentence for each lot whose balance is not the sum of its movements."""
    sums = select(Movement.lot_id, func.sum(Movement.quantity).label("total")).group_by(Movement.lot_id).subquery()
    rows = db.session.execute(
        select(Lot.code, Lot.on_shelf, func.coalesce(sums.c.total, 0))
        .outerjoin(sums, sums.c.lot_id == Lot.id)
        .where(Lot.on_shelf != func.coalesce(sums.c.total, 0))
    )
    for code, on_shelf, total in rows:
        yield f"Lot {code} says {on_shelf} and its movements add up to {total}."
