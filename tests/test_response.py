"""How fast we came: figures that equal what was done, drills apart, the same over the API, the page and the file."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from consumption_room import clock
from consumption_room.alerts import service as alerts
from consumption_room.alerts.service import Press, Seen
from consumption_room.database import transaction
from consumption_room.incidents import service as incidents
from consumption_room.reports import response
from consumption_room.reports.catalogue import REPORTS
from consumption_room.reports.rules import RESPONSE, Period
from consumption_room.vocabulary.alarms import AlarmKind, Outcome, ReceiptStage
from consumption_room.vocabulary.incidents import PartOfDay
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.staff import Role
from tests.builders import NINA, NINE, TODAY

V1 = "/api/v1"


def rang(policy, at=NINE, place="cubicle-3", answered=10, there=40, seen_ms=None, outcome=Outcome.RECOVERED, **more):
    """An alarm that was answered and reached so many seconds after the press, and closed."""
    with transaction():
        alert, _ = alerts.raise_alarm(Press(place=place, **more), policy, NINA, at)
        if seen_ms is not None:
            seen = at + timedelta(milliseconds=seen_ms)
            alerts.keep_receipts(
                [
                    Seen(alert.code, "wall-1", ReceiptStage.RECEIVED, seen),
                    Seen(alert.code, "wall-2", ReceiptStage.RECEIVED, seen + timedelta(seconds=5)),
                ],
                seen,
            )
        alerts.acknowledge(alert.code, policy, NINA, at + timedelta(seconds=answered))
        if there is not None:
            alerts.on_scene(alert.code, NINA, at + timedelta(seconds=there))
        incidents.close(alert.code, outcome, (), NINA, at + timedelta(minutes=5))


def report(policy, first=TODAY, last=TODAY, grain=Grain.DAY):
    """The report of these days."""
    return response.alerts(Period(first, last, grain), policy)


def test_the_median_and_the_95th_of_each_part_of_the_day_are_what_was_done(room):
    for number in range(1, 21):
        rang(room, NINE + timedelta(minutes=10 * number), answered=number, there=10 * number, seen_ms=number)
    early, late, night = report(room).rows
    assert [early["shift"], late["shift"], night["shift"]] == list(PartOfDay)
    assert early | {"period": None} == {
        "period": None,
        "shift": "early",
        "alarms": 20,
        "false_alarms": 0,
        "median_receipt_ms": 10,
        "p95_receipt_ms": 19,
        "median_acknowledge_s": 10,
        "p95_acknowledge_s": 19,
        "median_on_scene_s": 105,
        "p95_on_scene_s": 190,
        "drills": 0,
        "drill_median_on_scene_s": None,
    }
    assert (late["alarms"], late["median_acknowledge_s"]) == (0, None)


def test_drills_are_counted_apart_and_in_nothing_else(room):
    rang(room, there=40)
    rang(
        room, NINE + timedelta(hours=1), there=500, answered=400, drill=True, seen_ms=9000, outcome=Outcome.FALSE_ALARM
    )
    found = report(room).totals
    assert (found["alarms"], found["false_alarms"], found["median_on_scene_s"], found["p95_on_scene_s"]) == (
        1,
        0,
        40,
        40,
    )
    assert found["p95_receipt_ms"] is None
    assert (found["drills"], found["drill_median_on_scene_s"]) == (1, 500)
    assert sum(row["alarms"] for row in found["by_place"]) == 1


def test_a_night_belongs_to_the_day_it_began_on(room):
    half_past_one = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    rang(room, half_past_one)
    found = {(row["period"], row["shift"]): row["alarms"] for row in report(room, TODAY, date(2026, 11, 21)).rows}
    assert found[("2026-11-20", "night")] == 1
    assert sum(found.values()) == 1


@pytest.mark.parametrize(
    ("utc", "part"),
    [
        ((5, 59), "night"),
        ((6, 0), "early"),
        ((13, 59), "early"),
        ((14, 0), "late"),
        ((21, 59), "late"),
        ((22, 0), "night"),
    ],
)
def test_the_day_is_parted_by_the_rooms_own_clock(room, utc, part):
    assert room.part_of_day(datetime(2026, 11, 20, *utc, tzinfo=UTC)) == part


def test_false_alarms_are_told_by_place_and_by_hour(room):
    rang(room, outcome=Outcome.FALSE_ALARM)
    rang(room, NINE + timedelta(minutes=20))
    rang(room, NINE + timedelta(hours=2), place="toilet", outcome=Outcome.FALSE_ALARM)
    totals = report(room).totals
    assert totals["by_place"] == [
        {"place": "cubicle-3", "alarms": 2, "false_alarms": 1, "false_rate": 0.5},
        {"place": "toilet", "alarms": 1, "false_alarms": 1, "false_rate": 1.0},
    ]
    assert [(row["hour"], row["false_rate"]) for row in totals["by_hour"]] == [(9, 0.5), (11, 1.0)]


def test_technical_faults_are_nobodys_run(room):
    rang(room, kind=AlarmKind.TECHNICAL, outcome=Outcome.REPAIRED)
    assert report(room).totals["alarms"] == 0


def test_an_alarm_nobody_reached_counts_and_has_no_time_to_the_place(room):
    rang(room, there=None)
    found = report(room).totals
    assert (found["alarms"], found["median_acknowledge_s"], found["median_on_scene_s"]) == (1, 10, None)


def test_the_report_is_the_same_over_the_api_and_as_a_file(room, client_as):
    rang(room, seen_ms=120)
    manager = client_as(Role.MANAGER)
    told = manager.get(f"{V1}/reports/alerts?from=2026-11-20&to=2026-11-20").json
    assert (told["name"], told["totals"]["alarms"]) == ("alerts", 1)
    assert set(told["definitions"]) == set(told["rows"][0])
    lines = list(csv.DictReader(io.StringIO(manager.get(f"{V1}/reports/alerts?from=2026-11-20&format=csv").text)))
    assert [line["shift"] for line in lines] == ["early", "late", "night", ""]
    assert (lines[0]["median_receipt_ms"], lines[-1]["period"], lines[-1]["alarms"]) == ("120", "total", "1")
    assert {one["name"] for one in manager.get(f"{V1}/reports").json["items"]} == set(REPORTS)


def test_the_page_asks_its_own_question_and_keeps_its_period(room, client_as):
    rang(room, answered=75, there=80, outcome=Outcome.FALSE_ALARM)
    manager = client_as(Role.MANAGER)
    page = unescape(manager.get("/reports/alerts?from=2026-11-20&to=2026-11-20&grain=week").text)
    for words in ("How fast did we come?", "1:15", "Cubicle 3", "100 %", "2026-W47", *RESPONSE.values()):
        assert words in page
    assert "/reports/alerts.csv?from=2026-11-20" in page
    assert manager.get("/reports/alerts.csv?from=2026-11-20").mimetype == "text/csv"
    refused = manager.get("/reports/alerts?from=2026-11-20&to=2026-11-01")
    assert refused.status_code == 422
    assert "How fast did we come?" in refused.text
    assert "No alarm rang" in manager.get("/reports/alerts?from=2026-10-01&to=2026-10-02").text
    assert clock.now() == NINE
