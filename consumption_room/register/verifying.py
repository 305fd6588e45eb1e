"""Recomputing a register from its first line: numbers, balances, the chain, and what the journal remembers of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from consumption_room import journal
from consumption_room.database import db, table_of
from consumption_room.events import Happened
from consumption_room.register import chain
from consumption_room.register.models import Entry, Head, Lot, Product

_BATCH = 2000


@dataclass(frozen=True)
class Wrong:
    """The first line of a register that does not hold, and what is wrong with it."""

    product: str
    line: int
    sentence: str


@dataclass(frozen=True)
class Anchor:
    """A line as an extract printed it: its number and its hash, or the first figures of that."""

    line: int
    hash: str


class _Broken(Exception):
    """Raised where a register does not hold."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def wrong_registers() -> Iterator[Wrong]:
    """The first line that is wrong of each register that does not hold."""
    for product in db.session.scalars(select(Product).order_by(Product.id)).all():
        if (wrong := first_wrong(product)) is not None:
            yield wrong


def first_wrong(product: Product, printed: Sequence[Anchor] = ()) -> Wrong | None:
    """The first line of this register that does not hold, or ``None``.

    ``printed`` is copied from an extract: it finds even who forged register, journal and every hash after it.
    """
    try:
        _verify(product, {anchor.line: anchor.hash for anchor in printed})
    except _Broken as broken:
        return Wrong(product.code, broken.line, f"Line {broken.line} of the register of {product.code} {broken}")
    except (SQLAlchemyError, LookupError, ValueError) as unreadable:
        line = next(_unreadable(product), 0)
        return Wrong(product.code, line, f"Line {line} of the register of {product.code} cannot be read: {unreadable}")
    return None


def _verify(product: Product, printed: Mapping[int, str]) -> None:
    lots = {lot.id: lot for lot in db.session.scalars(select(Lot).execution_options(populate_existing=True))}
    rests = dict.fromkeys((key for key, lot in lots.items() if lot.product_id == product.id), 0)
    remembered = (row for row in journal.told(Happened.REGISTER_WRITTEN) if row[1].get("product") == product.code)
    seq, previous, balance = 0, chain.BEGINNING, 0
    for line in _lines(product):
        said = line._mapping
        if line.seq != seq + 1:
            raise _Broken(seq + 1, "is missing.")
        lot = lots.get(line.lot_id)
        if lot is None or lot.id not in rests:
            raise _Broken(line.seq, "was altered: it is of a lot that this register does not have.")
        if line.previous != previous or not _fits(dict(said), product, lot):
            raise _Broken(line.seq, "was altered: it does not fit its hash.")
        balance, rests[lot.id] = balance + line.quantity, rests[lot.id] + line.quantity
        if (line.balance, line.lot_balance) != (balance, rests[lot.id]):
            raise _Broken(line.seq, "was altered: its balance is not the sum of the lines before it.")
        if next(remembered, None) != (line.code, {"product": product.code, "line": line.seq, "hash": line.hash}):
            raise _Broken(line.seq, "was altered or put in: the journal remembers it otherwise.")
        if not line.hash.startswith(printed.get(line.seq, "")):
            raise _Broken(line.seq, "was altered: the printed register says otherwise.")
        seq, previous = line.seq, line.hash
    if next(remembered, None) is not None or max(printed, default=0) > seq:
        raise _Broken(seq + 1, "is missing: it was written, and is not there any more.")
    _same_end(product, seq, previous, balance)
    for key, rest in rests.items():
        if lots[key].balance != rest:
            raise _Broken(seq, f"leaves another rest of lot {lots[key].number} than the lot says.")


def _fits(said: Mapping[str, Any], product: Product, lot: Lot) -> bool:
    """Whether a line has the hash that it should have; what cannot even be hashed has not."""
    try:
        return bool(said["hash"] == chain.link(said, product, lot))
    except (TypeError, ValueError, AttributeError):
        return False


def _same_end(product: Product, seq: int, previous: str, balance: int) -> None:
    columns = table_of(Head).c
    end = db.session.execute(
        select(columns.seq, columns.hash, columns.balance).where(columns.product_id == product.id)
    ).first()
    if end is None or tuple(end) != (seq, previous, balance):
        raise _Broken(seq, "is the last, and the register's own end says otherwise.")


def _lines(product: Product) -> Iterator[Row[Any]]:
    """Every line in order, as columns: the mapper's work would be most of the time."""
    table, after = table_of(Entry), 0
    rows = select(table).where(table.c.product_id == product.id).order_by(table.c.seq, table.c.id)
    while batch := db.session.execute(rows.where(table.c.seq > after).limit(_BATCH)).all():
        yield from batch
        after = batch[-1].seq


def _unreadable(product: Product) -> Iterator[int]:
    """The number of each line that cannot be made sense of: a word or a moment that none of ours would be."""
    table = table_of(Entry)
    keys = db.session.execute(
        select(table.c.id, table.c.seq).where(table.c.product_id == product.id).order_by(table.c.seq)
    ).all()
    for key, seq in keys:
        try:
            db.session.execute(select(table).where(table.c.id == key)).all()
        except (SQLAlchemyError, LookupError, ValueError):
            yield seq
