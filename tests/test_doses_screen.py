"""The screen of doses: one person on one page, the reason where the button would be, and eight taps at most."""

import re
from datetime import timedelta

import pytest

from consumption_room import clock
from consumption_room.database import db, transaction
from consumption_room.doses import prescriptions
from consumption_room.vocabulary.doses import DoseState, HoldLevel
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import NINA, PIN, TODAY, client
from tests.dosing import balance, dosed, expected, in_the_room, looked_at, order, prepared, swept

WELL = {"sedation": "1", "own_use": "nothing", "alcohol": "0", "breaths": "16", "saturation": "97"}


@pytest.fixture
def nurse(client_as, room):
    """A nurse at a tablet, and a register with fifty grams."""
    ledger.opened()
    return client_as(Role.NURSE)


@pytest.fixture
def witness(cast):
    """Somebody else, with their PIN."""
    return {"witness-staff": cast.staff[Role.MANAGER], "witness-pin": PIN}


def test_a_nurse_goes_from_the_list_to_fit_to_leave(nurse, witness, fast_forward):
    wolf = order()
    page = nurse.get("/doses?window=morning").text
    assert "Grey Wolf" in page
    assert "200 mg" in page
    address = f"/doses/{expected(wolf).code}"
    assert f'href="{address}"' in page
    assert "Not checked in" in nurse.get(address).text
    assert nurse.post(f"{address}/check-in").status_code == 303
    shown = nurse.get(address).text
    assert "100 mg in a millilitre" in shown
    assert "= 2 ml" in re.sub(r"<[^>]+>", "", shown)
    assert nurse.post(f"{address}/check", data=WELL).status_code == 303
    assert "Nothing speaks against it." in nurse.get(address).text
    assert nurse.post(f"{address}/prepare", data={"prepared_mg": "200", **witness}).status_code == 303
    assert "Taken in full: 200 mg" in nurse.get(address).text
    assert nurse.post(f"{address}/end", data={"outcome": "given"}).status_code == 303
    assert "Being observed" in nurse.get(address).text
    early = nurse.post(f"{address}/observe", data={"sedation": "1", "then": "discharge"})
    assert early.status_code == 409
    assert "30 more minutes" in early.text
    fast_forward(minutes=30)
    assert nurse.post(f"{address}/observe", data={"sedation": "1", "then": "discharge"}).status_code == 303
    assert expected(wolf).state is DoseState.DISCHARGED
    assert "Done" in nurse.get("/doses?window=all").text


def test_the_reason_a_dose_is_held_stands_where_the_button_would_be(nurse):
    wolf = order()
    in_the_room(wolf)
    address = f"/doses/{expected(wolf).code}"
    answer = nurse.post(f"{address}/check", data=WELL | {"alcohol": "0.62", "sedation": "3"})
    assert answer.status_code == 303
    page = nurse.get(address).text
    assert "Breath alcohol is 0.62 ‰; the limit is 0.50 ‰." in page
    assert "Sedation is 3; from 3 on it is too deep." in page
    assert "Prepared by two: hand over" not in page
    assert "Give it all the same, in my name" in page


def test_a_held_order_says_why_and_where_to_look(nurse):
    wolf = order()
    in_the_room(wolf)
    with transaction():
        prescriptions.hold(wolf.code, "fell on the stairs", HoldLevel.NURSE, NINA, clock.now())
    page = nurse.get(f"/doses/{expected(wolf).code}").text
    assert "fell on the stairs" in page
    assert "How awake are they?" not in page
    shown = nurse.get(f"/doses/prescriptions/{wolf.code}").text
    assert "It may go on, in my name" in shown
    assert nurse.post(f"/doses/prescriptions/{wolf.code}/review", data={"reason": "all well"}).status_code == 303
    assert "How awake are they?" in nurse.get(f"/doses/{expected(wolf).code}").text


def test_one_tap_fills_in_what_is_seen_and_heard_and_nothing_that_is_measured(nurse):
    wolf = order()
    in_the_room(wolf)
    address = f"/doses/{expected(wolf).code}"
    assert "checked" not in nurse.get(address).text
    page = nurse.get(f"{address}?usual=yes").text
    ticked = [re.search(r'name="(\w+)" value="(\w+)"', one).groups() for one in re.findall(r"<input[^>]*checked", page)]
    assert ticked == [("sedation", "1"), ("own_use", "nothing")]
    for measured in ("alcohol", "breaths", "saturation", "systolic"):
        assert re.findall(rf'name="{measured}" value="([^"]*)"', page) == [""]
    nurse.post(f"{address}/check", data={"sedation": "1", "own_use": "nothing"})
    held = nurse.get(f"{address}?usual=yes").text
    assert "Prepared by two: hand over" not in held
    assert expected(wolf).state is DoseState.HELD
    assert "autofocus" not in re.findall(r'<input[^>]*id="pin-prepare"[^>]*>', held)[0], "the reasons are read first"


