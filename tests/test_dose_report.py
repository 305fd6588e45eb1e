"""Who came for their doses: figures that equal what was done, nobody named, the same over the API, page and file."""

import csv
import io
from datetime import timedelta
from html import unescape

import pytest

from consumption_room import clock
from consumption_room.database import db, transaction
from consumption_room.doses import corrections
from consumption_room.reports.doses import doses
from consumption_room.reports.rules import DOSES, Period
from consumption_room.vocabulary.doses import DoseOutcome
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import NINA, NINE, TODAY, client
from tests.dosing import (
    AFTERNOON,
    MORNING,
    TWO,
    dosed,
    ended,
    expected,
    here,
    in_the_room,
    looked_at,
    order,
    prepared,
    swept,
)

V1 = "/api/v1"
NOTHING = {
    "due": 0,
    "taken": 0,
    "in_part": 0,
    "elsewhere": 0,
    "not_given": 0,
    "missed": 0,
    "adherence": None,
    "late_entries": 0,
    "missed_runs": 0,
    "longest_run": 0,
}


@pytest.fixture
def people(room):
    """A register with fifty grams, and somebody with two doses a day for each alias."""
    ledger.opened()
    return lambda *aliases: [order(client(alias)) for alias in aliases]


def report(first=TODAY, last=TODAY, grain=Grain.DAY):
    """The report of these days, by window."""
    db.session.rollback()
    found = doses(Period(first, last, grain))
    return {row["window"]: {name: row[name] for name in NOTHING} for row in found.totals["by_window"]}, found


def test_each_dose_is_counted_once_as_what_became_of_it(people):
    full, part, refused, spilled, back, _missed = people("A", "B", "C", "D", "E", "F")
    dosed(full)
    ended(prepared(looked_at(part, in_the_room(part))), DoseOutcome.PART_GIVEN, given=120, wasted=80)
    ended(looked_at(refused, in_the_room(refused)), DoseOutcome.REFUSED)
    ended(prepared(looked_at(spilled, in_the_room(spilled))), DoseOutcome.SPILLED, wasted=200)
    again = dosed(back)
    with transaction():
        corrections.reverse(again.code, "wrong person", here.policy(), TWO, clock.now())
    by_window, _ = report()
    assert by_window["morning"] == NOTHING | {
        "due": 3,
        "taken": 2,
        "in_part": 1,
        "not_given": 1,
        "adherence": 0.667,
    }
    assert by_window["afternoon"] == NOTHING


def test_a_window_that_has_ended_counts_what_was_missed_and_what_stayed_open(people, fast_forward):
    people("A", "B")
    (spilled,) = people("C")
    ended(prepared(looked_at(spilled, in_the_room(spilled))), DoseOutcome.SPILLED, wasted=200)
    fast_forward(hours=5)
    swept()
    by_window, _ = report()
    assert by_window["morning"] == NOTHING | {
        "due": 3,
        "missed": 2,
        "not_given": 1,
        "adherence": 0.0,
        "longest_run": 1,
    }


def test_a_dose_had_elsewhere_is_taken_and_not_here(people):
    (wolf,) = people("A")
    with transaction():
        told = corrections.Elsewhere(MORNING, 200_000, clock.now(), "the hospital rang")
        corrections.had_elsewhere(wolf.code, told, here.policy(), NINA, clock.now())
    by_window, _ = report()
    assert by_window["morning"] == NOTHING | {"due": 1, "elsewhere": 1, "adherence": 1.0}


def test_what_was_entered_late_is_counted(people, fast_forward):
    (wolf,) = people("A")
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    taken = clock.now()
    fast_forward(hours=1)
    ended(dose, given_at=taken)
    assert report()[0]["morning"]["late_entries"] == 1


def test_a_run_counts_once_and_whatever_was_taken_ends_it(people, fast_forward):
    one, other = people("A", "B")
    fast_forward(hours=5)
    swept()  # both mornings
    fast_forward(hours=2)
    dosed(other, window=AFTERNOON)
    fast_forward(hours=21)
    swept()  # one's afternoon, and both next mornings
    by_window, found = report(last=TODAY + timedelta(days=1))
    assert [by_window[window]["missed_runs"] for window in ("morning", "afternoon")] == [0, 1]
    assert [by_window[window]["longest_run"] for window in ("morning", "afternoon")] == [3, 2]
    assert (found.totals["missed"], found.totals["missed_runs"], found.totals["longest_run"]) == (5, 1, 3)
    assert expected(one).state == "missed"
    longer = report(last=TODAY + timedelta(days=1), grain=Grain.WEEK)[1]
    assert [(row["period"], row["window"], row["longest_run"]) for row in longer.rows] == [
        ("2026-W47", "morning", 3),
        ("2026-W47", "afternoon", 2),
        ("2026-W47", "evening", 0),
    ]


def test_the_report_is_the_same_over_the_api_and_as_a_file_and_names_nobody(people, client_as):
    (wolf,) = people("Canary Wolf")
    dosed(wolf)
    manager = client_as(Role.MANAGER)
    address = f"{V1}/reports/doses?from=2026-11-20&to=2026-11-20"
    told = manager.get(address)
    assert (told.json["name"], told.json["totals"]["taken"], told.json["totals"]["adherence"]) == ("doses", 1, 1.0)
    assert told.json["definitions"] == DOSES
    assert set(told.json["rows"][0]) == set(DOSES)
    file = manager.get(f"{address}&format=csv").text
    lines = list(csv.DictReader(io.StringIO(file)))
    assert [(line["window"], line["taken"]) for line in lines] == [
        ("morning", "1"),
        ("afternoon", "0"),
        ("evening", "0"),
        ("", "1"),
    ]
    page = unescape(manager.get("/reports/doses?from=2026-11-20&to=2026-11-20").text)
    for words in ("Who came for their doses?", "100.0 %", *DOSES.values()):
        assert words in page
    taken = manager.get("/reports/doses.csv?from=2026-11-20&to=2026-11-20").text
    assert taken.replace("\r", "") == file.replace("\r", "")
    for said in (told.text, file, page):
        assert not any(who in said for who in ("Canary", wolf.code, wolf.client.code, "Nina"))


def test_the_page_without_doses_and_with_a_wrong_period_says_so(room, client_as):
    manager = client_as(Role.MANAGER)
    assert "No dose was due" in manager.get("/reports/doses?from=2026-10-01&to=2026-10-02").text
    refused = manager.get("/reports/doses.csv?from=2026-11-20&to=2026-11-01")
    assert (refused.status_code, "Who came for their doses?" in refused.text) == (422, True)
    assert client_as(Role.RECEPTION).get("/reports/doses").status_code == 403
    assert clock.now() == NINE
