"""Reading the registers for screens, programs and extracts: what is left, and the lines of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import selectinload

from consumption_room.amounts import Micrograms
from consumption_room.database import db
from consumption_room.register.models import Bottle, Count, Discrepancy, Entry, Head, Lot, Product
from consumption_room.vocabulary.register import CountState


@dataclass(frozen=True)
class Standing:
    """How a register stands: what is left, how much of it is past its date, and where it ends."""

    product: Product
    balance: Micrograms
    expired: Micrograms
    line: int
    hash: str

    @property
    def low(self) -> bool:
        """Whether an open register has less in date than should be there."""
        return self.line > 0 and self.balance - self.expired < self.product.low


def standings(today: date) -> list[Standing]:
    """Every register and how it stands, by name and strength."""
    past = case((Lot.expires_on < today, Lot.balance), else_=0)
    rows = db.session.execute(
        select(Product, Head.balance, func.coalesce(func.sum(past), 0), Head.seq, Head.hash)
        .join(Head, Head.product_id == Product.id)
        .outerjoin(Lot, Lot.product_id == Product.id)
        .group_by(Product.id, Head.product_id)
        .order_by(Product.drug, Product.strength, Product.code)
    )
    return [Standing(product, balance, int(expired), seq, link) for product, balance, expired, seq, link in rows]


def standing(product: Product, today: date) -> Standing:
    """How the register of this product stands."""
    return next(one for one in standings(today) if one.product.id == product.id)


def lots(product: Product) -> Sequence[Lot]:
    """Every lot with something left, the first to expire first."""
    return db.session.scalars(
        select(Lot)
        .where(Lot.product_id == product.id, Lot.balance > 0)
        .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.id)
    ).all()


def open_bottles(product: Product | None = None) -> Sequence[Bottle]:
    """Every open bottle, by station; of one product, or of all."""
    rows = select(Bottle).where(Bottle.closed_at.is_(None)).order_by(Bottle.station, Bottle.id)
    return db.session.scalars(rows if product is None else rows.where(Bottle.product_id == product.id)).all()


@dataclass(frozen=True)
class Between:
    """Which lines: of which days (both included, ``None`` is open), and after which line (its code)."""

    first: date | None = None
    last: date | None = None
    after: str | None = None


def lines(product: Product, asked: Between, limit: int | None = None) -> Sequence[Entry]:
    """The lines of a register in the order they were written, with what each takes back."""
    rows = select(Entry).where(Entry.product_id == product.id).order_by(Entry.seq).options(selectinload(Entry.reverses))
    if asked.first is not None:
        rows = rows.where(Entry.service_day >= asked.first)
    if asked.last is not None:
        rows = rows.where(Entry.service_day <= asked.last)
    if asked.after is not None:
        rows = rows.where(Entry.seq > select(Entry.seq).where(Entry.code == asked.after).scalar_subquery())
    return db.session.scalars(rows.limit(limit)).all()


def newest(product: Product, before: str | None, limit: int) -> Sequence[Entry]:
    """The newest lines of a register, or those before the line with this code; the newest first."""
    rows = select(Entry).where(Entry.product_id == product.id).order_by(Entry.seq.desc()).limit(limit)
    if before is not None:
        rows = rows.where(Entry.seq < select(Entry.seq).where(Entry.code == before).scalar_subquery())
    return db.session.scalars(rows.options(selectinload(Entry.reverses))).all()


def taken_back(lines: Sequence[Entry]) -> set[int]:
    """Which of these lines have been taken back, by key."""
    keys = [line.id for line in lines]
    rows = db.session.scalars(select(Entry.reverses_id).where(Entry.reverses_id.in_(keys)))
    return {key for key in rows if key is not None}


def balance_before(product: Product, day: date) -> Micrograms:
    """What was left when this day began: the balance of the last line before it."""
    return (
        db.session.scalar(
            select(Entry.balance)
            .where(Entry.product_id == product.id, Entry.service_day < day)
            .order_by(Entry.seq.desc())
            .limit(1)
        )
        or 0
    )


def undone_by(lines: Sequence[Entry]) -> dict[int, int]:
    """The number of the line that takes back each of these that was taken back, by key."""
    keys = [line.id for line in lines]
    rows = db.session.execute(select(Entry.reverses_id, Entry.seq).where(Entry.reverses_id.in_(keys)))
    return {key: seq for key, seq in rows if key is not None}


def open_discrepancies(product: Product | None = None) -> Sequence[Discrepancy]:
    """Every discrepancy that is not settled, the oldest first; of one product, or of all."""
    rows = (
        select(Discrepancy)
        .join(Count, Count.id == Discrepancy.count_id)
        .where(Discrepancy.settled_at.is_(None))
        .order_by(Discrepancy.found_at, Discrepancy.id)
    )
    return db.session.scalars(rows if product is None else rows.where(Count.product_id == product.id)).all()


def last_counts(product: Product) -> dict[int, Count]:
    """The last count of each lot that two people signed, by the lot's key."""
    signed = Count.state.in_([CountState.AGREES, CountState.DIFFERS])
    newest = select(func.max(Count.id)).where(Count.product_id == product.id, signed).group_by(Count.lot_id)
    return {count.lot_id: count for count in db.session.scalars(select(Count).where(Count.id.in_(newest)))}
