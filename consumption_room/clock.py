"""The only place that reads the clock; everything below the edge is given ``now``."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_stopped: list[datetime] = []


def now() -> datetime:
    """This moment, aware and in UTC."""
    return _stopped[-1] if _stopped else datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go backwards, for elapsed times that must not follow a set-back wall clock."""
    return time.monotonic()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Hold the clock still: for tests, and for a simulation that lives in another week."""
    _stopped.append(moment)
    try:
        yield
    finally:
        _stopped.pop()


class Forward:
    """A clock for deadlines: a wall clock that is set back cannot hold it, one that is set forward moves it on."""

    def __init__(self, seen: datetime | None = None) -> None:
        """Starts with the wall clock, or with a later moment that was ``seen`` before it was put right."""
        self._moment = now() if seen is None else max(now(), seen)
        self._at = monotonic()

    def latest(self) -> datetime:
        """The later of the wall clock and of what must have become of it by now."""
        at = monotonic()
        self._moment = max(now(), self._moment + timedelta(seconds=at - self._at))
        self._at = at
        return self._moment


def service_day(moment: datetime, timezone: ZoneInfo, day_ends: timedelta) -> date:
    """The room's day that ``moment`` belongs to: a day runs until ``day_ends`` after local midnight."""
    local = moment.astimezone(timezone)
    # Compared as moments, not as wall clocks: where an hour comes twice, a day must not begin twice.
    begins = datetime(local.year, local.month, local.day, tzinfo=timezone) + day_ends
    return local.date() if moment.astimezone(UTC) >= begins.astimezone(UTC) else local.date() - timedelta(days=1)
