"""The contract as a program meets it that has read nothing else: every call with the least that the contract names."""

from datetime import timedelta

import pytest

from consumption_room import clock
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import PIN, TODAY
from tests.test_api import Program

DRUG = "diamorphine-100"
AWAKE = {"sedation": 1, "breaths": 16, "saturation": 97, "alcohol": 0, "systolic": 125, "own_use": "nothing"}


@pytest.fixture
def program(client_as):
    """A program in a role, or a device."""
    return lambda who: Program(client_as(who))


@pytest.fixture
def desk(program, room):
    """A program at the desk of a room at nine in the morning."""
    return program(Role.RECEPTION)


@pytest.fixture
def nurse(program, room):
    """A nurse's program."""
    return program(Role.NURSE)


def person(desk, alias="Grey Wolf"):
    """The code of somebody who has just been registered."""
    return desk.post("/clients", {"alias": alias}).json["code"]


def inside(desk, *purposes, client=None):
    """The code of a visit that has just begun."""
    return desk.post("/visits", {"client": client, "purposes": purposes or ["consume"]}).json["code"]


def test_a_visit_can_be_called_held_and_undone_without_a_word(desk):
    for step in ("call", "hold", "undo"):
        for body in (None, {}):
            answer = desk.caller.post(f"/api/v1/visits/{inside(desk)}/{step}", json=body)
            assert answer.status_code == 200, (step, answer.json)
    assert desk.caller.post(f"/api/v1/visits/{inside(desk)}/undo").json["undone_because"] == "other"


@pytest.mark.parametrize(
    ("said", "kept"), [("twice", "twice"), ("the wrong heron", "other"), ("other", "other"), (None, None), (7, None)]
)
def test_words_of_ones_own_take_a_check_in_back_and_are_not_kept(desk, said, kept):
    answer = desk.post(f"/visits/{inside(desk)}/undo", {"reason": said})
    assert (answer.status_code, answer.json.get("undone_because")) == (200 if kept else 422, kept)
    assert "heron" not in answer.text


def test_a_record_takes_a_flag_a_bar_a_consent_and_another_record_with_the_least_that_is_said(desk, nurse):
    one, other = person(desk), person(desk, "Grey Wulf")
    flag = desk.post(f"/clients/{one}/flags", {"text": "Allergic to latex"})
    assert (flag.status_code, flag.json["audience"]) == (201, ["reception", "nurse"])
    over = (clock.now() + timedelta(days=10)).isoformat()
    bar = nurse.post(f"/clients/{other}/bars", {"reason": "violence", "notes": "Hit somebody", "ends_at": over})
    assert (bar.status_code, bar.json["scope"]) == (201, "own-drug-use")
    assert (bar.json["review_on"], bar.json["decided_by"]) == (str(TODAY + timedelta(days=5)), "nurse program")
    refused = desk.post("/visits", {"client": other, "purposes": ["consume"]})
    assert (refused.status_code, refused.json["code"]) == (409, "barred")
    assert desk.post(f"/clients/{one}/consents", {"scope": "data"}).json["way"] == "spoken"
    assert desk.post(f"/clients/{one}/merge", {"other": other}).json["reason"] == "Not said"


def test_a_bar_without_an_end_or_a_reason_is_still_none(desk, nurse):
    refused = nurse.post(f"/clients/{person(desk)}/bars", {"scope": "own-drug-use"})
    assert (refused.status_code, sorted(refused.json["errors"])) == (422, ["ends_at", "notes", "reason"])


def test_a_consent_is_read_in_the_persons_own_language(desk):
    dane = desk.post("/clients", {"alias": "Red Fox", "language": "da"}).json["code"]
    assert desk.post(f"/clients/{dane}/consents", {"scope": "house-rules"}).json["language"] == "da"
    assert desk.post(f"/clients/{person(desk)}/consents", {"scope": "house-rules"}).json["language"] == "en"


def test_a_cubicle_is_held_and_closed_without_a_word_and_a_sensors_program_is_heard(nurse, program):
    assert nurse.caller.post("/api/v1/cubicles/6/hold").json["state"] == "held"
    etag = nurse.get("/cubicles/7").headers["ETag"]
    assert nurse.patch("/cubicles/7", {"state": "out-of-use"}).status_code == 428
    closed = nurse.patch("/cubicles/7", {"state": "out-of-use"}, **{"If-Match": etag})
    assert (closed.status_code, closed.json["reason"]) == (200, "Not said")
    assert nurse.patch("/cubicles/7", {"state": "free"}, **{"If-Match": etag}).status_code == 412
    assert nurse.post("/cubicles/3/sensor", {"occupied": True}).json["sensed"] is True
    assert program(DeviceKind.WALL).post("/cubicles/3/sensor", {"occupied": True}).status_code == 403


