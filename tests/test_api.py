"""The API as a program meets it: the main job from the door to the report, and what the contract says of every call."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consumption_room.vocabulary.lists import LISTS
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests import builders

V1 = "/api/v1"


class Program:
    """A program with a key: says what it wants, and shows what it got."""

    def __init__(self, caller: FlaskClient) -> None:
        """``caller`` carries the key."""
        self.caller = caller

    def get(self, path: str, **headers: str) -> TestResponse:
        """Ask."""
        return self.caller.get(f"{V1}{path}", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Do."""
        return self.caller.post(f"{V1}{path}", json=body or {}, headers=headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        """Change."""
        return self.caller.patch(f"{V1}{path}", json=body, headers=headers)


@pytest.fixture
def program(client_as: Callable[..., FlaskClient]) -> Callable[[Role | DeviceKind | None], Program]:
    """A program in a role, or a device, speaking to the API."""
    return lambda who: Program(client_as(who))


def test_one_visit_from_door_to_door_is_counted_as_it_was(program, fast_forward):
    desk, nurse, button = program(Role.RECEPTION), program(Role.NURSE), program(DeviceKind.BUTTON)
    person = desk.post("/clients", {"alias": "Blue Heron", "sex": "female"}).json["code"]
    visit = desk.post("/visits", {"client": person, "purposes": ["consume"]}).json["code"]
    fast_forward(minutes=4)
    nurse.post(f"/visits/{visit}/episodes", {"substances": ["heroin"], "route": "inject"})
    nurse.post(f"/visits/{visit}/seat", {"cubicle": 3})
    desk.post("/stock/issues", {"kit": "take-away-10", "quantity": 1, "visit": visit, "for_others": True})
    desk.post("/stock/returns", {"quantity": 7, "visit": visit})
    alarm = button.post("/alerts", {"place": "cubicle-3"}).json["code"]
    for step in ("acknowledge", "on-scene"):
        assert nurse.post(f"/alerts/{alarm}/{step}").status_code == 200
    nurse.post(f"/alerts/{alarm}/timeline", {"action": "oxygen"})
    nurse.post(f"/alerts/{alarm}/close", {"outcome": "oxygen-only", "causes": ["alcohol"]})
    nurse.post(f"/visits/{visit}/aftercare")
    nurse.post("/referrals", {"visit": visit, "service": "housing-office", "handover": "escorted", "consent": True})
    assert desk.post(f"/visits/{visit}/leave", {"reason": "finished"}).json["stage"] == "left"
    nurse.post("/cubicles/3/clean")
    desk.post("/visits/turned-away", {"reason": "no-drug"})

    report = program(Role.MANAGER).get("/reports/usage?from=2026-11-20&to=2026-11-20").json

    assert report["rows"] == [
        {
            "period": "2026-11-20",
            "accesses": 1,
            "episodes": 1,
            "people": 1,
            "emergencies": 1,
            "turned_away": 1,
            "left_waiting": 0,
            "switched_to_injecting": 0,
            "needles_out": 10,
            "needles_back": 7,
            "referrals": 1,
            "median_wait_s": 240,
            "p90_wait_s": 240,
        }
    ]
    assert {"name", "from", "to", "grain", "definitions", "rows", "totals", "suppressed"} <= report.keys()


def test_the_same_key_gets_the_same_answer_and_does_it_once(program):
    desk = program(Role.RECEPTION)
    first = desk.post("/visits", {"purposes": ["needles"]}, **{"Idempotency-Key": "press-1"})
    again = desk.post("/visits", {"purposes": ["needles"]}, **{"Idempotency-Key": "press-1"})
    other = desk.post("/visits", {"purposes": ["shower"]}, **{"Idempotency-Key": "press-1"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json == again.json
    assert other.json["code"] == "idempotency-mismatch"
    assert len(desk.get("/visits?state=open").json["items"]) == 1


def test_a_refusal_is_a_problem_with_a_code_and_a_sentence(program):
    desk = program(Role.RECEPTION)
    person = desk.post("/clients", {"alias": "Blue Heron"}).json["code"]
    visit = desk.post("/visits", {"client": person, "purposes": ["consume"]}).json["code"]
    refused = desk.post("/visits", {"client": person, "purposes": ["consume"]})
    assert refused.status_code == 409
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == "already-inside"
    assert refused.json["visit"] == visit
    assert refused.json["detail"].endswith(".")


def test_a_taken_cubicle_and_a_full_room_are_different_refusals(program):
    desk = program(Role.RECEPTION)
    numbers = [cubicle["number"] for cubicle in desk.get("/cubicles").json["items"]]
    visits = [desk.post("/visits", {"purposes": ["consume"]}).json["code"] for _ in [*numbers, "one more"]]
    assert desk.post(f"/visits/{visits[0]}/seat", {"cubicle": numbers[0]}).status_code == 200
    assert desk.post(f"/visits/{visits[1]}/seat", {"cubicle": numbers[0]}).json["code"] == "cubicle-taken"
    for visit, number in zip(visits[1:], numbers[1:], strict=False):
        assert desk.post(f"/visits/{visit}/seat", {"cubicle": number}).status_code == 200
    assert desk.post(f"/visits/{visits[-1]}/seat", {"cubicle": numbers[0]}).json["code"] == "room-full"


def test_a_change_needs_the_etag_of_what_is_changed(program):
    desk = program(Role.RECEPTION)
    made = desk.post("/clients", {"alias": "Blue Heron"})
    path = f"/clients/{made.json['code']}"
    assert desk.patch(path, {"sex": "male"}).status_code == 428
    assert desk.patch(path, {"sex": "male"}, **{"If-Match": '"another"'}).status_code == 412
    assert desk.patch(path, {"sex": "male"}, **{"If-Match": made.headers["ETag"]}).json["sex"] == "male"
    assert desk.patch(path, {"sex": "female"}, **{"If-Match": made.headers["ETag"]}).status_code == 412


def test_an_alarm_needs_a_key_and_nothing_else(program, client_as):
    pressed = program(DeviceKind.BUTTON).post("/alerts")
    assert (pressed.status_code, pressed.json["place"], pressed.json["kind"]) == (201, "toilet", "overdose")
    joined = program(DeviceKind.BUTTON).post("/alerts")
    assert (joined.status_code, joined.json["code"], joined.json["count"]) == (200, pressed.json["code"], 2)
    assert program(None).post("/alerts", {"place": "toilet"}).status_code == 401


@pytest.mark.parametrize("role", list(Role))
def test_whoever_works_here_can_raise_an_alarm(program, role):
    assert program(role).post("/alerts", {"place": "street-door", "kind": "medical"}).status_code == 201


def test_an_alarm_is_acknowledged_once_and_then_harmlessly_again(program):
    alarm = program(DeviceKind.BUTTON).post("/alerts").json["code"]
    first = program(Role.NURSE).post(f"/alerts/{alarm}/acknowledge").json
    again = program(Role.RECEPTION).post(f"/alerts/{alarm}/acknowledge").json
    assert first["state"] == again["state"] == "acknowledged"
    assert again["responder"] == first["responder"]


def test_an_alarm_nobody_answered_cannot_be_closed(program):
    alarm = program(DeviceKind.BUTTON).post("/alerts").json["code"]
    assert program(Role.NURSE).post(f"/alerts/{alarm}/close", {"outcome": "false-alarm"}).status_code == 409
    assert program(Role.NURSE).post(f"/alerts/{alarm}/close", {}).status_code == 422


def test_a_wrong_place_can_be_corrected_and_rings_again(program):
    alarm = program(DeviceKind.BUTTON).post("/alerts").json["code"]
    moved = program(DeviceKind.BUTTON).post(f"/alerts/{alarm}/place", {"place": "cubicle-5"}).json
    assert (moved["place"], moved["count"]) == ("cubicle-5", 2)


def test_a_display_is_told_no_more_than_it_may_show(app, program):
    builders.seated(3, builders.client("Blue Heron"))
    builders.visit(builders.client("Grey Wagtail"))
    alarm = builders.alarm("cubicle-3").code
    wall = program(DeviceKind.WALL)
    shown = wall.get("/board").text + wall.get(f"/alerts/{alarm}").text + wall.get("/alerts?state=open").text
    assert "Heron" not in shown
    assert "Wagtail" not in shown
    assert wall.get("/board").json["queue"][0]["ticket"] == "A02"
    assert "Wagtail" in program(Role.RECEPTION).get("/board").text


def test_the_board_has_what_the_contract_names(app, program):
    builders.seated(3)
    board = program(Role.NURSE).get("/board").json
    assert {"version", "seq", "cubicles", "queue", "aftercare", "stock_warnings", "alerts", "devices"} <= board.keys()
    assert [seat["state"] for seat in board["cubicles"] if seat["number"] == 3] == ["occupied"]


def test_every_closed_list_is_there_with_labels(program):
    lists = program(None).get("/vocabulary").json
    assert lists.keys() == LISTS.keys()
    assert [one["code"] for one in lists["alarm_states"]] == ["raised", "acknowledged", "on-scene", "closed"]
    assert all(one["label"] for words in lists.values() for one in words)


def test_lists_come_in_pages_that_miss_and_repeat_nobody(app, program):
    made = [builders.visit().code for _ in range(7)]
    desk, found, after = program(Role.RECEPTION), [], ""
    while True:
        page = desk.get(f"/visits?state=open&limit=3{after}").json
        found += [visit["code"] for visit in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == made


def test_a_report_can_be_taken_away_as_csv_and_that_is_noted(app, program):
    builders.visit()
    taken = program(Role.MANAGER).get("/reports/usage?format=csv&from=2026-11-20&to=2026-11-20")
    header, row, total = taken.text.splitlines()
    assert taken.mimetype == "text/csv"
    assert header.startswith("period,accesses,episodes,people,emergencies")
    assert row.startswith("2026-11-20,1,0,0,0")
    assert total.startswith("total,1,0")
    noted = program(Role.AUDITOR).get("/journal?subject=usage").json["items"]
    assert [row["what"] for row in noted] == ["report.taken"]


def test_people_are_found_by_alias_code_or_phrase(program):
    desk = program(Role.RECEPTION)
    made = desk.post("/clients", {"alias": "Blå Hejre", "phrase": "my dog is called Rex"}).json
    assert "phrase" not in made
    for said in ("blå h", "BLA HEJRE", made["code"], "My dog is called REX"):
        assert [found["alias"] for found in desk.get(f"/clients?q={said}").json["items"]] == ["Blå Hejre"]


def test_the_document_is_openapi_and_describes_every_route_of_the_api(app, program):
    document = program(None).get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    served = {
        rule.rule.replace("<int(max=999):", "<").replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(V1) and not rule.rule.endswith(("openapi.json", "asyncapi.json"))
    }
    assert set(document["paths"]) == served
    assert "Problem" in document["components"]["schemas"]
    page = program(None).caller.get("/api/docs")
    assert page.status_code == 200
    assert "/api/v1/alerts" in page.text


def test_no_two_forms_or_answers_share_a_name_in_the_document(app):
    with app.test_request_context():
        document = app.extensions["room.api"].document()
    assert [name for name in document["components"]["schemas"] if name[-1].isdigit()] == []