def test_who_stood_by_last_stands_there_already_and_only_for_their_own_nurse(nurse, client_as, cast, witness):
    first, second = order(), order(client("Red Fox"))
    looked_at(first, in_the_room(first))
    address = f"/doses/{expected(first).code}/prepare"
    assert nurse.post(address, data={"prepared_mg": "200", **witness}).status_code == 303
    looked_at(second, in_the_room(second))
    chosen = f'<option value="{cast.staff[Role.MANAGER]}" selected'
    assert chosen in nurse.get(f"/doses/{expected(second).code}").text
    assert chosen not in client_as(Role.PRESCRIBER).get(f"/doses/{expected(second).code}").text
    without = {"prepared_mg": "200", "witness-staff": cast.staff[Role.MANAGER]}
    assert nurse.post(f"/doses/{expected(second).code}/prepare", data=without).status_code == 409


def test_two_missed_in_a_row_are_said_where_the_nurse_sees_it(nurse, fast_forward):
    wolf = order()
    words = "2 missed in a row"
    fast_forward(hours=5)
    swept()
    assert "missed in a row" not in nurse.get("/doses?window=all").text
    fast_forward(hours=17)
    swept()  # the afternoon as well; the next morning is laid out
    assert words in nurse.get("/doses?window=morning").text
    dose = expected(wolf, day=TODAY + timedelta(days=1))
    assert words in nurse.get(f"/doses/{dose.code}").text
    assert "why they did not come" in nurse.get(f"/doses/{dose.code}").text
    due = nurse.get("/api/v1/doses/due").json["to_come"][0]
    assert (due["missed_in_a_row"], due["warns"]) == (2, True)


def test_a_reduced_dose_is_suggested_and_more_is_by_name(nurse, witness):
    wolf = order()
    in_the_room(wolf)
    address = f"/doses/{expected(wolf).code}"
    nurse.post(f"{address}/check", data=WELL | {"alcohol": "0,2"})
    assert 'value="100"' in nurse.get(address).text
    more = nurse.post(f"{address}/prepare", data={"prepared_mg": "200", **witness})
    assert more.status_code == 409
    assert "Why it is given all the same" in more.text
    named = {"prepared_mg": "200", "override": "agreed with the doctor", **witness}
    assert nurse.post(f"{address}/prepare", data=named).status_code == 303


def test_ten_times_the_dose_is_refused_and_an_odd_one_is_typed_again(nurse, witness):
    wolf = order()
    looked_at(wolf, in_the_room(wolf))
    address = f"/doses/{expected(wolf).code}/prepare"
    assert "more than one dose may be" in nurse.post(address, data={"prepared_mg": "2000", **witness}).text
    odd = nurse.post(address, data={"prepared_mg": "260", **witness})
    assert "The amount once more" in odd.text
    assert nurse.post(address, data={"prepared_mg": "260", "prepared_again_mg": "260", **witness}).status_code == 303


def test_a_wrong_pin_keeps_what_was_typed_and_writes_nothing(nurse, witness):
    wolf = order()
    looked_at(wolf, in_the_room(wolf))
    address = f"/doses/{expected(wolf).code}/prepare"
    answer = nurse.post(address, data={"prepared_mg": "210", **witness, "witness-pin": "000000"})
    assert answer.status_code == 422
    assert 'value="210"' in answer.text
    assert "000000" not in answer.text
    assert balance() == 50_000_000


@pytest.mark.parametrize("outcome", ["part-given", "no-vein", "spilled", "refused", "withheld", "absent"])
def test_what_follows_from_an_outcome_is_said_before_it_is_saved(nurse, witness, outcome):
    wolf = order()
    dose = prepared(looked_at(wolf, in_the_room(wolf)))
    page = nurse.get(f"/doses/{dose.code}").text
    assert f'value="{outcome}"' in page
    assert "wasted by two" in page
    body = {"outcome": outcome, "wasted_mg": "80", "reason": "as it was", **witness}
    if outcome == "part-given":
        body["given_mg"] = "120"
    assert nurse.post(f"/doses/{dose.code}/end", data=body).status_code == 303
    db.session.rollback()
    assert balance() == (50_000 - 200 + (0 if outcome == "part-given" else 120)) * 1000


