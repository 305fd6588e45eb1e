"""Windows laid out as rows, and missed doses set once when a window has ended: due rows, swept, never a timer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from consumption_room import journal
from consumption_room.database import db, insert_new, new_code
from consumption_room.doses import holds, limits, rules, windows
from consumption_room.doses.models import Dose, Prescription
from consumption_room.doses.rules import Limits
from consumption_room.doses.windows import Due, Times
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.doses import (
    DoseOutcome,
    DoseState,
    DoseWindow,
    HoldCause,
    Limit,
    PrescriptionState,
)

UNSETTLED = (DoseState.EXPECTED, DoseState.PRE_CHECK, DoseState.HELD, DoseState.REFERRED)
A_SWEEP = 500
"""Windows settled in one transaction: an alarm must not wait behind a whole city's."""

# Built once: they are asked every second.
_TO_LAY_OUT = (
    select(Prescription.id)
    .where(
        Prescription.state != PrescriptionState.STOPPED,
        Prescription.laid_out_until < bindparam("today"),
        Prescription.laid_out_until < Prescription.ends_on,
    )
    .limit(A_SWEEP)
)
_TO_SETTLE = (
    select(Dose)
    .where(Dose.state.in_(UNSETTLED), Dose.ends_at <= bindparam("now"))
    .order_by(Dose.ends_at, Dose.id)
    .limit(A_SWEEP)
)


def is_due(policy: Policy, now: datetime) -> bool:
    """Whether a sweep would find anything to do: two reads of an index."""
    day = policy.service_day(now)
    return (
        db.session.scalar(_TO_LAY_OUT.limit(1), {"today": day}) is not None
        or db.session.scalar(_TO_SETTLE.with_only_columns(Dose.id).limit(1), {"now": now}) is not None
    )


def sweep(policy: Policy, by: Actor, now: datetime) -> int:
    """Lay out the windows of today (and of days the room slept through), then settle those that have ended.

    Gives how many doses were settled. Whoever sweeps at the same time waits for the rows and finds them settled.
    """
    found = db.session.scalars(_TO_LAY_OUT, {"today": policy.service_day(now)}).all()
    lay_out(found, policy, now)
    ended = db.session.scalars(
        _TO_SETTLE.with_for_update(of=Dose, skip_locked=True).execution_options(populate_existing=True), {"now": now}
    ).all()
    if not ended:
        return 0
    in_force = limits.now()
    keys = sorted({dose.prescription_id for dose in ended})
    orders = {
        one.id: one
        for one in db.session.scalars(
            select(Prescription)
            .where(Prescription.id.in_(keys))
            .order_by(Prescription.id)
            .with_for_update(of=Prescription)
        )
    }
    for dose in ended:
        _settle(dose, orders[dose.prescription_id], in_force, by, now)
    db.session.flush()
    return len(ended)


def _settle(dose: Dose, order: Prescription, in_force: Limits, by: Actor, now: datetime) -> None:
    """An expected dose was missed; one that was held (or whose order is), or spilled before, was withheld."""
    if dose.state is DoseState.EXPECTED and order.state is PrescriptionState.ACTIVE and dose.turn == 0:
        dose.move_to(DoseState.MISSED)
        dose.outcome, dose.recorded_at = DoseOutcome.MISSED, now
        order.missed_in_a_row += 1
        journal.record(Happened.DOSE_MISSED, dose.code, by, now, window=dose.window.value, run=order.missed_in_a_row)
        level = rules.missed_step(order.missed_in_a_row, in_force)
        if level is not None:
            missed = f"{order.missed_in_a_row} doses were missed in a row."
            holds.put_on_hold(order, HoldCause.MISSED_DOSES, level, missed, by, now)
        return
    dose.move_to(DoseState.WITHHELD)
    dose.outcome, dose.recorded_at = DoseOutcome.WITHHELD, now
    dose.reason = order.hold_reason or dose.reason or "Not given before the window ended."
    journal.record(Happened.DOSE_ENDED, dose.code, by, now, outcome=dose.outcome.value)


def warns(order: Prescription, in_force: Limits) -> bool:
    """Whether so many doses were missed in a row that it is said on the screen."""
    return order.missed_in_a_row >= in_force[Limit.MISSED_WARNING]


def lay_out(keys: Sequence[int], policy: Policy, now: datetime) -> None:
    """Put the windows of these prescriptions (row keys) there as rows, up to today; what is there stays."""
    if not keys:
        return
    today = policy.service_day(now)
    orders = db.session.scalars(
        select(Prescription)
        .where(Prescription.id.in_(sorted(keys)))
        .order_by(Prescription.id)
        .with_for_update(of=Prescription)
    ).all()
    rows = [row for order in orders for row in _rows(order, policy, now)]
    for order in orders:
        order.laid_out_until = max(order.laid_out_until, min(today, order.ends_on))
    if rows:
        insert_new(Dose, rows)


def _rows(order: Prescription, policy: Policy, now: datetime) -> Iterator[dict[str, Any]]:
    terms = order.terms
    day = max(order.laid_out_until + timedelta(days=1), terms.starts_on)
    while day <= min(policy.service_day(now), terms.ends_on):
        for due in due_on(order, policy, day):
            if due.ends_at > terms.written_at:  # nobody misses a dose that was prescribed after its window
                yield {
                    "code": new_code(),
                    "prescription_id": order.id,
                    "client_id": order.client_id,
                    "service_day": day,
                    "window": due.window,
                    "turn": 0,
                    "opens_at": due.opens_at,
                    "closes_at": due.closes_at,
                    "ends_at": due.ends_at,
                    "state": DoseState.EXPECTED,
                    "prepared": 0,
                    "given": 0,
                    "wasted": 0,
                    "returned": 0,
                    "late": False,
                }
        day += timedelta(days=1)


def due_on(order: Prescription, policy: Policy, day: date) -> list[Due]:
    """The windows of a prescription on a day of the room, in order."""
    planned = times_of(order.terms.windows, policy)
    return sorted(
        (windows.due(window, times, day, policy.timezone, policy.day_ends) for window, times in planned),
        key=lambda due: due.opens_at,
    )


def times_of(planned: Mapping[str, Mapping[str, int]], policy: Policy) -> Iterator[tuple[DoseWindow, Times]]:
    """From when to when each window of a prescription is: the person's own times, else the room's."""
    for plan in policy.dose_windows:
        own = planned.get(plan.window.value)
        if own is not None:
            opens = timedelta(minutes=own["opens"]) if "opens" in own else plan.opens
            closes = timedelta(minutes=own["closes"]) if "closes" in own else plan.closes
            yield plan.window, Times(opens, closes, plan.grace)
