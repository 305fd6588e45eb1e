"""The report's figures equal what was done, on both databases."""

import csv
import io
from datetime import date, timedelta

import pytest

from consumption_room import clock
from consumption_room.database import transaction
from consumption_room.errors import FieldsWrong
from consumption_room.gate import here
from consumption_room.inventory import service as inventory
from consumption_room.reports import files, queries
from consumption_room.reports.rules import DEFINITIONS, Period
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import AlarmKind, Outcome
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, TurnedAwayReason
from tests.builders import (
    NINA,
    ROSA,
    TODAY,
    alarm,
    carried_on,
    client,
    closed,
    counting_queries,
    gone,
    intake,
    issued,
    referral,
    seated,
    visit,
)

FIGURES = set(DEFINITIONS) - {"period"}
NOTHING = dict.fromkeys(FIGURES, 0) | {"median_wait_s": None, "p90_wait_s": None}


def usage(first: date = TODAY, last: date = TODAY, grain: Grain = Grain.DAY) -> queries.Report:
    """The usage report."""
    return queries.usage(Period(first, last, grain))


def returned(quantity: int) -> None:
    """Used sharps brought back."""
    with transaction():
        inventory.take_back_sharps(inventory.Return(quantity), here.policy(), ROSA, clock.now())


def turned_away() -> None:
    """Somebody not let in."""
    with transaction():
        visits.turn_away(TurnedAwayReason.FULL, here.policy(), ROSA, clock.now())


def test_a_quiet_day_is_a_row_of_noughts(room):
    report = usage()
    assert report.rows == [{"period": "2026-11-20", **NOTHING}]
    assert report.totals == NOTHING


def test_a_day_is_counted_as_it_was(room, fast_forward):
    heron, kite = client("Blue Heron"), client("Red Kite")
    waiting = [visit(heron), visit(kite), visit(), visit(None, Purpose.NEEDLES)]
    for number, (one, minutes) in enumerate(zip(waiting[:2], (5, 10), strict=True), start=1):
        fast_forward(minutes=minutes)
        with transaction():
            seating.seat(one.code, seating.Seating(number), room, ROSA, clock.now())
        intake(one)
    intake(waiting[1], Route.SMOKE)
    gone(waiting[0])
    visit(heron)
    gone(waiting[2], LeaveReason.GAVE_UP)
    gone(waiting[3], LeaveReason.GAVE_UP)
    turned_away()
    turned_away()
    issued(3, waiting[0], kit="injecting-kit")
    returned(40)
    referral(waiting[1])

    assert usage().rows == [
        {
            "period": "2026-11-20",
            "accesses": 5,
            "episodes": 3,
            "people": 2,
            "emergencies": 0,
            "turned_away": 2,
            "left_waiting": 1,
            "switched_to_injecting": 0,
            "needles_out": 3,
            "needles_back": 40,
            "referrals": 1,
            "median_wait_s": 600,
            "p90_wait_s": 900,
        }
    ]


def test_needles_count_by_the_piece_and_other_goods_not_at_all(room):
    issued(2, kit="take-away-10")
    issued(7, item="needle-23g")
    issued(50, item="swab")
    issued(1, kit="smoking-kit")
    assert usage().totals["needles_out"] == 27


def test_a_booking_taken_back_is_not_counted_and_a_count_is_no_issue(room):
    kept, undone = issued(5), issued(9)
    with transaction():
        inventory.reverse(undone[0].code, "wrong key", room, NINA, clock.now())
        counted = inventory.count(inventory.Count("insulin-1ml", 100, "first"), room, NINA, clock.now())
    with transaction():
        inventory.reverse(counted.code, "miscounted", room, NINA, clock.now())
    assert usage().totals["needles_out"] == -kept[0].quantity


