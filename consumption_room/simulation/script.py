"""One simulated day as a script: what everybody does in their visit, to be played again by other means."""

from dataclasses import dataclass
from datetime import date, timedelta

from consumption_room.policy.room import Policy
from consumption_room.simulation.happenings import (
    AlarmHappening,
    CubicleChanged,
    Delivered,
    Happening,
    IntakeRegistered,
)
from consumption_room.simulation.room import Room
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.tally import Tally
from consumption_room.simulation.timetable import SET_UP, Opening, Timetable, opens_at

_MORE_THAN_ENOUGH = 1.25


@dataclass(frozen=True)
class Script:
    """A day's happenings, each list in its own order: one for each visit, one for each alarm or refusal outside them.

    Between two lists any order will do, as long as the visits of one person stay in theirs. ``tally`` counts it all.
    """

    day: date
    before: list[Happening]
    visits: list[list[Happening]]
    others: list[list[Happening]]
    tally: Tally


def busy_day(policy: Policy, scenario: Scenario, day: date, intakes: int, seed: int) -> Script:
    """A pay-day with a bad batch about and exactly so many own-drug intakes, beginning with an empty shelf."""
    load = _MORE_THAN_ENOUGH * intakes / scenario.intakes
    opening = Opening(opens_at(day, scenario, policy), load, scenario.pay_day_risk, bad_batch=True)
    room = Room(scenario, policy, Timetable((opening,)), {}, seed)
    before: list[Happening] = []
    visits: dict[int, list[Happening]] = {}
    others: dict[str, list[Happening]] = {}
    for number, happening in enumerate(room.happenings()):
        if isinstance(happening, Delivered | CubicleChanged):
            before.append(happening)
        elif happening.visit is not None:
            visits.setdefault(happening.visit, []).append(happening)
        else:
            alone = f"alarm {happening.alarm}" if isinstance(happening, AlarmHappening) else f"alone {number}"
            others.setdefault(alone, []).append(happening)
    chosen = _with_so_many(list(visits.values()), intakes, opening)
    tally = Tally(policy)
    for some in (before, *chosen, *others.values()):
        for happening in some:
            tally.count(happening)
    return Script(day, before, chosen, list(others.values()), tally)


def _with_so_many(visits: list[list[Happening]], intakes: int, opening: Opening) -> list[list[Happening]]:
    """The day's visits from the first on until there are exactly so many intakes, without what follows another day."""
    closes_at = opening.at - SET_UP + timedelta(days=1)
    chosen, left = [], intakes
    for visit in visits:
        here = sum(isinstance(happening, IntakeRegistered) for happening in visit)
        if here <= left:
            chosen.append([happening for happening in visit if happening.at < closes_at])
            left -= here
        if left == 0:
            return chosen
    raise ValueError(f"This day has {intakes - left} intakes, fewer than {intakes}.")
