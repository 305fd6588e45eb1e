"""Writing in a register: what comes, goes, is wasted or taken back, inside whichever transaction it is called in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.policy.room import Policy
from consumption_room.register import products, rules
from consumption_room.register.lines import Draft, Line, Signed, write
from consumption_room.register.models import Entry, Head, Lot
from consumption_room.vocabulary.register import LineKind


def open_register(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Write the opening balance: the first line of a register, once (R8); raise ``AlreadyOpen``."""
    return _put_in(LineKind.OPENING, asked, policy, signed, now)


def receive(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Take in a delivery: from whom, under which order, which lot."""
    if not asked.party:
        raise FieldsWrong({"party": ["Please say who delivered it."]})
    return _put_in(LineKind.RECEIPT, asked, policy, signed, now)


def receive_the_first(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Take in a delivery; a register that was never opened is opened with nought by the two who sign for it."""
    if not products.locked(asked.product).seq:
        nothing = Line(asked.product, 0, lot=asked.lot, expires_on=asked.expires_on, reason="Begins with a delivery")
        open_register(nothing, policy, signed, now)
    return receive(asked, policy, signed, now)


def supply(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Give out for a dose (``reference``), from the lot named, the station's open bottle, or the first lot to expire.

    Raises ``NoStock`` and ``LotExpired``; nothing is written then.
    """
    return _take_out(LineKind.SUPPLY, asked, policy, signed, now)


def waste(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Write off what was spilled, broken or left in a syringe, with a reason."""
    return _take_out(LineKind.WASTE, asked, policy, signed, now)


def destroy(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Write off what is destroyed with permission (``authority``)."""
    return _take_out(LineKind.DESTRUCTION, asked, policy, signed, now)


def transfer(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Send to another site or back to the pharmacy (``party``)."""
    if not asked.party:
        raise FieldsWrong({"party": ["Please say where it goes."]})
    return _take_out(LineKind.TRANSFER, asked, policy, signed, now)


def take_back(asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Put back what was given out for a dose (``reference``) and not taken; never more than is out for it."""
    head = products.locked(asked.product)
    lines = _lines_of(head, asked.reference)
    supplied = [line for line in lines if line.kind is LineKind.SUPPLY]
    quantity = rules.signed(LineKind.RETURN, asked.amount)
    rules.may_take_back(quantity, -sum(line.quantity for line in lines if _undone(line).kind is not LineKind.WASTE))
    of = products.lot(head, asked.lot) if asked.lot else supplied[-1].lot
    bottle = next((line.bottle for line in supplied if line.lot_id == of.id), None)
    draft = Draft(LineKind.RETURN, asked, of, quantity, bottle)
    return write(head, draft, policy, signed, now)


def reverse(code: str, reason: str, policy: Policy, signed: Signed, now: datetime) -> Entry:
    """Take back a whole line by a further one, with a reason and a second person; the first stays as it is (D12)."""
    named = line(code)
    # The register is locked before asking, so that two people taking back one line come one after the other.
    head = products.locked(named.product.code)
    before = db.session.scalar(select(Entry.id).where(Entry.reverses_id == named.id))
    rules.may_reverse(named.kind, named.quantity, before is not None)
    asked = Line(named.product.code, abs(named.quantity), reference=named.reference, reason=reason)
    lot = products.lot(head, named.lot.code)
    draft = Draft(LineKind.REVERSAL, asked, lot, -named.quantity, named.bottle, reverses=named)
    return write(head, draft, policy, signed, now)


def line(code: str, product: str | None = None) -> Entry:
    """The line with this code, in the register of this product if one is named; raise ``NotFound``."""
    found = db.session.scalar(select(Entry).where(Entry.code == code))
    if found is None or product not in (None, found.product.code):
        raise NotFound("There is no line with this code in this register.")
    return found


def _put_in(kind: LineKind, asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    head = products.locked(asked.product)
    rules.may_write(kind, head.seq)
    if not asked.lot:
        raise FieldsWrong({"lot": ["Please give the number of the lot."]})
    lot = products.lot_for(head, asked.lot, asked.expires_on)
    draft = Draft(kind, asked, lot, rules.signed(kind, asked.amount))
    return write(head, draft, policy, signed, now)


def _take_out(kind: LineKind, asked: Line, policy: Policy, signed: Signed, now: datetime) -> Entry:
    head, today = products.locked(asked.product), policy.service_day(now)
    rules.may_write(kind, head.seq)
    quantity = rules.signed(kind, asked.amount)
    bottle = products.bottle_at(head.product_id, asked.station) if asked.station and not asked.lot else None
    if bottle is not None:
        lot = products.lot(head, bottle.lot.code)
    elif asked.lot:
        lot = products.lot(head, asked.lot)
    else:
        in_lots = [_seen(one) for one in products.lots(head)]
        picked = rules.pick(asked.amount, in_lots, today)
        lot = next(one for one in products.lots(head) if one.id == picked)
    if kind is LineKind.SUPPLY:
        rules.may_leave(_seen(lot), today)
    return write(head, Draft(kind, asked, lot, quantity, bottle), policy, signed, now)


def _undone(line: Entry) -> Entry:
    """The line that a reversal is about; any other line itself."""
    return line.reverses or line


def _seen(lot: Lot) -> rules.InLot:
    return rules.InLot(lot.id, lot.number, lot.balance, lot.expires_on)


def _lines_of(head: Head, reference: str | None) -> Sequence[Entry]:
    """What this register says of a dose."""
    if not reference:
        raise FieldsWrong({"reference": ["Please say which dose it was given out for."]})
    return db.session.scalars(
        select(Entry).where(Entry.reference == reference, Entry.product_id == head.product_id).order_by(Entry.seq)
    ).all()
