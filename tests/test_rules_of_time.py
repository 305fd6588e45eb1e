"""The room's day, report periods and percentiles: pure rules, over every clock change from 2024 to 2035."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption_room import clock
from consumption_room.errors import FieldsWrong
from consumption_room.reports import rules
from consumption_room.reports.rules import Period
from consumption_room.vocabulary.reports import Grain

ZONES = ["Europe/Copenhagen", "Europe/Lisbon", "America/Toronto", "Australia/Lord_Howe"]
ENDS = [timedelta(0), timedelta(hours=2, minutes=30), timedelta(hours=5)]
YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2024, 1, 1), date(2035, 12, 31))


def at(text: str, zone: str = "Europe/Copenhagen") -> datetime:
    """A local moment."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-11-20T00:00", "2026-11-19"),
        ("2026-11-20T04:59:59.999999", "2026-11-19"),
        ("2026-11-20T05:00", "2026-11-20"),
        ("2026-11-20T23:59:59", "2026-11-20"),
        ("2026-01-01T03:00", "2025-12-31"),
        ("2024-02-29T12:00", "2024-02-29"),
        ("2026-03-29T03:00", "2026-03-28"),  # the clocks went forward an hour ago
        ("2026-10-25T02:30", "2026-10-24"),  # this half hour comes twice
    ],
)
def test_a_day_runs_until_five_in_the_morning(local, day):
    assert clock.service_day(at(local), ZoneInfo("Europe/Copenhagen"), timedelta(hours=5)) == date.fromisoformat(day)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("ends", ENDS, ids=str)
def test_days_follow_each_other_without_gap_or_repeat_for_twelve_years(zone, ends):
    local, moment = ZoneInfo(zone), YEARS[0]
    seen = [clock.service_day(moment, local, ends)]
    while moment < YEARS[1]:
        moment += timedelta(minutes=30)
        day = clock.service_day(moment, local, ends)
        if day != seen[-1]:
            seen.append(day)
    assert [later - earlier for earlier, later in itertools.pairwise(seen)] == [timedelta(days=1)] * (len(seen) - 1)


@pytest.mark.parametrize("zone", ZONES)
@given(moment=moments)
def test_the_same_moment_is_the_same_day_in_whatever_zone_it_is_written(zone, moment):
    ends = timedelta(hours=5)
    days = {
        clock.service_day(moment.astimezone(ZoneInfo(written)), ZoneInfo(zone), ends) for written in [*ZONES, "UTC"]
    }
    assert len(days) == 1


@given(moment=moments)
def test_a_day_is_at_most_one_behind_the_calendar(moment):
    local = ZoneInfo("Europe/Copenhagen")
    behind = moment.astimezone(local).date() - clock.service_day(moment, local, timedelta(hours=5))
    assert behind in {timedelta(0), timedelta(days=1)}


def test_the_clock_stands_where_it_was_stopped_and_goes_on_afterwards():
    noon = datetime(2020, 1, 1, 12, tzinfo=UTC)
    with clock.stopped_at(noon):
        with clock.stopped_at(noon + timedelta(hours=1)):
            assert clock.now() == noon + timedelta(hours=1)
        assert clock.now() == noon
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now().year > 2020


@given(days, st.integers(0, 900), st.sampled_from(Grain))
def test_every_day_of_a_period_lies_in_exactly_one_of_its_rows(first, length, grain):
    last = first + timedelta(days=length)
    starts = Period(first, last, grain).starts()
    of_each_day = {rules.start_of(first + timedelta(days=number), grain) for number in range(length + 1)}
    assert starts == sorted(of_each_day)


@given(days, st.sampled_from(Grain))
def test_a_row_has_one_name_and_no_other_row_has_it(day, grain):
    start = rules.start_of(day, grain)
    following = Period(start, start + timedelta(days=40), grain).starts()
    names = [rules.name_of(one, grain) for one in following]
    assert len(set(names)) == len(names)
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("day", "grain", "start", "name"),
    [
        ("2026-11-20", Grain.DAY, "2026-11-20", "2026-11-20"),
        ("2026-11-20", Grain.WEEK, "2026-11-16", "2026-W47"),
        ("2027-01-03", Grain.WEEK, "2026-12-28", "2026-W53"),
        ("2025-12-29", Grain.WEEK, "2025-12-29", "2026-W01"),
        ("2024-02-29", Grain.MONTH, "2024-02-01", "2024-02"),
    ],
)
def test_rows_are_called_by_day_iso_week_or_month(day, grain, start, name):
    found = rules.start_of(date.fromisoformat(day), grain)
    assert (found, rules.name_of(found, grain)) == (date.fromisoformat(start), name)


def test_a_period_runs_forwards_and_ten_years_at_most():
    day = date(2026, 11, 20)
    rules.check(Period(day, day, Grain.DAY))
    rules.check(Period(day - timedelta(days=rules.LONGEST_DAYS), day, Grain.DAY))
    for first in (day + timedelta(days=1), day - timedelta(days=rules.LONGEST_DAYS + 1)):
        with pytest.raises(FieldsWrong):
            rules.check(Period(first, day, Grain.DAY))


@pytest.mark.parametrize(
    ("waits", "median", "p90"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 2], 2, 2),
        ([10, 20, 30], 20, 30),
        (list(range(1, 11)), 6, 9),
        (list(range(1, 101)), 50, 90),
    ],
)
def test_waits_are_told_by_their_middle_and_by_nine_of_ten(waits, median, p90):
    assert (rules.median(waits), rules.p90(waits)) == (median, p90)


@given(st.lists(st.integers(0, 20_000), min_size=1).map(sorted))
def test_nine_of_ten_waited_at_most_so_long_and_no_shorter_time_would_do(waits):
    p90 = rules.p90(waits)
    assert p90 in waits
    assert sum(wait <= p90 for wait in waits) >= 0.9 * len(waits)
    assert sum(wait < p90 for wait in waits) < 0.9 * len(waits)
