"""Prescriptions and doses by program: what contract.md names, each refusal with its code; on both databases."""

from datetime import timedelta

import pytest

from consumption_room import clock, journal
from consumption_room.database import db, transaction
from consumption_room.doses import planner
from consumption_room.setup import THE_ROOM
from consumption_room.timekeeping.service import comparison
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.doses import HoldCause, PrescriptionState
from consumption_room.vocabulary.staff import Role
from tests import ledger
from tests.builders import NINE, PIN, TODAY, client, closed, pressed
from tests.dosing import dosed, in_the_room, order

WELL = {"sedation": "1", "breaths": 16, "saturation": 97, "alcohol": 0, "systolic": 125, "own_use": "nothing"}


@pytest.fixture
def nurse(client_as, room):
    """A nurse's program, and a register with fifty grams."""
    ledger.opened()
    return client_as(Role.NURSE)


@pytest.fixture
def witness(cast):
    """Somebody else, with their PIN."""
    return {"staff": cast.staff[Role.MANAGER], "pin": PIN}


def asked(person, **but):
    """An order as a program sends it."""
    return {
        "client": person.code,
        "product": ledger.DRUG,
        "route": "intravenous",
        "supervision": "watched",
        "doses": [{"window": "morning", "amount_mg": "200"}, {"window": "afternoon", "amount_mg": "180.5"}],
        "single_maximum_mg": "300",
        "daily_maximum_mg": "500",
        "minimum_gap_minutes": 180,
        "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + timedelta(days=2)).isoformat(),
    } | but


def dose(order, visit, witness, **but):
    """A whole dose as a program sends it."""
    return {
        "prescription": order.code,
        "visit": visit.code,
        "window": "morning",
        "precheck": WELL,
        "prepared_mg": "200",
        "given_mg": "200",
        "wasted_mg": "0",
        "outcome": "given",
        "witness": witness,
    } | but


def test_an_order_is_made_read_changed_held_looked_at_and_stopped(client_as, nurse):
    doctor = client_as(Role.PRESCRIBER)
    made = doctor.post("/api/v1/prescriptions", json=asked(client("Grey Wolf")))
    assert made.status_code == 201
    assert [one["amount_mg"] for one in made.json["terms"]["doses"]] == ["200", "180.5"]
    address = f"/api/v1/prescriptions/{made.json['code']}"
    found = nurse.get(address)
    assert found.json["terms"]["product"] == ledger.DRUG
    change = {"doses": [{"window": "evening", "amount_mg": "150", "opens_at": "20:00"}], "reason": "works by day"}
    assert doctor.patch(address, json=change).status_code == 428
    assert doctor.patch(address, json=change, headers={"If-Match": '"old"'}).status_code == 412
    changed = doctor.patch(address, json=change, headers={"If-Match": found.headers["ETag"]})
    assert changed.status_code == 200
    assert (changed.json["version"], [one["version"] for one in changed.json["history"]]) == (2, [1, 2])
    assert changed.json["terms"]["doses"] == [
        {"window": "evening", "amount_mg": "150", "opens_at": "20:00", "closes_at": None}
    ]
    due = nurse.get("/api/v1/doses/due").json
    assert [one["dose"]["window"] for one in due["to_come"]] == ["evening"]
    held = nurse.post(f"{address}/hold", json={"reason": "fell", "level": "prescriber"}).json
    assert (held["state"], held["hold_level"], held["hold_reason"]) == ("held", "prescriber", "fell")
    assert nurse.post(f"{address}/review", json={"reason": "up again"}).json["code"] == "held"
    second = {"reason": "seen", "second_opinion_on": "2028-11-01"}
    looked = doctor.post(f"{address}/review", json=second).json
    assert (looked["state"], looked["second_opinion_on"]) == ("active", "2028-11-01")
    stopped = doctor.post(f"{address}/stop", json={"reason": "moved away"}).json
    assert (stopped["state"], stopped["stop_reason"]) == ("stopped", "moved away")
    assert nurse.get("/api/v1/doses/due").json["to_come"] == []


