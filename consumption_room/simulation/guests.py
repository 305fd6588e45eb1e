"""Somebody who came in: why, what they will take and how, and what has become of them so far."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from consumption_room.simulation.chance import choose
from consumption_room.simulation.happenings import CheckedIn, IntakeRegistered
from consumption_room.simulation.people import Person
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.visits import LastUse, LeaveReason, Otherwise, Purpose, Route, Substance

_LAST_USE = {
    LastUse.TODAY: 0.62,
    LastUse.YESTERDAY: 0.24,
    LastUse.THIS_WEEK: 0.08,
    LastUse.LONGER: 0.03,
    LastUse.UNKNOWN: 0.03,
}
_OTHERWISE = {
    Otherwise.STREET: 0.45,
    Otherwise.PUBLIC_TOILET: 0.15,
    Otherwise.STAIRWELL: 0.15,
    Otherwise.HOME: 0.18,
    Otherwise.ELSEWHERE: 0.07,
}
_ANSWERS_QUESTIONS = 0.6


@dataclass(eq=False)
class Guest:
    """One visit, by the simulation's own number, and how far it has come."""

    number: int
    person: Person | None
    purposes: tuple[Purpose, ...]
    substances: tuple[Substance, ...]
    route: Route
    assisted: bool
    take_away_kits: int
    screening: dict[str, Any] | None = None
    queued_at: datetime | None = None
    seated_at: datetime | None = None
    cubicle: int | None = None
    called: bool = False
    held: bool = False
    switched: bool = False
    trouble_at: str | None = None
    helped_until: datetime | None = None
    observed_until: datetime | None = None
    leaves_because: LeaveReason = LeaveReason.FINISHED

    def checked_in(self, now: datetime) -> CheckedIn:
        """That they came in."""
        return CheckedIn(now, self.number, self.person, self.purposes, self.screening)

    def intake(self, now: datetime) -> IntakeRegistered:
        """That they said what they will take."""
        return IntakeRegistered(now, self.number, self.substances, self.route, self.assisted, self.switched)


def somebody_to_use(number: int, person: Person, scenario: Scenario, random: Random) -> Guest:
    """Somebody who brings their own drugs."""
    usual = random.random() < scenario.usual_route
    guest = Guest(
        number=number,
        person=person,
        purposes=(Purpose.CONSUME,),
        substances=_substances(scenario, random),
        route=person.usual_route if usual else choose(random, scenario.routes),
        assisted=random.random() < scenario.assisted,
        take_away_kits=0,
    )
    if random.random() < _rest(scenario.take_away, _needles_only(scenario)):
        guest.take_away_kits = choose(random, scenario.take_away_kits)
        guest.purposes = (Purpose.CONSUME, Purpose.NEEDLES)
    if random.random() < _ANSWERS_QUESTIONS:
        guest.screening = {
            "substances": [substance.value for substance in guest.substances],
            "route": guest.route.value,
            "last_use": choose(random, _LAST_USE).value,
            "sedatives_or_alcohol": random.random() < 0.3,
            "otherwise": choose(random, _OTHERWISE).value,
            "alone": random.random() < 0.5,
        }
    return guest


def somebody_else(number: int, person: Person | None, purpose: Purpose, scenario: Scenario, random: Random) -> Guest:
    """Somebody who came for anything but using."""
    takes = purpose is Purpose.NEEDLES or random.random() < _rest(scenario.take_away, _needles_only(scenario))
    return Guest(
        number=number,
        person=person,
        purposes=(purpose,) if purpose is Purpose.NEEDLES or not takes else (purpose, Purpose.NEEDLES),
        substances=(),
        route=Route.INJECT,
        assisted=False,
        take_away_kits=choose(random, scenario.take_away_kits) if takes else 0,
    )


def _substances(scenario: Scenario, random: Random) -> tuple[Substance, ...]:
    first = choose(random, scenario.substances)
    if random.random() >= scenario.several_substances:
        return (first,)
    second = choose(random, scenario.substances)
    return (first,) if second is first else (first, second)


def _needles_only(scenario: Scenario) -> float:
    shares = scenario.other_purposes
    return scenario.without_use * shares.get(Purpose.NEEDLES, 0) / sum(shares.values())


def _rest(of_everybody: float, certain: float) -> float:
    """How likely it is for the others, when a certain share do it anyway."""
    return max(0.0, (of_everybody - certain) / (1 - certain))
