"""When a simulated room is open, how busy each of its days is, and when who arrives."""

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import pi, sin
from random import Random

from consumption_room.policy.room import Policy
from consumption_room.simulation.scenario import Scenario

SET_UP = timedelta(minutes=30)
"""How long before opening staff are there: deliveries are put away, cubicles are looked at."""
AFTER_CLOSING = timedelta(hours=3)
"""How long after closing the last people have left."""
INTO_THE_DAY = timedelta(hours=9)
"""How far into its day a room in full swing is: half past four in the Copenhagen-like one."""
_SLOTS = 192
"""So finely the hours of a day are told apart when people arrive: about five minutes."""


@dataclass(frozen=True)
class Opening:
    """One day of the simulated room: when it opens (UTC), its load and risk as multiples of an ordinary weekday's."""

    at: datetime
    load: float = 1.0
    risk: float = 1.0
    bad_batch: bool | None = None


@dataclass(frozen=True)
class Timetable:
    """The days to simulate, in order, and when to stop: after the last day, or in the middle of it."""

    openings: tuple[Opening, ...]
    until: datetime | None = None

    @property
    def begins_at(self) -> datetime:
        """The moment before which nothing happens: a room is furnished by then."""
        return self.openings[0].at - SET_UP


def whole_days(first: date, days: int, scenario: Scenario, policy: Policy) -> Timetable:
    """So many days from ``first`` on, each from opening to closing by the scenario's hours."""
    dates = [first + timedelta(days=number) for number in range(days)]
    return Timetable(tuple(_opening(opens_at(day, scenario, policy), day, scenario) for day in dates))


def opens_at(day: date, scenario: Scenario, policy: Policy) -> datetime:
    """When the room opens on this day, by its own clock."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=policy.timezone)
    return (midnight + scenario.opens).astimezone(UTC)


def up_to(now: datetime, days: int, scenario: Scenario, policy: Policy) -> Timetable:
    """So many days of history, then a pay-day that has been going for nine hours by ``now``.

    The hours of every day are shifted so that the room is in full swing at this moment, whatever the hour.
    """
    now = now.astimezone(UTC)
    today = (now - INTO_THE_DAY).replace(microsecond=0)
    openings = []
    for back in range(days, 0, -1):
        at = today - timedelta(days=back)
        openings.append(_opening(at, at.astimezone(policy.timezone).date(), scenario, bad_batch=back == 2))
    openings.append(Opening(today, scenario.pay_day, scenario.pay_day_risk, bad_batch=False))
    return Timetable(tuple(openings), now)


def arrivals(opening: Opening, scenario: Scenario, random: Random) -> list[datetime]:
    """When people come to the door: a Poisson process whose rate follows the hours of the day."""
    lasts = scenario.open_for - scenario.last_entry
    middles = [(slot + 0.5) / _SLOTS for slot in range(_SLOTS)]
    expected = scenario.accesses * opening.load * (1 + scenario.turned_away)
    reached = list(accumulate(sin(pi * x**scenario.lateness) for x in middles))
    of_the_day = expected * (1 - scenario.opening_burst) / reached[-1]
    moments = []
    waited_for = random.expovariate(1)
    while waited_for < reached[-1] * of_the_day:
        slot = bisect(reached, waited_for / of_the_day)
        moments.append(opening.at + lasts * ((slot + random.random()) / _SLOTS))
        waited_for += random.expovariate(1)
    burst = expected * scenario.opening_burst
    moments += [
        opening.at + scenario.burst_lasts * random.random() for _ in range(round(random.gauss(burst, burst**0.5)))
    ]
    return sorted(moment.replace(microsecond=0) for moment in moments)


def is_pay_day(day: date) -> bool:
    """Whether benefits are paid: on the last weekday of the month, as in Denmark."""
    later = (day + timedelta(days=more) for more in range(1, 4))
    return day.weekday() < 5 and not any(one.month == day.month and one.weekday() < 5 for one in later)


def _opening(at: datetime, day: date, scenario: Scenario, *, bad_batch: bool | None = None) -> Opening:
    load = scenario.weekend if day.weekday() >= 5 else 1.0
    if is_pay_day(day):
        return Opening(at, load * scenario.pay_day, scenario.pay_day_risk, bad_batch)
    if any(is_pay_day(day - timedelta(days=back)) for back in range(1, scenario.days_after_pay_day + 1)):
        return Opening(at, load * scenario.after_pay_day, scenario.pay_day_risk, bad_batch)
    return Opening(at, load, bad_batch=bad_batch)
