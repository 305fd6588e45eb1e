"""The watch: takes the steps that are due, again and again, and forgets what is past its time."""

from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask

from consumption_room import clock, presence, pulse, systemd
from consumption_room.alerts import escalation, queries, service
from consumption_room.alerts.service import Press
from consumption_room.bookings import queries as booking_queries
from consumption_room.bookings import service as bookings
from consumption_room.checks import queries as check_queries
from consumption_room.checks import service as checks
from consumption_room.database import db, transaction
from consumption_room.doses import planner
from consumption_room.gate import answers, here
from consumption_room.heartbeats import queries as heartbeats
from consumption_room.heartbeats import service as hearing
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.shifts import queries as shift_queries
from consumption_room.shifts import rules as shift_rules
from consumption_room.shifts import service as shifts
from consumption_room.shifts.rules import Blindness
from consumption_room.visits import queue
from consumption_room.vocabulary.alarms import AlarmKind

EVERY_S = 1.0
FORGET_EVERY = timedelta(minutes=10)
HURRY_EVERY = timedelta(seconds=10)
THE_WATCH = Actor(name="The watch")
# A room that has no reception rings at its first zone.
AT_RECEPTION = replace(THE_WATCH, place="reception")
_NOTHING_TO_DO = frozenset({Blindness.SEEING, Blindness.STILL_BLIND})


def go_round(now: datetime) -> int:
    """Take every step of every ladder that is due; gives how many there were."""
    if not queries.overdue_steps(now):
        db.session.rollback()
        return 0
    with transaction():
        return len(escalation.take_due(here.policy(), THE_WATCH, now))


def watch_over_displays(able: int, policy: Policy, now: datetime) -> Blindness:
    """Note how many displays are able; when an open room has none for too long, raise a technical alarm, once."""
    seen = shift_rules.blindness(shift_queries.sight(), able, now)
    if seen in _NOTHING_TO_DO:
        db.session.rollback()
        return seen
    with transaction(urgent=True):
        seen = shifts.see_displays(able, policy, now)
        if seen is Blindness.NOW_RAISE and not _is_told_already():
            service.raise_alarm(Press(AlarmKind.TECHNICAL), policy, AT_RECEPTION, now)
    return seen


def _is_told_already() -> bool:
    """Whether an alarm that the watch itself raised about this is still open."""
    return any(
        alert.kind is AlarmKind.TECHNICAL and alert.raised_by == THE_WATCH.name and not alert.drill
        for alert in queries.open_alerts()
    )


def mind_claims(now: datetime) -> None:
    """Whoever was called and did not come waits again, and the next is called."""
    if not queue.claims_are_over(now):
        db.session.rollback()
        return
    with transaction():
        queue.lapse_claims(here.policy(), THE_WATCH, now)


def look_after_people(now: datetime) -> int:
    """Ring where nobody has looked after somebody in a cubicle in time; gives how many such there were."""
    if not check_queries.any_missed(here.policy(), now):
        db.session.rollback()
        return 0
    with transaction(urgent=True):
        return len(checks.take_missed(here.policy(), THE_WATCH, now))


def hurry_checks(now: datetime) -> None:
    """While more people become unwell than chance explains, bring the next looks on."""
    if check_queries.could_hurry(here.policy(), now):
        with transaction():
            checks.hurry(here.policy(), now)
    db.session.rollback()


def mind_bookings(now: datetime) -> int:
    """Hold cubicles whose bookings are near, and let go of those nobody came for; gives how many there were."""
    if not booking_queries.any_due(now):
        db.session.rollback()
        return 0
    with transaction():
        return len(bookings.take_due(THE_WATCH, now))


def mind_devices(now: datetime) -> None:
    """Say whose heartbeat is late, and raise one technical alarm where a button has fallen silent."""
    policy = here.policy()
    if not heartbeats.getting_worse(policy, now):
        db.session.rollback()
        return
    with transaction():
        for device in hearing.note_missed(policy, THE_WATCH, now):
            place = device.place or policy.zones[0].code
            by = Actor(name=f"The watch: {device.kind} {device.code} is silent", device=device.code, place=place)
            service.raise_alarm(service.Press(AlarmKind.TECHNICAL), policy, by, now)


def mind_doses(now: datetime) -> int:
    """Lay out the windows of the day, and set once what was missed when they end; gives how many were settled."""
    policy = here.policy()
    if not planner.is_due(policy, now):
        db.session.rollback()
        return 0
    with transaction():
        return planner.sweep(policy, THE_WATCH, now)


def forget(now: datetime) -> None:
    """Drop stored answers that nobody will ask for again."""
    with transaction():
        answers.forget_old(now)


def _latest_promise() -> datetime | None:
    """The latest moment at which something was promised that is still to come: time has not gone back behind it."""
    seen = (queries.last_press_with_steps_to_come(), check_queries.last_seated_or_seen())
    return max((moment for moment in seen if moment is not None), default=None)


class Rounds:
    """Goes round once a second, and forgets every ten minutes."""

    def __init__(self, app: Flask) -> None:
        """Nothing runs yet."""
        self.app = app
        self.forgotten_at = self.hurried_at = clock.now()
        with app.app_context():
            self.clock = clock.Forward(seen=_latest_promise())

    def step(self) -> None:
        """One round. The service manager hears of every try: killing a room whose database is locked helps nobody."""
        systemd.tell("WATCHDOG=1")
        with self.app.app_context():
            now = self.clock.latest()
            go_round(now)
            look_after_people(now)
            watch_over_displays(presence.register.able(clock.monotonic()), here.policy(), now)
            mind_claims(now)
            mind_bookings(clock.now())  # they stand on the clock on the wall
            mind_devices(clock.now())  # heartbeats are stored by the wall clock, and judged by it
            mind_doses(clock.now())
            if now - self.hurried_at >= HURRY_EVERY:
                hurry_checks(now)
                self.hurried_at = now
            if now - self.forgotten_at >= FORGET_EVERY:
                forget(now)
                self.forgotten_at = now
        pulse.pulse.watch_at = clock.monotonic()