@pytest.mark.parametrize(
    ("but", "field"),
    [
        ({"doses": []}, "doses"),
        ({"doses": [{"window": "morning", "amount_mg": "301"}]}, "doses"),
        ({"doses": [{"window": "morning", "amount_mg": "9"}] * 2}, "doses"),
        ({"doses": [{"window": "morning", "amount_mg": "1,000"}]}, "doses"),
        ({"single_maximum_mg": "401"}, "single_maximum_mg"),
        ({"daily_maximum_mg": "901"}, "daily_maximum_mg"),
        ({"doses": [{"window": "evening", "amount_mg": "9"}], "daily_maximum_mg": "299"}, "daily_maximum_mg"),
        ({"minimum_gap_minutes": 179}, "minimum_gap_minutes"),
        ({"ends_on": "2026-11-19"}, "ends_on"),
        ({"product": "nothing-like-it"}, "product"),
        ({"route": "smoke"}, "route"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_an_order_that_cannot_be_is_refused_by_its_field(client_as, room, but, field):
    answer = client_as(Role.PRESCRIBER).post("/api/v1/prescriptions", json=asked(client("Grey Wolf"), **but))
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_only_a_prescriber_prescribes_and_reception_sees_nothing(client_as, nurse):
    wolf = client("Grey Wolf")
    assert nurse.post("/api/v1/prescriptions", json=asked(wolf)).status_code == 403
    made = order(wolf)
    reception = client_as(Role.RECEPTION)
    for path in (f"/api/v1/prescriptions/{made.code}", "/api/v1/doses/due", "/api/v1/prescriptions"):
        assert reception.get(path).status_code == 403
    assert reception.post(f"/api/v1/prescriptions/{made.code}/review", json={"reason": "x"}).status_code == 403


def test_orders_that_end_soon_are_listed(nurse):
    order(client("Grey Wolf"), ends_on=TODAY + timedelta(days=3))
    order(client("Red Fox"), ends_on=TODAY + timedelta(days=4))
    assert len(nurse.get("/api/v1/prescriptions").json["items"]) == 2
    assert len(nurse.get("/api/v1/prescriptions?ends_soon=true").json["items"]) == 1


def test_a_dose_is_logged_in_one_request_and_twice_is_once(nurse, witness):
    wolf = order()
    body = dose(wolf, in_the_room(wolf), witness)
    first = nurse.post("/api/v1/doses", json=body, headers={"Idempotency-Key": "k"})
    assert (first.status_code, first.json["state"], first.json["given_mg"]) == (201, "observing", "200")
    assert first.json["witness"] == "Manager person"
    again = nurse.post("/api/v1/doses", json=body, headers={"Idempotency-Key": "k"})
    assert again.json == first.json
    assert nurse.post("/api/v1/doses", json=body).json["code"] == "window-used"


@pytest.mark.parametrize(
    ("but", "code"),
    [
        ({"window": "afternoon"}, "too-soon"),
        ({"prepared_mg": "301", "given_mg": "301"}, "over-maximum"),
        ({"prepared_mg": "260", "given_mg": "260"}, "type-again"),
        ({"precheck": WELL | {"sedation": "3"}}, "held"),
        ({"precheck": {}}, "held"),
        ({"wasted_mg": "1"}, "does-not-add-up"),
        ({"witness": None}, "invalid"),
    ],
)
def test_each_refusal_has_its_code_and_leaves_nothing_behind(nurse, witness, but, code):
    wolf = order()
    answer = nurse.post("/api/v1/doses", json=dose(wolf, in_the_room(wolf), witness) | but)
    assert answer.json["code"] == code
    assert nurse.get("/api/v1/doses/due").json["to_come"][0]["dose"]["state"] == "expected"


def test_no_stock_no_end_and_no_second_person(client_as, cast, witness, room):
    ledger.opened("100")
    nurse, wolf = client_as(Role.NURSE), order()
    visit = in_the_room(wolf)
    assert nurse.post("/api/v1/doses", json=dose(wolf, visit, witness)).json["code"] == "no-stock"
    ended = order(client("Red Fox"), starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=1))
    gone = dose(ended, in_the_room(ended), witness)
    assert nurse.post("/api/v1/doses", json=gone).json["code"] == "expired"
    wrong = nurse.post("/api/v1/doses", json=dose(wolf, visit, {"staff": witness["staff"], "pin": "000000"}))
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["witness"])


def test_the_giver_is_not_the_witness(app, cast, witness, room):
    ledger.opened()
    wolf = order()
    nurse = app.test_client()
    page = nurse.get("/sign-in").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    nurse.post(
        "/sign-in", data={"who": cast.staff[Role.NURSE], "password": "correct horse battery", "csrf_token": token}
    )
    token = nurse.get("/desk").text.split('name="csrf-token" content="')[1].split('"')[0]
    own = {"staff": cast.staff[Role.NURSE], "pin": PIN}
    answer = nurse.post("/api/v1/doses", json=dose(wolf, in_the_room(wolf), own), headers={"X-CSRFToken": token})
    assert (answer.status_code, answer.json["code"]) == (409, "witness-is-giver")


def test_no_dose_is_logged_by_a_wrong_clock(nurse, witness):
    wolf = order()
    asked_now = dose(wolf, in_the_room(wolf), witness)
    comparison.hear(clock.now() + timedelta(seconds=7), clock.monotonic())
    try:
        refused = nurse.post("/api/v1/doses", json=asked_now)
    finally:
        comparison.forget()
    assert (refused.status_code, refused.json["code"]) == (409, "clock-is-off")
    assert nurse.post("/api/v1/doses", json=asked_now).status_code == 201


def test_a_dose_goes_step_by_step_over_the_api(nurse, witness, fast_forward):
    wolf = order()
    visit = in_the_room(wolf)
    check = {"prescription": wolf.code, "visit": visit.code, "window": "morning", "precheck": WELL}
    looked = nurse.post("/api/v1/doses/checks", json=check).json
    assert (looked["state"], looked["advice"]) == ("pre-check", "give")
    address = f"/api/v1/doses/{looked['code']}"
    prepared = nurse.post(f"{address}/prepare", json={"prepared_mg": "200", "witness": witness}).json
    assert prepared["state"] == "handed-over"
    part = {"outcome": "part-given", "given_mg": "150", "reason": "lost the vein", "attempts": 2, "witness": witness}
    ended = nurse.post(f"{address}/end", json=part).json
    assert (ended["state"], ended["given_mg"], ended["returned_mg"]) == ("observing", "150", "50")
    assert nurse.post(f"{address}/discharge").json["code"] == "still-observed"
    leave = f"/api/v1/visits/{visit.code}/leave"
    assert nurse.post(leave, json={"reason": "finished"}).json["code"] == "still-observed"
    fast_forward(minutes=30)
    assert nurse.post(f"{address}/observations", json=WELL).json["good"] is True
    assert nurse.post(f"{address}/discharge").json["state"] == "discharged"
    assert nurse.post(leave, json={"reason": "finished"}).status_code == 200
    taken_back = nurse.post(f"{address}/reverse", json={"reason": "wrong person", "witness": witness}).json
    assert taken_back["state"] == "reversed"


def test_an_adverse_event_rings_where_the_person_is(nurse):
    wolf = order()
    given = dosed(wolf)
    answer = nurse.post(f"/api/v1/doses/{given.code}/adverse")
    assert (answer.status_code, answer.json["state"]) == (200, "adverse-event")
    nurse.post(f"/api/v1/doses/{given.code}/adverse")
    rings = nurse.get("/api/v1/alerts?state=open").json["items"]
    assert [(one["kind"], one["place"], one["count"]) for one in rings] == [("overdose", "aftercare", 2)]


def test_after_an_overdose_the_next_dose_waits_for_a_nurse(nurse):
    wolf = order()
    visit = in_the_room(wolf)
    closed(pressed("aftercare", kind=AlarmKind.OVERDOSE, visit=visit.code)[0])
    db.session.refresh(wolf)
    assert (wolf.state, wolf.hold_cause) == (PrescriptionState.HELD, HoldCause.EMERGENCY)
    looked = nurse.post(f"/api/v1/prescriptions/{wolf.code}/review", json={"reason": "awake, spoke"})
    assert looked.json["state"] == "active"


def test_a_dose_elsewhere_is_said_with_its_source(nurse):
    wolf = order()
    body = {"window": "morning", "amount_mg": "200", "at": NINE.isoformat(), "source": "the hospital rang"}
    answer = nurse.post(f"/api/v1/prescriptions/{wolf.code}/elsewhere", json=body)
    assert (answer.status_code, answer.json["state"], answer.json["reason"]) == (201, "elsewhere", "the hospital rang")
    again = nurse.post(f"/api/v1/prescriptions/{wolf.code}/elsewhere", json=body)
    assert again.json["code"] == "window-used"


def test_what_is_due_says_who_is_here_and_whose_limits_they_are(nurse, fast_forward):
    wolf, fox = order(), order(client("Red Fox"))
    visit = in_the_room(wolf)
    due = nurse.get("/api/v1/doses/due").json
    here = {one["dose"]["prescription"]: (one["checked_in"], one["visit"]) for one in due["to_come"]}
    assert here == {wolf.code: (True, visit.code), fox.code: (False, None)}
    assert due["limits_signed_by"] is None
    dosed(wolf, visit)
    fast_forward(hours=2)
    with transaction():
        planner.sweep(nurse.application.extensions["room"].policy, THE_ROOM, NINE + timedelta(hours=2))
    due = nurse.get("/api/v1/doses/due").json
    assert [one["dose"]["prescription"] for one in due["observed"]] == [wolf.code]
    assert [one["dose"]["state"] for one in due["done"]] == ["missed"]


def test_no_name_and_no_alias_is_in_what_a_program_is_told(nurse):
    wolf = order()
    dosed(wolf)
    told = [nurse.get(path).text for path in ("/api/v1/doses/due", f"/api/v1/prescriptions/{wolf.code}")]
    assert not any("Grey Wolf" in text for text in told)
    assert "Grey Wolf" not in repr([row.payload for row in journal.after(0)])


def test_what_is_not_there_is_not_there(nurse, witness):
    for path in ("discharge", "adverse"):
        assert nurse.post(f"/api/v1/doses/nosuch/{path}").status_code == 404
    assert nurse.get("/api/v1/doses/nosuch").status_code == 404
    assert nurse.get("/api/v1/prescriptions/nosuch").status_code == 404
    body = {"outcome": "given", "given_mg": "1", "witness": witness}
    assert nurse.post("/api/v1/doses/nosuch/end", json=body).status_code == 404
