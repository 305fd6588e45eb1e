"""The alarms of a simulated room: never two of a kind at one place at once, and none still open at the end."""

import itertools
from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random

from consumption_room.policy.room import Policy
from consumption_room.simulation import emergencies
from consumption_room.simulation.agenda import Agenda
from consumption_room.simulation.emergencies import Alarm, Course
from consumption_room.simulation.guests import Guest
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.alarms import AlarmKind

CourseOf = Callable[[Alarm, datetime, Random], Course]


class Bells:
    """Which alarms have rung, and until when each place is busy with one."""

    def __init__(
        self, scenario: Scenario, policy: Policy, agenda: Agenda, random: Random, until: datetime | None
    ) -> None:
        """Nothing rings that could not be answered and closed by ``until``."""
        self._scenario, self._agenda, self._random, self._until = scenario, agenda, random, until
        self._zones = [zone.code for zone in policy.zones]
        self._places = self._zones + [f"cubicle-{plan.number}" for plan in policy.cubicles]
        self._numbers = itertools.count(1)
        self._busy: dict[tuple[str, AlarmKind], datetime] = {}

    def for_somebody(self, guest: Guest, place: str) -> Course | None:
        """A real emergency: its course, or ``None`` when no alarm can ring now."""
        course_of = partial(emergencies.emergency, self._scenario)
        return self._ring(course_of, place, emergencies.kind_of(guest.substances), guest.number)

    def by_chance(self) -> None:
        """As somebody arrives, now and then: a button pressed by mistake, or a quarrel in the waiting room."""
        if self._random.random() < self._scenario.false_alarms / 1000:
            # Not in a cubicle: an alarm freezes it, and the simulated staff seat people without looking.
            self._ring(emergencies.nothing_wrong, self._random.choice(self._zones), AlarmKind.OVERDOSE)
        if self._random.random() < self._scenario.violence / 1000:
            self._ring(emergencies.calmed_down, "waiting-room", AlarmKind.AGGRESSION)

    def drill(self) -> None:
        """Staff practise."""
        self._ring(emergencies.drill, "aftercare", AlarmKind.MEDICAL)

    def _ring(self, course_of: CourseOf, place: str, kind: AlarmKind, visit: int | None = None) -> Course | None:
        now = self._agenda.now
        too_late = self._until is not None and now + emergencies.LONGEST > self._until
        rings_already = self._busy.get((place, kind), now) > now
        if too_late or rings_already or place not in self._places:
            return None
        course = course_of(Alarm(next(self._numbers), place, kind, visit), now, self._random)
        self._busy[(place, kind)] = course.ends_at
        self._agenda.happens(*course.happenings)
        return course