def test_drills_and_false_alarms_and_quarrels_are_no_emergencies(room):
    closed(alarm("cubicle-1", kind=AlarmKind.OVERDOSE))
    closed(alarm("cubicle-2", kind=AlarmKind.STIMULANT), Outcome.CALMED)
    alarm("cubicle-3", kind=AlarmKind.MEDICAL)
    closed(alarm("cubicle-4", drill=True))
    closed(alarm("cubicle-5"), Outcome.FALSE_ALARM)
    closed(alarm("cubicle-6", kind=AlarmKind.AGGRESSION), Outcome.CALMED)
    closed(alarm("cubicle-7", kind=AlarmKind.TECHNICAL), Outcome.REPAIRED)
    assert usage().totals["emergencies"] == 3


def test_a_withdrawn_referral_is_not_counted_and_a_draft_is(room):
    one = visit()
    referral(one)
    carried_on(referral(one), ReferralState.WITHDRAWN, "changed their mind")
    assert usage().totals["referrals"] == 1


def test_the_small_hours_belong_to_the_evening_before(room, fast_forward):
    fast_forward(hours=19)  # 04:00
    seated(3)
    issued(1)
    fast_forward(hours=1)  # 05:00
    visit()
    report = usage(TODAY, TODAY + timedelta(days=1))
    assert [row["accesses"] for row in report.rows] == [1, 1]
    assert [row["needles_out"] for row in report.rows] == [1, 0]


@pytest.mark.parametrize(
    ("grain", "names"),
    [
        (Grain.DAY, ["2026-11-29", "2026-11-30", "2026-12-01"]),
        (Grain.WEEK, ["2026-W48", "2026-W49"]),
        (Grain.MONTH, ["2026-11", "2026-12"]),
    ],
)
def test_weeks_and_months_add_visits_up_and_count_people_once(room, fast_forward, grain, names):
    heron = client()
    fast_forward(days=9)  # Sunday, 29 November
    for _ in range(3):
        gone(visit(heron))
        gone(visit())
        fast_forward(days=1)

    report = usage(date(2026, 11, 29), date(2026, 12, 1), grain)

    assert [row["period"] for row in report.rows] == names
    assert sum(row["accesses"] for row in report.rows) == report.totals["accesses"] == 6
    assert [row["people"] for row in report.rows] == [1] * len(names)
    assert report.totals["people"] == 1


def test_what_happened_outside_the_period_is_not_in_its_first_week(room, fast_forward):
    gone(visit())
    fast_forward(days=1)
    gone(visit())
    report = usage(TODAY + timedelta(days=1), TODAY + timedelta(days=1), Grain.WEEK)
    assert [(row["period"], row["accesses"]) for row in report.rows] == [("2026-W47", 1)]


def test_a_period_runs_forwards_and_ten_years_at_most(room):
    for first, last in ((TODAY, TODAY - timedelta(days=1)), (TODAY - timedelta(days=3701), TODAY)):
        with pytest.raises(FieldsWrong):
            usage(first, last)


def test_every_figure_is_printed_with_its_definition(room):
    report = usage()
    assert set(report.rows[0]) == set(report.definitions)


def test_the_file_holds_the_same_figures_and_a_row_of_totals(room):
    issued(4)
    rows = list(csv.DictReader(io.StringIO(files.as_csv(usage()))))
    assert [row["period"] for row in rows] == ["2026-11-20", "total"]
    assert {row["needles_out"] for row in rows} == {"4"}
    assert rows[0]["median_wait_s"] == ""


def test_a_text_that_a_spreadsheet_would_run_stays_a_text(room):
    report = usage()
    report.rows[0]["period"] = "=1+1"
    assert "'=1+1" in files.as_csv(report)


def test_a_report_costs_the_same_number_of_questions_for_a_day_and_for_a_year(room):
    with counting_queries() as for_a_day:
        usage()
    with counting_queries() as for_a_year:
        usage(TODAY - timedelta(days=365), TODAY)
    assert len(for_a_day) == len(for_a_year) <= 12
