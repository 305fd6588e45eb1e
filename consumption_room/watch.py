"""The watch: takes the steps that are due, again and again, and forgets what is past its time."""

from datetime import datetime, timedelta

from flask import Flask

from consumption_room import clock, pulse
from consumption_room.alerts import queries, service
from consumption_room.database import db, transaction
from consumption_room.gate import answers
from consumption_room.journal import Actor

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
        with app.app_context():
            self.clock = clock.Forward(seen=queries.last_press_with_steps_to_come())

    def step(self) -> None:
        """One round."""
        with self.app.app_context():
            now = self.clock.latest()
            go_round(now)
            if now - self.forgotten_at >= FORGET_EVERY:
                forget(now)
                self.forgotten_at = now
        pulse.pulse.watch_at = clock.monotonic()
