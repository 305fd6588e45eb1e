"""The board: what the room looks like now, for every way in; it costs the same after ten years as on day one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from consumption_room import journal
from consumption_room.alerts import queries as alerts
from consumption_room.alerts.models import Alert
from consumption_room.bookings import queries as bookings
from consumption_room.bookings.models import Booking
from consumption_room.checks import rules as check_rules
from consumption_room.cubicles import rules as cubicle_rules
from consumption_room.cubicles.models import Cubicle
from consumption_room.heartbeats import queries as heartbeats
from consumption_room.heartbeats.queries import InUse, Missed
from consumption_room.inventory import queries as inventory
from consumption_room.inventory.queries import Level
from consumption_room.policy.room import Policy
from consumption_room.shifts import queries as shifts
from consumption_room.shifts import rules as shift_rules
from consumption_room.shifts.service import Sheet
from consumption_room.visits import queries as visits
from consumption_room.visits import rules as visit_rules
from consumption_room.visits import turns
from consumption_room.visits.models import Visit
from consumption_room.visits.queries import Occupied
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.visits import Stage


@dataclass(frozen=True)
class Seat:
    """A cubicle and, if somebody is there, their visit, for how long, and how that stands against the limit."""

    cubicle: Cubicle
    visit: Visit | None
    elapsed: timedelta
    limit: timedelta
    pressure: str
    check_due_at: datetime | None = None
    check: str = "calm"
    sensor_disagrees: bool = False
    booking: Booking | None = None

    @property
    def filled(self) -> int:
        """How much of the limit has passed, in per cent, at most 100."""
        return min(100, round(100 * self.elapsed / self.limit)) if self.visit else 0


@dataclass(frozen=True)
class Waiting:
    """Somebody who is inside and not in a cubicle: since when, how the wait stands, and what is left of observing.

    ``turn`` is what gives them their place in the queue, ``claim`` what is left of a call that keeps a place for them.
    """

    visit: Visit
    elapsed: timedelta
    pressure: str
    until: datetime | None = None
    left: timedelta = timedelta(0)
    turn: Turn = Turn.ARRIVAL
    claim: timedelta | None = None


@dataclass(frozen=True)
class Board:
    """One picture of the room, true at journal number ``seq``."""

    seq: int
    at: datetime
    seats: list[Seat]
    queue: list[Waiting]
    other: list[Waiting]
    aftercare: list[Waiting]
    held: list[Waiting]
    short: list[Level]
    alerts: Sequence[Alert]
    shift: shifts.Now
    devices: list[InUse]
    missed: list[Missed]
    too_few_staff: str | None = None

    @property
    def in_cubicles(self) -> int:
        """How many people are in cubicles."""
        return sum(seat.visit is not None for seat in self.seats)

    @property
    def free_cubicles(self) -> list[Cubicle]:
        """Every cubicle that somebody could take now."""
        return [seat.cubicle for seat in self.seats if seat.cubicle.state == "free" and not seat.cubicle.frozen]

    def kept_for(self, client_id: int | None) -> Cubicle | None:
        """The cubicle that is held at this moment because this person (by row key) has booked it."""
        if client_id is None:
            return None
        mine = (seat.cubicle for seat in self.seats if seat.booking and seat.booking.client_id == client_id)
        return next((cubicle for cubicle in mine if cubicle.state == "held" and not cubicle.frozen), None)

    @property
    def sheet(self) -> Sheet:
        """The figures that are handed over with the room."""
        return Sheet(
            in_cubicles=self.in_cubicles,
            in_aftercare=len(self.aftercare),
            waiting=len(self.queue),
            open_alarms=len(self.alerts),
            short=tuple(level.code for level in self.short),
        )

    @property
    def free(self) -> int:
        """How many cubicles somebody could take now."""
        return sum(seat.cubicle.state == "free" for seat in self.seats)


def now(policy: Policy, at: datetime) -> Board:
    """The room as it is: seven reads, none of them of history."""
    seq = journal.last()
    devices = heartbeats.in_use()
    inside = visits.inside()
    by_id = {visit.id: visit for visit in inside}
    stages: dict[Stage, list[Waiting]] = {stage: [] for stage in Stage}
    other = []
    for visit in inside:
        waiting = _waiting(visit, policy, at)
        if visit.stage in {Stage.WAITING, Stage.CALLED} and not visit_rules.wants_a_cubicle(visit.purposes):
            other.append(waiting)
        else:
            stages[visit.stage].append(waiting)
    booked = {booking.cubicle_id: booking for booking in bookings.held_for()}
    seats = [
        replace(
            _seat(one, by_id.get(one.visit_id) if one.visit_id else None, policy, at),
            booking=booked.get(one.cubicle.id),
        )
        for one in visits.cubicles()
    ]
    shift = shifts.now(at)
    return Board(
        seq=seq,
        at=at,
        seats=seats,
        queue=turns.in_order(stages[Stage.CALLED] + stages[Stage.WAITING], lambda one: one.visit, policy, at),
        other=other,
        aftercare=stages[Stage.AFTERCARE],
        held=stages[Stage.HELD],
        short=[level for level in inventory.levels(policy.service_day(at)) if level.short],
        alerts=alerts.open_alerts(),
        shift=shift,
        devices=devices,
        missed=heartbeats.missed(devices, policy, at),
        too_few_staff=_too_few_staff(shift, sum(seat.visit is not None for seat in seats), policy),
    )


def _too_few_staff(shift: shifts.Now, in_cubicles: int, policy: Policy) -> str | None:
    """Why one more person in a cubicle is too many for those on duty; ``None`` when it is not."""
    if not shift.counts_staff:
        return None
    try:
        shift_rules.may_take_one_more([one.role for one in shift.on_duty], in_cubicles, policy.staffing)
    except shift_rules.TooFewStaff as refusal:
        return refusal.message
    return None


def _seat(one: Occupied, visit: Visit | None, policy: Policy, at: datetime) -> Seat:
    elapsed = max(at - (one.since or one.cubicle.since), timedelta(0))
    plan = policy.stay(one.cubicle.modes)
    pressure = cubicle_rules.pressure(elapsed, plan) if visit else "calm"
    return Seat(
        cubicle=one.cubicle,
        visit=visit,
        elapsed=elapsed,
        limit=plan.red,
        pressure=pressure,
        check_due_at=one.check_due_at,
        check=check_rules.urgency(one.check_due_at, at),
        sensor_disagrees=cubicle_rules.disagrees(one.cubicle.told, policy.sensor_settles, at),
    )


def _waiting(visit: Visit, policy: Policy, at: datetime) -> Waiting:
    if visit.stage is Stage.AFTERCARE:
        elapsed = max(at - visit.since, timedelta(0))
        until = visit_rules.observed_until(visit.since, visit.observe_until, policy)
        return Waiting(visit, elapsed, "done" if at >= until else "calm", until, until - at)
    elapsed = max(at - visit.arrived_at, timedelta(0))
    pressure = "over" if elapsed >= policy.wait_red else "soon" if elapsed >= policy.wait_amber else "calm"
    claim = visit.claim_until - at if visit.claim_until else None
    return Waiting(visit, elapsed, pressure, turn=turns.turn(visit, policy, at), claim=claim)
