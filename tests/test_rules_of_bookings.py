"""Recurring bookings over twelve years of clock changes in four zones: pure rules."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from consumption_room import clock
from consumption_room.bookings import rules
from consumption_room.bookings.rules import Repeats, Span
from consumption_room.vocabulary.bookings import Every
from tests import evidence

ZONES = ("Europe/Copenhagen", "Europe/Lisbon", "America/Toronto", "Australia/Lord_Howe")
FIRST, LAST = date(2024, 1, 1), date(2035, 12, 31)
DAYS = (LAST - FIRST).days + 1
# Ordinary windows, the hours in which clocks change, and one that runs past midnight.
TIMES = (time(0, 30), time(1, 45), time(2, 0), time(2, 15), time(2, 30), time(8, 0), time(17, 30), time(23, 40))
LENGTH = timedelta(minutes=45)


def exists(local: datetime) -> bool:
    """Whether clocks on the wall ever show this."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def jump(local: datetime) -> timedelta:
    """How far the clock jumps over this time: half an hour on Lord Howe, an hour elsewhere."""
    return local.replace(fold=0).utcoffset() - local.replace(fold=1).utcoffset()


def series(at: time, zone: ZoneInfo, every: Every = Every.DAY, until: date = LAST) -> list[Span]:
    """Twelve years of bookings at this time of the day."""
    begins = datetime.combine(FIRST, at, zone).astimezone(UTC)
    return rules.occurrences(Span(begins, begins + LENGTH), Repeats(every, until), zone)


@pytest.mark.parametrize("zone", ZONES)
def test_twelve_years_of_clock_changes_leave_every_booking_right(zone):
    here, wrong, left_out, twice = ZoneInfo(zone), 0, 0, 0
    for at in TIMES:
        spans = series(at, here)
        assert len(spans) == DAYS
        for number, span in enumerate(spans):
            wanted = datetime.combine(FIRST + timedelta(days=number), at, here)
            shown = span.starts_at.astimezone(here).replace(tzinfo=None)
            if exists(wanted):
                wrong += shown != wanted.replace(tzinfo=None)
                again = wanted.replace(fold=1).astimezone(UTC)
                twice += again > wanted.astimezone(UTC)
                wrong += again < span.starts_at  # the first of the two
            else:
                left_out += 1
                wrong += shown != wanted.replace(tzinfo=None) - jump(wanted)
            wrong += span.ends_at - span.starts_at != LENGTH
            wrong += span.starts_at.tzinfo is not UTC
        wrong += rules.overlap(spans)
    assert wrong == 0
    # The test has seen what it is about: each zone leaves times out in spring and shows some twice in autumn.
    assert left_out >= 12
    assert twice >= 12
    evidence.note(
        f"Recurring bookings over the clock changes of 2024 to 2035, {zone}",
        f"0 wrong of {len(TIMES) * DAYS}",
        threshold="0",
        engine="none",
        command="pytest tests/test_rules_of_bookings.py",
    )


@pytest.mark.parametrize("zone", ZONES)
def test_a_days_length_is_what_the_clocks_make_it_and_every_moment_has_one_day(zone):
    here, ends = ZoneInfo(zone), timedelta(hours=5)
    lengths = set()
    day, begins = FIRST, datetime.combine(FIRST, time(5), here).astimezone(UTC)
    while day < LAST:
        after = datetime.combine(day + timedelta(days=1), time(5), here).astimezone(UTC)
        assert clock.service_day(begins, here, ends) == day
        assert clock.service_day(after - timedelta(seconds=1), here, ends) == day
        lengths.add(after - begins)
        day, begins = day + timedelta(days=1), after
    change = timedelta(minutes=30 if "Lord_Howe" in zone else 60)
    assert lengths == {timedelta(hours=24) - change, timedelta(hours=24), timedelta(hours=24) + change}


def test_a_weekly_booking_keeps_its_day_and_exceptions_are_left_out():
    here = ZoneInfo("Europe/Copenhagen")
    begins = datetime(2026, 3, 20, 8, 0, tzinfo=here).astimezone(UTC)
    weekly = Repeats(Every.WEEK, date(2026, 4, 10), (date(2026, 4, 3),))
    spans = rules.occurrences(Span(begins, begins + LENGTH), weekly, here)
    assert [span.starts_at.astimezone(here) for span in spans] == [
        datetime(2026, 3, day, 8, 0, tzinfo=here) for day in (20, 27)
    ] + [datetime(2026, 4, 10, 8, 0, tzinfo=here)]


def test_a_time_that_comes_twice_is_booked_as_it_was_asked_for_on_the_first_day():
    here = ZoneInfo("Europe/Copenhagen")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # half past two for the second time
    spans = rules.occurrences(Span(second, second + LENGTH), Repeats(Every.DAY, date(2026, 10, 26)), here)
    assert [span.starts_at for span in spans] == [second, datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_spans_that_touch_do_not_overlap():
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    one, other = Span(noon, noon + LENGTH), Span(noon + LENGTH, noon + 2 * LENGTH)
    assert not rules.overlap([other, one])
    assert rules.overlap([one, other, Span(noon + LENGTH / 2, noon + LENGTH)])
