"""Drawing by chance: one of several choices, and how long something lasts."""

from collections.abc import Mapping
from datetime import timedelta
from math import log
from random import Random
from typing import TypeVar

T = TypeVar("T")
_NINETIETH = 1.2816
_LONGEST_MINUTES = 75.0


Span = tuple[float, float]
"""A log-normal length of time: its median and its 90th percentile, in minutes."""


def lasting(random: Random, span: Span) -> timedelta:
    """One such length of time, in whole seconds, never longer than an hour and a quarter."""
    median, p90 = span
    minutes = random.lognormvariate(log(median), log(p90 / median) / _NINETIETH)
    return timedelta(seconds=max(1, round(60 * min(minutes, _LONGEST_MINUTES))))


def choose(random: Random, shares: Mapping[T, float]) -> T:
    """One of the choices, as often as its share says."""
    return random.choices(list(shares), list(shares.values()))[0]