def test_figures_of_an_alarm_may_be_numbers(nurse):
    alarm = nurse.post("/alerts", {"place": "aftercare", "kind": "overdose"}).json["code"]
    for action, value, kept in (
        ("spo2", 92, "92"),
        ("naloxone", 0.4, "0.4"),
        ("naloxone", "0.4", "0.4"),
        ("respiratory-rate", 12, "12"),
        ("sedation", 2, "2"),
    ):
        answer = nurse.post(f"/alerts/{alarm}/timeline", {"action": action, "value": value})
        assert (answer.status_code, answer.json.get("value")) == (201, kept), answer.json
    assert nurse.post(f"/alerts/{alarm}/timeline", {"action": "spo2", "value": True}).status_code == 422
    assert nurse.post(f"/alerts/{alarm}/timeline", {"action": "spo2", "value": float("nan")}).status_code == 422


def test_a_manager_who_opens_without_people_takes_that_upon_themselves(program, desk, nurse, cast):
    refused = nurse.post("/shifts/open", {"checks": {}})
    assert (refused.status_code, "nurse" in refused.json["failing"]) == (409, True)
    manager = program(Role.MANAGER)
    asked = {"checks": {}, "override": {"reason": "The agency's nurse is on the way"}}
    assert manager.post("/shifts/open", asked).status_code == 201
    assert desk.post(f"/visits/{inside(desk)}/seat", {"cubicle": 3}).status_code == 200
    assert desk.get("/board").json["too_few_staff"] is None
    # From the first who comes on duty the table of staff counts again, and goes on to when they have gone.
    for on in (True, False):
        nurse.post("/shifts/duty", {"on": on, "staff": cast.staff[Role.RECEPTION]})
        refused = desk.post(f"/visits/{inside(desk)}/seat", {"cubicle": 4})
        assert (refused.status_code, refused.json["code"]) == (409, "too-few-staff")
        assert desk.get("/board").json["too_few_staff"]


def test_the_catalogue_is_listed(desk):
    found = desk.get("/stock/items").json
    assert found["next"] is None
    assert {"code", "name", "kind", "minimum"} == found["items"][0].keys()


def test_an_agreement_without_a_day_is_looked_at_in_the_rooms_own_time(program, desk):
    made = program(Role.CASE_WORKER).post("/agreements", {"client": person(desk), "kind": "treatment"})
    assert (made.status_code, made.json["next_review_on"]) == (201, str(TODAY + timedelta(days=90)))


@pytest.fixture
def witness(cast):
    """The manager, who stands by."""
    return {"staff": cast.staff[Role.MANAGER], "pin": PIN}


@pytest.fixture
def order(program, desk):
    """An order for two doses a day."""

    def prescribed(**but):
        said = {
            "client": person(desk),
            "product": DRUG,
            "route": "intravenous",
            "supervision": "watched",
            "doses": [{"window": "morning", "amount_mg": "200"}, {"window": "afternoon", "amount_mg": "200"}],
            "single_maximum_mg": "300",
            "daily_maximum_mg": "500",
            "minimum_gap_minutes": 180,
            "starts_on": str(TODAY - timedelta(days=9)),
            "ends_on": str(TODAY + timedelta(days=9)),
        }
        made = program(Role.PRESCRIBER).post("/prescriptions", said | but)
        assert made.status_code == 201, made.json
        return made.json

    return prescribed


def delivered(nurse, witness):
    """Something to give, in a register that nobody opened before."""
    body = {"amount_mg": "10000", "lot": "first", "party": "Hospital pharmacy", "witness": witness}
    return nurse.post(f"/register/{DRUG}/receipts", body)


def test_the_first_delivery_opens_a_register_at_nought_and_by_two(nurse, witness):
    alone = nurse.post(f"/register/{DRUG}/receipts", {"amount_mg": "1", "lot": "first", "party": "Hospital pharmacy"})
    assert (alone.status_code, alone.json["code"]) == (409, "witness-needed")
    assert nurse.get(f"/register/{DRUG}").json["items"] == []
    assert delivered(nurse, witness).status_code == 201
    assert delivered(nurse, witness).status_code == 201
    lines = [(one["kind"], one["balance_mg"]) for one in nurse.get(f"/register/{DRUG}").json["items"]]
    assert lines == [("opening", "0"), ("receipt", "10000"), ("receipt", "20000")]
    assert nurse.get(f"/register/{DRUG}/verify").json["whole"] is True
    late = nurse.post(f"/register/{DRUG}/openings", {"amount_mg": "5", "lot": "first", "witness": witness})
    assert late.status_code == 409


