"""Somebody with the database's own password, the triggers dropped, and time: ways to falsify a register."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, delete, insert, select, text, update

from consumption_room import journal
from consumption_room.database import db, is_postgresql, table_of
from consumption_room.journal import JournalHead, JournalRow
from consumption_room.register import chain
from consumption_room.register.models import Entry, Head, Lot, Product
from consumption_room.vocabulary.register import LineKind

LINES, HEADS, LOTS, PRODUCTS = table_of(Entry), table_of(Head), table_of(Lot), table_of(Product)
JOURNAL, JOURNAL_HEAD = table_of(JournalRow), table_of(JournalHead)
ALTERED: dict[str, Callable[[Any, random.Random], Any]] = {
    "code": lambda old, chance: old[::-1] + "x",
    "kind": lambda old, chance: chance.choice([kind for kind in LineKind if kind is not old]),
    "lot_id": lambda old, chance: 3 - old,
    "quantity": lambda old, chance: old + chance.choice([-1000, -1, 1, 1000]),
    "balance": lambda old, chance: old + chance.choice([-1000, -1, 1, 1000]),
    "lot_balance": lambda old, chance: old + chance.choice([1, 1000]),
    "counted": lambda old, chance: (old or 0) + 1,
    "giver": lambda old, chance: "somebody",
    "giver_name": lambda old, chance: "Somebody else",
    "witness": lambda old, chance: "anybody",
    "witness_name": lambda old, chance: "Anybody else",
    "reference": lambda old, chance: "another-dose",
    "party": lambda old, chance: f"{old} ",
    "authority": lambda old, chance: "0",
    "reason": lambda old, chance: "nothing happened",
    "reverses_id": lambda old, chance: None if old else 1,
    "at": lambda old, chance: old + timedelta(microseconds=chance.choice([1, 10**9])),
    "service_day": lambda old, chance: old + timedelta(days=1),
    "previous": lambda old, chance: "f" * 64,
    "hash": lambda old, chance: "f" + old[:-1],
    "seq": lambda old, chance: old + 100,
}


def drops_the_triggers() -> None:
    """Take away what keeps the lines and the journal from being changed."""
    tables = ("register_entry", "journal")
    if is_postgresql():
        for table in tables:
            db.session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    for table in tables:
        for change in ("update", "delete"):
            db.session.execute(text(f"DROP TRIGGER {table}_refuses_{change}"))


class Forger:
    """Falsifies the register of one product; every way gives the number of the first line that is then false."""

    def __init__(self, product: str, seed: int) -> None:
        """``seed`` makes the same attacks again."""
        self.product = db.session.scalars(select(Product).where(Product.code == product)).one()
        self.chance = random.Random(seed)
        self.last = self._end().seq

    def attacks(self) -> tuple[str, int]:
        """One attack of a kind chosen at random: its name, and the line that it falsifies first."""
        ways = [
            *[self.alters] * 4,
            *(self.alters_and_hashes, self.alters_and_chains, self.deletes, self.deletes_and_chains, self.swaps),
            *(self.cuts_the_tail, self.adds_at_the_end, self.puts_in_between, self.relabels_a_lot),
            *(self.relabels_the_drug, self.moves_the_end),
        ]
        way = self.chance.choice(ways)
        return way.__name__, way()

    def alters(self) -> int:
        """Change one field of one line."""
        line = self._any()
        field = self.chance.choice(list(ALTERED))
        self._set(line.id, **{field: ALTERED[field](getattr(line, field), self.chance)})
        return line.seq

    def alters_and_hashes(self) -> int:
        """Change one line and give it the hash that then fits."""
        line = self._any()
        self._set(line.id, reason="something else")
        self._hash(self._line(line.seq), line.previous)
        return line.seq

    def alters_and_chains(self) -> int:
        """Change an amount, and put every balance and hash after it right, the register's end and the lots too."""
        line = self._any(2)
        self._set(line.id, quantity=line.quantity + (1 if line.quantity < 0 else -1), reason="so")
        self._chain(line.seq)
        return line.seq

    def deletes(self) -> int:
        """Take one line out."""
        line = self._any()
        self._drop(line.id)
        return line.seq

    def deletes_and_chains(self) -> int:
        """Take one line out and close the gap, as if it had never been."""
        line = self._any(2)
        self._drop(line.id)
        self._renumber(line.seq, -1)
        self._chain(line.seq)
        return line.seq

    def swaps(self) -> int:
        """Let two lines change places."""
        first, second = sorted(self.chance.sample(range(2, self.last + 1), 2))
        one, other = self._line(first), self._line(second)
        self._set(one.id, seq=10**6)
        self._set(other.id, seq=first)
        self._set(one.id, seq=second)
        return first

    def cuts_the_tail(self) -> int:
        """Take the newest lines away, and move the register's end and the lots back to fit."""
        keeps = self.chance.randrange(1, self.last)
        for seq in range(self.last, keeps, -1):
            self._drop(self._line(seq).id)
        self._chain(keeps)
        return keeps + 1

    def adds_at_the_end(self) -> int:
        """Write one more line, chained as the room would."""
        self._copy(self._line(self.last), self.last + 1)
        self._chain(self.last + 1)
        return self.last + 1

    def puts_in_between(self) -> int:
        """Write a line into the past, and renumber and chain what comes after it."""
        at = self.chance.randrange(2, self.last + 1)
        self._renumber(at, 1)
        self._copy(self._line(at - 1), at)
        self._chain(at)
        return at

    def relabels_a_lot(self) -> int:
        """Give a lot another number or date: its first line is false then."""
        line = self._any()
        change = self.chance.choice([{"number": "other"}, {"expires_on": None}, {"code": "other"}])
        db.session.execute(update(LOTS).where(LOTS.c.id == line.lot_id).values(**change))
        return self._scalar(select(LINES.c.seq).where(LINES.c.lot_id == line.lot_id).order_by(LINES.c.seq))

    def relabels_the_drug(self) -> int:
        """Call the drug something else, or stronger: every line is false then."""
        change = self.chance.choice([{"drug": "Water"}, {"strength": self.product.strength * 2}])
        db.session.execute(update(PRODUCTS).where(PRODUCTS.c.id == self.product.id).values(**change))
        return 1

    def moves_the_end(self) -> int:
        """Let the register end elsewhere, or with another rest, or a lot hold another."""
        change = self.chance.choice([{"seq": 1}, {"hash": "0" * 64}, {"balance": 7}, None])
        if change is None:
            lot = self._line(self.last).lot_id
            db.session.execute(update(LOTS).where(LOTS.c.id == lot).values(balance=LOTS.c.balance + 1))
        else:
            db.session.execute(update(HEADS).where(HEADS.c.product_id == self.product.id).values(**change))
        return self.last

    def forges_everything(self) -> int:
        """Alter an amount, chain the register anew, and forge what the journal remembers, with its whole chain."""
        seq = self.alters_and_chains()
        hashes = {line.code: line.hash for line in self._lines(1)}
        previous = "0" * 64
        for row in db.session.execute(select(JOURNAL).order_by(JOURNAL.c.seq)).all():
            said = dict(row._mapping)
            if said["subject"] in hashes:
                said["payload"] = said["payload"] | {"hash": hashes[said["subject"]]}
            said["previous"] = previous
            said["hash"] = previous = journal.link(said)
            db.session.execute(update(JOURNAL).where(JOURNAL.c.seq == row.seq).values(**said))
        db.session.execute(update(JOURNAL_HEAD).values(hash=previous))
        return seq

    def cuts_everything(self) -> int:
        """Cut the tail, and the journal back to before the first line that is gone."""
        codes = {line.seq: line.code for line in self._lines(1)}
        cut = self.cuts_the_tail()
        first = self._scalar(select(JOURNAL.c.seq).where(JOURNAL.c.subject == codes[cut]))
        db.session.execute(delete(JOURNAL).where(JOURNAL.c.seq >= first))
        end = db.session.execute(select(JOURNAL).where(JOURNAL.c.seq == first - 1)).one()
        db.session.execute(update(JOURNAL_HEAD).values(seq=end.seq, hash=end.hash))
        return cut

    def _chain(self, seq: int) -> None:
        """Put balances and hashes right from this line on, and the end of the register with them."""
        before = self._lines(1, seq - 1)
        balance = sum(line.quantity for line in before)
        rests: dict[int, int] = {}
        for line in before:
            rests[line.lot_id] = rests.get(line.lot_id, 0) + line.quantity
        previous = before[-1].hash if before else chain.BEGINNING
        for line in self._lines(seq):
            balance += line.quantity
            rests[line.lot_id] = rests.get(line.lot_id, 0) + line.quantity
            self._set(line.id, balance=balance, lot_balance=rests[line.lot_id])
            previous = self._hash(self._line(line.seq), previous)
        last = self._lines(1)[-1]
        end = {"seq": last.seq, "hash": last.hash, "balance": last.balance}
        db.session.execute(update(HEADS).where(HEADS.c.product_id == self.product.id).values(**end))
        for lot, rest in rests.items():
            db.session.execute(update(LOTS).where(LOTS.c.id == lot).values(balance=rest))

    def _hash(self, line: Any, previous: str) -> str:
        said: dict[str, Any] = dict(line._mapping) | {"previous": previous}
        link = chain.link(said, self.product, db.session.get_one(Lot, line.lot_id))
        self._set(line.id, previous=previous, hash=link)
        return link

    def _copy(self, line: Any, seq: int) -> None:
        said: Mapping[str, Any] = {name: value for name, value in line._mapping.items() if name != "id"}
        new = {
            "seq": seq,
            "code": "forged",
            "kind": LineKind.RECEIPT,
            "quantity": 5000,
            "reverses_id": None,
            "counted": None,
        }
        db.session.execute(insert(LINES).values(**(said | new)))

    def _renumber(self, first: int, by: int) -> None:
        lines = self._lines(first)
        for line in lines if by < 0 else reversed(lines):
            self._set(line.id, seq=line.seq + by)

    def _drop(self, key: int) -> None:
        db.session.execute(delete(LINES).where(LINES.c.id == key))

    def _set(self, key: int, **values: Any) -> None:
        db.session.execute(update(LINES).where(LINES.c.id == key).values(**values))

    def _any(self, first: int = 1) -> Any:
        return self._line(self.chance.randrange(first, self.last + 1))

    def _line(self, seq: int) -> Any:
        return self._of(LINES, LINES.c.seq == seq)

    def _lines(self, first: int, last: int = 10**9) -> list[Any]:
        rows = select(LINES).where(LINES.c.product_id == self.product.id, LINES.c.seq.between(first, last))
        return list(db.session.execute(rows.order_by(LINES.c.seq)).all())

    def _end(self) -> Any:
        return self._of(HEADS)

    def _of(self, table: Table, *where: Any) -> Any:
        return db.session.execute(select(table).where(table.c.product_id == self.product.id, *where)).one()

    def _scalar(self, asked: Any) -> int:
        return int(db.session.scalars(asked.limit(1)).one())
