"""The alarms of a simulated room: never two of a kind at one place at once, and none still open at the end."""

import itertools
from collections.abc import Callable
from datetime import datetime
from random import Random

from consumption_room.simulation import emergencies
from consumption_room.simulation.emergencies import Alarm, Course
from consumption_room.vocabulary import AlarmKind


class Bells:
    """Which alarms have rung, and until when each place is busy with one."""

    def __init__(self, random: Random, until: datetime | None) -> None:
        """Nothing rings that could not be answered and closed by ``until``."""
        self._random, self._until = random, until
        self._numbers = itertools.count(1)
        self._busy: dict[tuple[str, AlarmKind], datetime] = {}

    def ring(
        self,
        course_of: Callable[[Alarm, datetime, Random], Course],
        place: str,
        kind: AlarmKind,
        now: datetime,
        visit: int | None = None,
    ) -> Course | None:
        """The whole course of an alarm that rings now, or ``None`` when it cannot ring."""
        if self._until is not None and now + emergencies.LONGEST > self._until:
            return None
        busy_until = self._busy.get((place, kind))
        if busy_until is not None and now <= busy_until:
            return None
        course = course_of(Alarm(next(self._numbers), place, kind, visit), now, self._random)
        self._busy[(place, kind)] = course.ends_at
        return course