def test_an_order_is_held_reviewed_changed_and_stopped_without_a_word(program, nurse, order):
    made, doctor = order(), program(Role.PRESCRIBER)
    path = f"/prescriptions/{made['code']}"
    held = nurse.caller.post(f"/api/v1{path}/hold")
    assert (held.status_code, held.json["state"], held.json["hold_reason"]) == (200, "held", "Not said")
    assert nurse.caller.post(f"/api/v1{path}/review").json["state"] == "active"
    etag = doctor.get(path).headers["ETag"]
    assert doctor.patch(path, {"single_maximum_mg": "250"}, **{"If-Match": etag}).json["version"] == 2
    assert doctor.caller.post(f"/api/v1{path}/stop").json["state"] == "stopped"


def test_each_refusal_of_a_dose_has_the_code_that_the_contract_gives_it(
    program, nurse, desk, order, witness, fast_forward
):
    made = order()
    body = {
        "prescription": made["code"],
        "visit": inside(desk, "dose", client=made["client"]),
        "window": "morning",
        "precheck": AWAKE,
        "prepared_mg": "200",
        "given_mg": "200",
        "wasted_mg": "0",
        "outcome": "given",
        "witness": witness,
    }

    def refusal(**but):
        answer = nurse.post("/doses", body | but)
        assert answer.status_code == 409, answer.json
        return answer.json["code"]

    assert refusal() == "no-stock"
    delivered(nurse, witness)
    assert refusal(precheck={}) == "held"
    assert refusal(precheck=AWAKE | {"sedation": 3}) == "held"
    assert refusal(prepared_mg="400", given_mg="400") == "over-maximum"
    given = nurse.post("/doses", body, **{"Idempotency-Key": "dose-1"})
    assert (given.status_code, given.json["given_mg"]) == (201, "200"), given.json
    assert nurse.post("/doses", body, **{"Idempotency-Key": "dose-1"}).json == given.json
    assert nurse.post("/doses", body | {"given_mg": "1"}, **{"Idempotency-Key": "dose-1"}).status_code == 422
    assert refusal() == "window-used"
    assert refusal(window="afternoon") == "too-soon"
    path = f"/doses/{given.json['code']}"
    fast_forward(minutes=180)
    assert nurse.post(f"{path}/observations", AWAKE).status_code == 201
    assert nurse.caller.post(f"/api/v1{path}/discharge").status_code == 200
    assert nurse.post(f"{path}/reverse", {"reason": "Another person's", "witness": witness}).status_code == 200


def test_an_order_that_has_ended_gives_no_dose(nurse, desk, order, witness):
    made = order(client=person(desk, "Old Crow"), ends_on=str(TODAY - timedelta(days=1)))
    delivered(nurse, witness)
    body = {
        "prescription": made["code"],
        "visit": inside(desk, "dose", client=made["client"]),
        "window": "morning",
        "precheck": AWAKE,
        "prepared_mg": "200",
        "given_mg": "200",
        "outcome": "given",
        "witness": witness,
    }
    assert nurse.post("/doses", body).json["code"] == "expired"


@pytest.mark.parametrize(
    ("role", "sees"),
    [(Role.RECEPTION, True), (Role.NURSE, True), (Role.PRESCRIBER, False), (Role.CASE_WORKER, False)],
)
def test_what_somebody_uses_is_told_to_those_who_look_after_the_visit(program, desk, role, sees):
    asked = {"client": person(desk), "purposes": ["consume"], "screening": {"substances": ["cocaine"]}}
    visit = desk.post("/visits", asked).json["code"]
    desk.post(f"/visits/{visit}/episodes", {"substances": ["heroin"], "route": "inject"})
    for path in (f"/visits/{visit}", "/visits", "/visits?state=open", "/board"):
        told = program(role).get(path)
        assert (told.status_code, visit in told.text) == (200, True)
        assert ("heroin" in told.text, "cocaine" in told.text) == ((sees,) * 2 if "board" not in path else (False,) * 2)
    page = program(role).caller.get(f"/desk/visits/{visit}")
    assert (page.status_code, "Heroin" in page.text) == (200, sees)
