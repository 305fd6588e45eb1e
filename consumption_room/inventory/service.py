"""Receiving, handing out, counting and taking back: the only code that writes the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from consumption_room import journal
from consumption_room.database import db, new_code
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.inventory import catalogue, rules
from consumption_room.inventory.models import Item, Kit, KitPart, Lot, Movement, SharpsReturn
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.stock import ItemKind, MovementReason, ReturnMethod

NO_LOT = "without number"
# Built once: they run for everything handed out, and putting a statement together costs as much as running it.
_PARTS = (
    select(KitPart.item_id, Item.name, KitPart.quantity)
    .join(Kit, Kit.id == KitPart.kit_id)
    .join(Item, Item.id == KitPart.item_id)
    .where(Kit.code == bindparam("kit"))
    .order_by(KitPart.item_id)
)
# Locked in one order, so that two desks handing out the same kit wait for each other instead of for ever.
_LOTS_OF = (
    select(Lot)
    .where(Lot.item_id.in_(bindparam("items", expanding=True)), Lot.on_shelf > 0)
    .order_by(Lot.id)
    .with_for_update(of=Lot)
    .execution_options(populate_existing=True)
)
# The condition stands in the update as well as in the constraint, so that a race is a sentence, not an error.
_MOVE = (
    update(Lot)
    .where(Lot.id == bindparam("lot"), Lot.on_shelf + bindparam("moved") >= 0)
    .values(on_shelf=Lot.on_shelf + bindparam("moved"))
    .returning(Lot.on_shelf)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Receipt:
    """A delivery: how many pieces, of which lot, good until when."""

    item: str
    quantity: int
    lot: str = NO_LOT
    expires_on: date | None = None


@dataclass(frozen=True)
class Issue:
    """Something handed out: an item or a kit, how many, in which visit (row key) if any, and whether for others."""

    quantity: int
    item: str | None = None
    kit: str | None = None
    visit: str | None = None
    visit_id: int | None = None
    for_others: bool = False


@dataclass(frozen=True)
class Count:
    """How many pieces of an item somebody counted, in which lot."""

    item: str
    counted: int
    lot: str = NO_LOT
    note: str | None = None


@dataclass(frozen=True)
class Return:
    """Used sharps that came back."""

    quantity: int
    method: ReturnMethod = ReturnMethod.COUNTED
    visit: str | None = None
    visit_id: int | None = None


def receive(asked: Receipt, policy: Policy, by: Actor, now: datetime) -> Movement:
    """Put a delivery on the shelf."""
    lot = _lot(catalogue.item(asked.item), asked.lot, asked.expires_on)
    return _move([(lot, asked.quantity)], MovementReason.RECEIVED, policy, by, now)[0]


def issue(asked: Issue, policy: Policy, by: Actor, now: datetime) -> list[Movement]:
    """Hand out an item or a kit, first expired first out; all its parts leave the shelf, or none does."""
    wanted = _wanted(asked)
    today = policy.service_day(now)
    lots = _lots_of([item_id for item_id, _, _ in wanted])
    lines: list[tuple[Lot, int]] = []
    for item_id, name, quantity in wanted:
        shelf = [rules.OnShelf(lot.id, lot.on_shelf, lot.expires_on) for lot in lots.values() if lot.item_id == item_id]
        lines += [(lots[lot], -take) for lot, take in rules.pick(name, quantity, shelf, today)]
    return _move(lines, MovementReason.ISSUED, policy, by, now, asked)


def _wanted(asked: Issue) -> list[tuple[int, str, int]]:
    if (asked.item is None) == (asked.kit is None):
        raise FieldsWrong({"item": ["Please name either an item or a kit."]})
    if asked.item is not None:
        one = catalogue.item(asked.item)
        return [(one.id, one.name, asked.quantity)]
    parts = db.session.execute(_PARTS, {"kit": asked.kit}).all()
    if not parts:
        raise FieldsWrong({"kit": [f"There is no kit called {asked.kit!r}."]})
    return [(item_id, name, each * asked.quantity) for item_id, name, each in parts]


def _lots_of(items: Sequence[int]) -> dict[int, Lot]:
    return {lot.id: lot for lot in db.session.scalars(_LOTS_OF, {"items": list(items)})}


def count(asked: Count, policy: Policy, by: Actor, now: datetime) -> Movement | None:
    """Make the ledger agree with what was counted; ``None`` when it already does."""
    lot = _lot(catalogue.item(asked.item), asked.lot, None)
    if asked.counted == lot.on_shelf:
        return None
    return _move([(lot, asked.counted - lot.on_shelf)], MovementReason.COUNTED, policy, by, now, note=asked.note)[0]


def reverse(code: str, reason: str, policy: Policy, by: Actor, now: datetime) -> list[Movement]:
    """Take back everything that was booked together with this movement, with a reason."""
    named = db.session.scalar(select(Movement).where(Movement.code == code))
    if named is None:
        raise NotFound("There is no booking with this code.")
    together = db.session.scalars(select(Movement).where(Movement.issue == named.issue).order_by(Movement.lot_id)).all()
    # The lots are locked before asking, so that two desks taking back the same booking come one after the other.
    lots = {
        lot.id: lot
        for lot in db.session.scalars(
            select(Lot).where(Lot.id.in_([line.lot_id for line in together])).order_by(Lot.id).with_for_update(of=Lot)
        )
    }
    reversed_before = db.session.scalar(
        select(func.count()).select_from(Movement).where(Movement.reverses_id.in_([line.id for line in together]))
    )
    rules.may_reverse(named.reason, bool(reversed_before))
    return _move(
        [(lots[line.lot_id], -line.quantity) for line in together],
        MovementReason.REVERSED,
        policy,
        by,
        now,
        reverses=together,
        note=reason,
    )


def use(
    number: str, kinds: Sequence[ItemKind], asked: Issue, policy: Policy, by: Actor, now: datetime
) -> list[Movement]:
    """Take what was used on somebody from the lot that was named; raise ``NoSuchLot`` or ``OutOfStock``.

    The date of the lot is not asked: it has been used, and the shelf is so many pieces shorter.
    """
    lot = db.session.scalar(
        select(Lot)
        .join(Item, Item.id == Lot.item_id)
        .where(or_(Lot.number == number, Lot.code == number), Item.kind.in_(kinds))
        .order_by(Lot.on_shelf == 0, Lot.id)
        .limit(1)
    )
    if lot is None:
        raise rules.NoSuchLot("There is no rescue stock with this lot number.")
    return _move([(lot, -asked.quantity)], MovementReason.USED, policy, by, now, asked)


def take_back_sharps(asked: Return, policy: Policy, by: Actor, now: datetime) -> SharpsReturn:
    """Count used sharps that came back; they never go back on the shelf."""
    returned = SharpsReturn(
        quantity=asked.quantity,
        method=asked.method,
        visit_id=asked.visit_id,
        at=now,
        service_day=policy.service_day(now),
    )
    db.session.add(returned)
    db.session.flush()
    journal.record(Happened.SHARPS_RETURNED, returned.code, by, now, visit=asked.visit, quantity=asked.quantity)
    return returned


def _lot(of: Item, number: str, expires_on: date | None) -> Lot:
    # The item's row is the parent that two deliveries of one lot wait for.
    db.session.execute(select(Item.id).where(Item.id == of.id).with_for_update())
    lot = db.session.scalar(
        select(Lot)
        .where(Lot.item_id == of.id, Lot.number == number)
        .with_for_update(of=Lot)
        .execution_options(populate_existing=True)
    )
    if lot is None:
        lot = Lot(item=of, number=number, expires_on=expires_on, on_shelf=0)
        db.session.add(lot)
        db.session.flush()
    elif expires_on is not None and lot.expires_on != expires_on:
        raise FieldsWrong({"expires_on": [f"Lot {number} is already here with another date: {lot.expires_on}."]})
    return lot


def _move(
    lines: list[tuple[Lot, int]],
    reason: MovementReason,
    policy: Policy,
    by: Actor,
    now: datetime,
    asked: Issue | None = None,
    *,
    reverses: Sequence[Movement] = (),
    note: str | None = None,
) -> list[Movement]:
    together, written = new_code(), []
    for number, (lot, quantity) in enumerate(lines):
        left = db.session.execute(_MOVE, {"lot": lot.id, "moved": quantity}).scalar()
        if left is None:
            raise rules.OutOfStock(f"There are not {-quantity} of {lot.item.name} on the shelf any more.")
        set_committed_value(lot, "on_shelf", left)
        written.append(
            Movement(
                issue=together,
                lot=lot,
                quantity=quantity,
                reason=reason,
                visit_id=asked.visit_id if asked else None,
                for_others=asked.for_others if asked else False,
                reverses_id=reverses[number].id if reverses else None,
                note=note,
                at=now,
                service_day=policy.service_day(now),
            )
        )
    db.session.add_all(written)
    db.session.flush()
    journal.record(
        Happened.STOCK_MOVED,
        together,
        by,
        now,
        visit=asked.visit if asked else None,
        reason=reason.value,
        lines=[[movement.lot.item.code, movement.quantity] for movement in written],
    )
    return written
