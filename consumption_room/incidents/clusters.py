"""Whether more emergencies come close together than chance explains, and how sure that is.

The statistic is the number of real emergencies in the four hours up to the newest one, against a Poisson count.
Expected is what the 28 days before had for each intake, times the intakes of those four hours, times the odds of a
pay-day. It is asked for every substance that people had said they would take and for all emergencies together, from
three on, and it speaks when chance gives so many less than once in 2,000 such looks.

Measured on 60 simulated years in which nothing is wrong but the calendar (pay-days double both visits and risk): it
speaks by mistake 0.1 times a year in a room with an emergency a week, 0.6 with one every other day, 0.9 with three in
two days, 1.1 with three a day. On days when everybody's risk is ten times the usual it spoke on all of 400 where three
emergencies in two days are usual, and on 14 of 100 where one in five days is (at twenty times on 55 of 100): a small
room sees too few to tell. ``tests/test_clusters.py`` measures it anew.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from consumption_room.vocabulary.visits import Substance

WINDOW = timedelta(hours=4)
HISTORY_DAYS = 28
LEAST = 3
LEVEL = 0.0005
PAY_DAY_RISK = 2.06
"""The odds near benefit pay-day (Insite 2004-10): taken for every day, so that a pay-day alone warns of nothing."""
UNSEEN = 0.5
"""Emergencies that are expected where none was seen in 28 days."""


@dataclass(frozen=True)
class Emergency:
    """One emergency as the statistic sees it: when, and what the person had said they would take."""

    at: datetime
    substances: tuple[Substance, ...] = ()


@dataclass(frozen=True)
class Warned:
    """More than chance explains: how many, in how many hours, how many were to be expected, and of what if known."""

    count: int
    since: datetime
    expected: float
    substance: Substance | None


def at_least(count: int, expected: float) -> float:
    """The probability that a Poisson count with this mean is ``count`` or more."""
    term = below = exp(-expected)
    for number in range(1, count):
        term *= expected / number
        below += term
    return max(0.0, 1.0 - below) if count > 0 else 1.0


@dataclass(frozen=True)
class Intakes:
    """How many intakes were registered: in the last hours, and in the 28 days before them."""

    recent: int
    before: int


def warn(emergencies: Sequence[Emergency], intakes: Intakes, now: datetime) -> Warned | None:
    """The most telling cluster of the last hours, a substance before the whole; ``None`` when chance explains it."""
    since, history = now - WINDOW, now - timedelta(days=HISTORY_DAYS)
    recent = [one for one in emergencies if since < one.at <= now]
    before = [one for one in emergencies if history < one.at <= since]
    if len(recent) < LEAST or not intakes.before:
        return None
    share = PAY_DAY_RISK * max(intakes.recent, 1) / intakes.before
    earlier = Counter(substance for one in before for substance in set(one.substances))
    counts = Counter(substance for one in recent for substance in set(one.substances))
    asked: list[tuple[Substance | None, int, int]] = [(what, counts[what], earlier[what]) for what in sorted(counts)]
    for substance, count, usual in [*asked, (None, len(recent), len(before))]:
        expected = (usual + UNSEEN) * share
        if count >= LEAST and at_least(count, expected) < LEVEL:
            return Warned(count, min(one.at for one in recent), expected, substance)
    return None
