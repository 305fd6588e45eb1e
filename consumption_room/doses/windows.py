"""When a dose is due: windows of the room's day in local time, as moments that stay right when clocks change. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from consumption_room.errors import RuleBroken
from consumption_room.vocabulary.doses import DoseWindow

_DAY = timedelta(days=1)
MIDNIGHT = timedelta(0)


class WindowsOverlap(RuleBroken):
    """Two windows of a prescription lie over each other, or too near for its gap."""

    code = "windows-overlap"


class Due(NamedTuple):
    """One window of one day: when it opens, when it closes, and when the grace after it ends."""

    window: DoseWindow
    opens_at: datetime
    closes_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Times:
    """Since local midnight: from when to when, and how long somebody who is late is still served."""

    opens: timedelta
    closes: timedelta
    grace: timedelta


def due(window: DoseWindow, times: Times, day: date, zone: ZoneInfo, day_ends: timedelta) -> Due:
    """The moments of a window on a day of the room; before ``day_ends`` it lies in the small hours of the next morning.

    A window lasts as long as its plan says, also in a night that has an hour more or less.
    """
    shift = _DAY if times.opens < day_ends else MIDNIGHT
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + shift + times.opens
    opens_at = local.astimezone(UTC)
    closes_at = opens_at + (times.closes - times.opens)
    return Due(window, opens_at, closes_at, closes_at + times.grace)


def check_apart(planned: Iterable[tuple[DoseWindow, Times]], day_ends: timedelta) -> None:
    """Raise ``WindowsOverlap`` when one window, with its grace, runs into the next, or past the end of the day."""

    def since_the_day_began(times: Times) -> timedelta:
        return times.opens + (_DAY if times.opens < day_ends else MIDNIGHT)

    in_order = sorted(planned, key=lambda one: since_the_day_began(one[1]))
    for window, times in in_order:
        if times.closes <= times.opens or times.grace < MIDNIGHT:
            raise WindowsOverlap(f"The {window.value} window closes before it opens.")
    for (window, times), (following, next_times) in pairwise(in_order):
        length = times.closes - times.opens + times.grace
        if since_the_day_began(times) + length > since_the_day_began(next_times):
            raise WindowsOverlap(f"The {window.value} window runs into the {following.value} window.")
    if in_order:
        window, times = in_order[-1]
        if since_the_day_began(times) + times.closes - times.opens + times.grace > _DAY + day_ends:
            raise WindowsOverlap(f"The {window.value} window runs past the end of the room's day.")
