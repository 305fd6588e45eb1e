"""The watch: takes the steps that are due, again and again, and forgets what is past its time."""

from datetime import datetime, timedelta

from flask import Flask

from consumption_room import clock, pulse, systemd
from consumption_room.alerts import queries, service
from consumption_room.database import db, transaction
from consumption_room.gate import answers, here
from consumption_room.heartbeats import queries as heartbeats
from consumption_room.heartbeats import service as hearing
from consumption_room.journal import Actor
from consumption_room.vocabulary import AlarmKind

EVERY_S = 1.0
FORGET_EVERY = timedelta(minutes=10)
THE_WATCH = Actor(name="The watch")


def go_round(now: datetime) -> int:
    """Take every step of every ladder that is due; gives how many there were."""
    if not queries.overdue_steps(now):
        db.session.rollback()
        return 0
    with transaction():
        return len(service.take_due_steps(THE_WATCH, now))


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


def forget(now: datetime) -> None:
    """Drop stored answers that nobody will ask for again."""
    with transaction():
        answers.forget_old(now)


class Rounds:
    """Goes round once a second, and forgets every ten minutes."""

    def __init__(self, app: Flask) -> None:
        """Nothing runs yet."""
        self.app = app
        self.forgotten_at = clock.now()
        self.clock = clock.Forward()

    def step(self) -> None:
        """One round. The service manager hears of every try: killing a room whose database is locked helps nobody."""
        systemd.tell("WATCHDOG=1")
        with self.app.app_context():
            now = self.clock.latest()
            go_round(now)
            mind_devices(clock.now())  # heartbeats are stored by the wall clock, and judged by it
            if now - self.forgotten_at >= FORGET_EVERY:
                forget(now)
                self.forgotten_at = now
        pulse.pulse.watch_at = clock.monotonic()
