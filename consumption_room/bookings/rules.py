"""When a booking repeats, when its cubicle is kept for it, and when nobody came: pure, and safe over clock changes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from consumption_room.errors import FieldsWrong, OutOfOrder, RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.bookings import BookingState, Every

STEP = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7)}


class Overlap(RuleBroken):
    """The cubicle, or the person, has another booking then."""

    code = "overlap"


@dataclass(frozen=True)
class Repeats:
    """Every day or every week up to and with a day of the room's calendar, but not on these days."""

    every: Every
    until: date
    except_on: tuple[date, ...] = ()


@dataclass(frozen=True)
class Span:
    """From a moment to another, in UTC; the end is no part of it."""

    starts_at: datetime
    ends_at: datetime


def occurrences(first: Span, repeats: Repeats | None, zone: ZoneInfo) -> list[Span]:
    """Every single booking of a series: at the same time on the wall each day, and of the same length.

    A time that a clock change leaves out begins as much later as the clock jumps; one that comes twice is the first.
    """
    if repeats is None:
        return [first]
    length = first.ends_at - first.starts_at
    local = first.starts_at.astimezone(zone)
    return [
        Span(begins, begins + length)
        for day in _days(local.date(), repeats)
        if day not in repeats.except_on
        for begins in [_at(day, local, zone) if day != local.date() else first.starts_at]
    ]


def _days(first: date, repeats: Repeats) -> Iterator[date]:
    day = first
    while day <= repeats.until:
        yield day
        day += STEP[repeats.every]


def _at(day: date, like: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, like.time(), zone).astimezone(UTC)


def may_book(first: Span, repeats: Repeats | None, policy: Policy, now: datetime) -> None:
    """Raise ``FieldsWrong`` for a booking in the past, too long, too far ahead, or that never takes place."""
    if first.starts_at < now:
        raise FieldsWrong({"starts_at": ["A booking begins in the future."]})
    if not timedelta(minutes=1) <= first.ends_at - first.starts_at <= policy.booked_at_most:
        hours = int(policy.booked_at_most.total_seconds() // 3600)
        raise FieldsWrong({"ends_at": [f"A booking ends after it begins, and within {hours} hours."]})
    last = repeats.until if repeats else first.starts_at.astimezone(policy.timezone).date()
    if last > (now + policy.booked_ahead).astimezone(policy.timezone).date():
        days = policy.booked_ahead.days
        raise FieldsWrong({"repeats" if repeats else "starts_at": [f"Cubicles are booked {days} days ahead at most."]})
    if repeats and repeats.until < first.starts_at.astimezone(policy.timezone).date():
        raise FieldsWrong({"repeats": ["The last day lies before the first."]})
    if not occurrences(first, repeats, policy.timezone):
        raise FieldsWrong({"repeats": ["Every day is excepted: there is nothing left to book."]})


def overlap(spans: Collection[Span]) -> bool:
    """Whether two of these overlap: a series may not get in its own way."""
    in_order = sorted(spans, key=lambda span: span.starts_at)
    return any(one.ends_at > other.starts_at for one, other in pairwise(in_order))


def may_cancel(state: BookingState) -> None:
    """Raise ``OutOfOrder`` for a booking that is over: the person came, or did not."""
    if state in {BookingState.KEPT, BookingState.NO_SHOW}:
        raise OutOfOrder("This booking is over; it cannot be cancelled any more.")