def test_something_wrong_rings_and_a_wrong_entry_is_taken_back_by_two(nurse, witness):
    wolf = order()
    dose = dosed(wolf)
    assert nurse.post(f"/doses/{dose.code}/adverse").status_code == 303
    assert [one["kind"] for one in nurse.get("/api/v1/alerts?state=open").json["items"]] == ["overdose"]
    alone = nurse.post(f"/doses/{dose.code}/reverse", data={"reason": "wrong person"})
    assert alone.status_code == 409
    assert nurse.post(f"/doses/{dose.code}/reverse", data={"reason": "wrong person", **witness}).status_code == 303
    assert balance() == 50_000_000


def test_a_prescriber_makes_and_changes_an_order_on_the_page(client_as, nurse):
    doctor, wolf = client_as(Role.PRESCRIBER), client("Grey Wolf")
    form = {
        "client": wolf.code,
        "product": ledger.DRUG,
        "route": "intravenous",
        "supervision": "watched",
        "morning_mg": "200",
        "afternoon_mg": "150.5",
        "afternoon_opens_at": "15:00",
        "single_maximum_mg": "300",
        "daily_maximum_mg": "500",
        "minimum_gap_minutes": "180",
        "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + timedelta(days=2)).isoformat(),
    }
    wrong = doctor.post("/doses/prescriptions", data=form | {"morning_mg": "1,000"})
    assert wrong.status_code == 422
    assert 'value="150.5"' in wrong.text
    made = doctor.post("/doses/prescriptions", data=form)
    assert made.status_code == 303
    page = doctor.get(made.headers["Location"]).text
    assert "150.5 mg" in page
    body = {name: value for name, value in form.items() if name != "client"}
    changed = body | {"morning_mg": "180", "reason": "sleepy"}
    assert doctor.post(made.headers["Location"], data=changed).status_code == 303
    assert "Version 2" in doctor.get(made.headers["Location"]).text
    listed = nurse.get("/doses/prescriptions").text
    assert "ends 2026-11-22" in listed
    assert nurse.get("/doses/prescriptions/new").status_code == 403
    assert doctor.get("/doses/prescriptions/new").status_code == 200
    assert doctor.get(f"/doses/prescriptions/new?client={wolf.code}").status_code == 200


def test_a_dose_elsewhere_and_a_stop_on_the_page(client_as, nurse):
    wolf = order()
    address = f"/doses/prescriptions/{wolf.code}"
    body = {"window": "morning", "amount_mg": "200", "source": "the hospital rang"}
    assert nurse.post(f"{address}/elsewhere", data=body).status_code == 303
    again = nurse.post(f"{address}/elsewhere", data=body)
    assert (again.status_code, "has been given already" in again.text) == (409, True)
    assert nurse.post(f"{address}/hold", data={"reason": "fell", "level": "prescriber"}).status_code == 303
    assert client_as(Role.PRESCRIBER).post(f"{address}/stop", data={"reason": "moved"}).status_code == 303
    assert "moved" in nurse.get(address).text


def test_whoever_is_observed_stays_on_the_list_when_the_next_window_begins(nurse):
    dosed(order(client("Grey Wolf")))
    assert "Grey Wolf" in nurse.get("/doses?window=evening").text


def test_the_whole_day_is_shown_when_nobody_has_a_dose_in_the_present_window(nurse, fast_forward):
    order(client("Grey Wolf"))
    fast_forward(hours=11)
    assert "Grey Wolf" in nurse.get("/doses").text
    assert "Grey Wolf" not in nurse.get("/doses?window=evening").text


def test_the_list_can_be_printed_and_an_empty_day_says_so(nurse):
    assert "Nobody has a dose in this window." in nurse.get("/doses/print?window=morning").text
    assert "Nobody is still to come in this window." in nurse.get("/doses?window=morning").text
    order()
    assert "2 ml" in nurse.get("/doses/print?window=all").text


def test_the_pages_of_doses_are_shut_to_reception(client_as, nurse):
    wolf = order()
    reception = client_as(Role.RECEPTION)
    for path in ("/doses", "/doses/print", f"/doses/{expected(wolf).code}", f"/doses/prescriptions/{wolf.code}"):
        assert reception.get(path).status_code == 403
