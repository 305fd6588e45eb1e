"""Comparing this machine's clock, again and again, and what the last comparisons said."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from consumption_room import clock
from consumption_room.policy.room import Policy
from consumption_room.timekeeping import rules, sntp
from consumption_room.timekeeping.rules import Verdict
from consumption_room.timekeeping.sntp import NoTime

EVERY_S = 64.0
"""How often a time server is asked: the pace that such servers expect."""
TOO_OLD_S = 10 * EVERY_S
"""An answer older than this says nothing any more."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """What time it truly was when the time server last answered (monotonic seconds)."""

    true_time: datetime
    at: float

    def ahead(self, now: datetime, at: float) -> timedelta:
        """How far the true time is ahead of the clock that says ``now``: one set since the answer is seen at once."""
        return self.true_time + timedelta(seconds=at - self.at) - now


class Comparison:
    """What is known in this process of how right its clock is."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._guard = threading.Lock()
        self._answer: Answer | None = None

    def ask(self, server: str) -> None:
        """Ask the time server of the settings; without one (empty) nothing leaves this machine."""
        if not server:
            return
        try:
            ahead = sntp.ask(server)
        except NoTime as trouble:
            log.warning("the time server did not answer", trouble=str(trouble))
            return
        self.hear(clock.now() + ahead, clock.monotonic())

    def hear(self, true_time: datetime, at: float) -> None:
        """The time server says what time it truly is."""
        with self._guard:
            self._answer = Answer(true_time, at)

    def forget(self) -> None:
        """Nothing is known again."""
        with self._guard:
            self._answer = None

    def verdict(self, displays: Sequence[timedelta], policy: Policy, now: datetime, at: float) -> Verdict:
        """How right the clock is, by the last answer and by these displays' clocks."""
        with self._guard:
            answer = self._answer
        server = answer.ahead(now, at) if answer is not None and at - answer.at <= TOO_OLD_S else None
        return rules.judge(server, displays, policy)


comparison = Comparison()
