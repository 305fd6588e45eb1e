"""One line of a register: numbered, balanced and chained under the register's lock; every verb ends here."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update

from consumption_room import journal
from consumption_room.amounts import Micrograms
from consumption_room.database import db, new_code
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register import chain, rules
from consumption_room.register.models import Bottle, Entry, Head, Lot
from consumption_room.vocabulary.register import LineKind


@dataclass(frozen=True)
class Signed:
    """Who writes a line, and who stands by as witness and has shown it with their PIN."""

    by: Actor
    witness: Actor | None = None

    @property
    def giver(self) -> str:
        """The code of whoever writes: a person, or the program that acts for one."""
        return self.by.staff or self.by.device or "nobody"

    @property
    def beside(self) -> str | None:
        """The code of the witness."""
        return (self.witness.staff or self.witness.device) if self.witness else None


@dataclass(frozen=True)
class Line:
    """What a line shall say. ``amount`` is never below nought: the kind of line knows its sign.

    ``reference`` is the code of the dose it belongs to; ``party`` is the supplier, the other site, whoever destroys;
    ``authority`` the number of the order or permission; ``station`` where a bottle may be open.
    """

    product: str
    amount: Micrograms
    lot: str | None = None
    expires_on: date | None = None
    station: str | None = None
    reference: str | None = None
    party: str | None = None
    authority: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Draft:
    """A line before it has a number. ``quantity`` is what it adds, below nought what it takes away."""

    kind: LineKind
    asked: Line
    lot: Lot
    quantity: Micrograms
    bottle: Bottle | None = None
    reverses: Entry | None = None
    counted: Micrograms | None = None


def write(head: Head, draft: Draft, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Add a line to a register that is locked; raise what keeps it out, and write nothing then."""
    asked, lot, product = draft.asked, draft.lot, head.product
    rules.may_write(draft.kind, head.seq)
    rules.may_sign(draft.kind, signed.giver, signed.beside, product.witnessed)
    rules.says_why(draft.kind, asked.reason, asked.authority)
    left_in_lot = rules.enough(lot.balance, draft.quantity, f"Lot {lot.number}")
    _draw(draft)
    entry = Entry(
        code=new_code(),
        product_id=product.id,
        seq=head.seq + 1,
        kind=draft.kind,
        lot_id=lot.id,
        bottle_id=draft.bottle.id if draft.bottle else None,
        quantity=draft.quantity,
        counted=draft.counted,
        balance=head.balance + draft.quantity,
        lot_balance=left_in_lot,
        giver=signed.giver,
        giver_name=signed.by.name,
        witness=signed.beside,
        witness_name=signed.witness.name if signed.witness else None,
        reference=asked.reference,
        party=asked.party,
        authority=asked.authority,
        reason=asked.reason,
        reverses_id=draft.reverses.id if draft.reverses else None,
        at=now,
        service_day=policy.service_day(now),
        previous=head.hash,
    )
    entry.hash = chain.link(vars(entry), product, lot)
    lot.balance = left_in_lot
    head.seq, head.hash, head.balance = entry.seq, entry.hash, entry.balance
    db.session.add(entry)
    db.session.flush()
    # The journal keeps the hash: whoever forges the register has the journal's chain to forge as well.
    journal.record(
        Happened.REGISTER_WRITTEN, entry.code, signed.by, now, product=product.code, line=entry.seq, hash=entry.hash
    )
    return entry


def _draw(draft: Draft) -> None:
    """Take from the bottle what the line takes, or give it back while the bottle is open."""
    bottle = draft.bottle
    if bottle is None or bottle.closed_at is not None:
        return
    rest = rules.enough(bottle.rest, draft.quantity, f"The open bottle at {bottle.station}")
    db.session.execute(update(Bottle).where(Bottle.id == bottle.id).values(rest=min(rest, bottle.contents)))
