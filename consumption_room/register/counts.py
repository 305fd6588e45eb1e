"""Counting a lot: two people, each blind to the balance and to the other; a difference opens a discrepancy (R6)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.amounts import Micrograms, in_mg
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register import products, rules
from consumption_room.register.lines import Draft, Line, Signed, write
from consumption_room.register.models import Count, Discrepancy, Entry, Head, Lot
from consumption_room.vocabulary.register import CountOccasion, CountState, LineKind

_FOUND = "Counted again, and it agrees."


@dataclass(frozen=True)
class Counted:
    """What one person counted in a lot, and on which occasion."""

    product: str
    lot: str
    counted: Micrograms
    occasion: CountOccasion = CountOccasion.SPOT


def count(asked: Counted, policy: Policy, by: Actor, now: datetime) -> Count:
    """Note what somebody counted: the first figure waits for another person's, the second ends the count.

    What is given out between the two does not matter: each figure is held against the balance of its own moment.
    """
    head = products.locked(asked.product)
    rules.may_write(LineKind.COUNT, head.seq)
    lot = products.lot(head, asked.lot)
    who = Signed(by).giver
    waiting = db.session.scalar(select(Count).where(Count.lot_id == lot.id, Count.state == CountState.WAITING))
    if waiting is None or waiting.first == who:
        return _begin(waiting, head, lot, asked, by, now)
    waiting.second, waiting.second_name = who, by.name
    waiting.second_counted, waiting.second_expected, waiting.second_at = asked.counted, lot.balance, now
    waiting.state = rules.outcome_of(waiting.first_difference, waiting.second_difference)
    if waiting.state is not CountState.DISAGREE:
        _sign(waiting, head, lot, policy, by, now)
    db.session.flush()
    journal.record(Happened.REGISTER_COUNTED, waiting.code, by, now, product=asked.product, state=waiting.state.value)
    return waiting


def settle(code: str, reason: str, policy: Policy, signed: Signed, now: datetime) -> Discrepancy:
    """Put the register right by what was counted, with a reason and a second person; raise ``AlreadySettled``."""
    found = discrepancy(code)
    head = products.locked(found.count.product.code)
    db.session.refresh(found)
    rules.may_settle(found.settled_at is not None)
    lot = products.lot(head, found.count.lot.code)
    asked = Line(head.product.code, abs(found.difference), reference=found.count.code, reason=reason)
    line = write(head, Draft(LineKind.ADJUSTMENT, asked, lot, found.difference), policy, signed, now)
    _settled(found, reason, line, signed.by, now)
    return found


def discrepancy(code: str) -> Discrepancy:
    """The discrepancy with this code; raise ``NotFound``."""
    found = db.session.scalar(select(Discrepancy).where(Discrepancy.code == code))
    if found is None:
        raise NotFound("There is no discrepancy with this code.")
    return found


def _begin(waiting: Count | None, head: Head, lot: Lot, asked: Counted, by: Actor, now: datetime) -> Count:
    """The first figure; who counts a second time before anybody else did begins anew."""
    begun = waiting or Count(product_id=head.product_id, lot_id=lot.id, state=CountState.WAITING)
    begun.occasion, begun.first, begun.first_name = asked.occasion, Signed(by).giver, by.name
    begun.first_counted, begun.first_expected, begun.first_at = asked.counted, lot.balance, now
    db.session.add(begun)
    db.session.flush()
    journal.record(Happened.REGISTER_COUNTED, begun.code, by, now, product=asked.product, state=begun.state.value)
    return begun


def _sign(count: Count, head: Head, lot: Lot, policy: Policy, by: Actor, now: datetime) -> None:
    """Write the count into the register, signed by both, and what it opens or settles."""
    difference, counted = count.second_difference, count.second_counted
    first = Actor(name=count.first_name, staff=count.first)
    asked = Line(head.product.code, 0, reference=count.code, reason=count.occasion.value)
    draft = Draft(LineKind.COUNT, asked, lot, 0, counted=counted)
    line = write(head, draft, policy, Signed(by, first), now)
    still_open = db.session.scalars(
        select(Discrepancy)
        .join(Count, Count.id == Discrepancy.count_id)
        .where(Count.lot_id == lot.id, Discrepancy.settled_at.is_(None))
    ).all()
    for older in still_open:
        _settled(older, _FOUND if difference == 0 else "Counted again.", line, by, now)
    if difference:
        opened = Discrepancy(count=count, difference=difference, found_at=now)
        db.session.add(opened)
        db.session.flush()
        journal.record(
            Happened.REGISTER_DISAGREES,
            opened.code,
            by,
            now,
            product=head.product.code,
            line=line.seq,
            difference_mg=in_mg(difference),
        )


def _settled(found: Discrepancy, reason: str, line: Entry, by: Actor, now: datetime) -> None:
    found.settled_at, found.settled_by, found.reason, found.entry_id = now, by.name, reason, line.id
    db.session.flush()
    journal.record(Happened.REGISTER_SETTLED, found.code, by, now, line=line.seq)
