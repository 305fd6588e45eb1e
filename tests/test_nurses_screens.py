"""Signing in, stations, the wall, the floor and the alarm's page, as plain forms and links without any script."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from consumption_room.alerts.models import Alert
from consumption_room.database import db
from consumption_room.gate.doors import STATION_COOKIE
from consumption_room.settings import ROOT
from consumption_room.visits import queries as visits
from consumption_room.vocabulary.alarms import AlarmState, Outcome
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Stage
from consumption_room.web.sign_in import own_path
from consumption_room.web.wall import columns
from tests.builders import PASSWORD, PIN, alarm, client, seated, visit

VENDORED = [*(ROOT / "static" / "vendor").glob("VENDORED.json"), *Path(__file__).parent.glob("vendor/VENDORED.json")]


@pytest.fixture
def engine() -> str:
    """Pages read what services wrote: one database is enough here."""
    return "sqlite"


def token(page) -> str:
    """The token that a page's forms carry."""
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]


def send(browser, page: str, address: str, **fields):
    """Open a page and send one of its forms."""
    return browser.post(address, data={"csrf_token": token(browser.get(page)), **fields})


@pytest.fixture
def signed_in(app, cast):
    """A browser in which somebody of a role has signed in with the password."""

    def browser(role: Role):
        found = app.test_client()
        answer = send(found, "/sign-in", "/sign-in", who=cast.staff[role], password=PASSWORD)
        assert answer.status_code == 303
        return found

    return browser


@pytest.fixture
def nurse(signed_in):
    return signed_in(Role.NURSE)


@pytest.mark.parametrize(
    ("role", "start"),
    [(Role.RECEPTION, "/desk"), (Role.NURSE, "/floor"), (Role.MANAGER, "/reports"), (Role.ADMINISTRATOR, "/admin")],
)
def test_everybody_starts_at_their_own_screen(signed_in, role, start):
    assert signed_in(role).get("/").headers["Location"] == start


def test_a_wrong_password_says_so_and_keeps_the_name(app, cast):
    answer = send(app.test_client(), "/sign-in", "/sign-in", who=cast.staff[Role.NURSE], password="wrong")
    assert answer.status_code == 401
    assert "do not fit" in answer.text
    assert f'value="{cast.staff[Role.NURSE]}"' in answer.text
    assert "wrong" not in re.findall(r'type="password"[^>]*', answer.text)[0]


def test_after_five_wrong_tries_the_right_password_waits_and_the_alarm_does_not(app, cast):
    browser = app.test_client()
    for _ in range(5):
        send(browser, "/sign-in", "/sign-in", who=cast.staff[Role.NURSE], password="wrong")
    answer = send(browser, "/sign-in", "/sign-in", who=cast.staff[Role.NURSE], password=PASSWORD)
    assert answer.status_code == 429
    assert browser.post("/alarm").status_code == 303


def test_a_pin_is_enough_only_at_a_screen_of_the_room(app, cast):
    stranger, station = app.test_client(), app.test_client()
    station.get("/desk", query_string={"key": cast.keys[DeviceKind.DESK]})
    pin = {"who": cast.staff[Role.RECEPTION], "pin": PIN}
    assert send(stranger, "/sign-in", "/sign-in/change", **pin).status_code == 401
    assert send(station, "/sign-in", "/sign-in/change", **pin).status_code == 303
    assert station.get("/desk").status_code == 200


def test_the_person_changes_and_the_page_stays(nurse, cast):
    answer = send(nurse, "/floor", "/sign-in/change", who=cast.staff[Role.RECEPTION], pin=PIN, next="/floor?a=1")
    assert answer.headers["Location"] == "/floor"
    assert "Reception" in nurse.get("/floor").text


def test_signing_out_shuts_the_floor(nurse):
    assert send(nurse, "/floor", "/sign-out").status_code == 303
    assert nurse.get("/floor").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "", "floor", "//[", "http://["]
)
def test_after_signing_in_nobody_is_sent_elsewhere(address):
    assert own_path(address) is None


@pytest.mark.parametrize("path", ["/wall", "/floor"])
def test_a_station_keeps_its_key_in_a_cookie_and_not_in_the_address(app, cast, path):
    browser = app.test_client()
    answer = browser.get(path, query_string={"key": cast.keys[DeviceKind.WALL], "a": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?a=1")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in (STATION_COOKIE, "HttpOnly", "SameSite=Strict"))
    assert browser.get(path).status_code == 200


def test_a_bearer_visit_leaves_the_cookie_that_the_socket_needs(client_as):
    answer = client_as(DeviceKind.WALL).get("/wall")
    assert STATION_COOKIE in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("who", [DeviceKind.BUTTON, Role.MANAGER, None])
def test_a_key_that_is_not_of_a_screen_makes_no_station(app, cast, who):
    browser = app.test_client()
    key = cast.keys[who] if who else "nonsense"
    answer = browser.get("/wall", query_string={"key": key})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/wall")
    assert browser.get_cookie(STATION_COOKIE) is None
    assert "belongs to no screen" in browser.get("/wall", follow_redirects=True).text


def test_a_station_without_a_person_is_asked_who_is_there(app, cast):
    browser = app.test_client()
    browser.get("/desk", query_string={"key": cast.keys[DeviceKind.DESK]})
    assert browser.get("/desk").headers["Location"].startswith("/sign-in?next=")


def test_the_wall_shows_tickets_and_nobody(client_as):
    waiting = visit(client("Canary Waiting"))
    seated(4, client("Canary Sitting"))
    page = client_as(DeviceKind.WALL).get("/wall").text
    assert waiting.ticket in page
    assert "Canary" not in page


@pytest.mark.parametrize(("cubicles", "across"), [(1, 1), (2, 2), (6, 3), (12, 4), (19, 5), (20, 5), (30, 6), (90, 10)])
def test_the_tiles_of_the_wall_fill_the_screen(cubicles, across):
    assert columns(cubicles) == across


def test_the_next_person_is_seated_and_rests_and_leaves_with_one_tap_each(nurse):
    waiting = visit(client("Blue Heron"))
    assert f"Seat {waiting.ticket}" in nurse.get("/floor").text
    for tap, fields in (("seat", {"cubicle": "5"}), ("aftercare", {}), ("leave", {"reason": "finished"})):
        assert send(nurse, "/floor", f"/floor/visits/{waiting.code}/{tap}", **fields).status_code == 303
    assert visits.visit(waiting.code).stage is Stage.LEFT
    assert send(nurse, "/floor", "/floor/cubicles/5/clean").status_code == 303


def test_somebody_who_was_called_is_seated_before_those_who_wait(nurse):
    visit()
    called = visit()
    send(nurse, "/floor", f"/floor/visits/{called.code}/call")
    assert f"Seat {called.ticket}" in nurse.get("/floor").text


def test_a_refusal_on_the_floor_is_a_sentence_on_the_floor(nurse):
    seated(3)
    waiting = visit()
    answer = send(nurse, "/floor", f"/floor/visits/{waiting.code}/seat", cubicle="3")
    assert answer.status_code == 409
    assert "Cubicle 3 is taken" in answer.text
    assert "<h1>Floor</h1>" in answer.text


def test_a_cubicle_is_taken_out_of_use_only_with_a_reason(nurse):
    change = {"state": CubicleState.OUT_OF_USE.value}
    assert send(nurse, "/floor", "/floor/cubicles/8/change", **change).status_code == 422
    assert send(nurse, "/floor", "/floor/cubicles/8/change", reason="Fan broken", **change).status_code == 303
    assert "Fan broken" in nurse.get("/floor").text


def test_somebody_who_is_not_signed_in_raises_an_alarm_and_sees_where_and_no_more(app):
    stranger = app.test_client()
    answer = stranger.post("/alarm", data={"place": "street-door"})
    page = stranger.get(answer.headers["Location"])
    assert "Street door" in page.text
    assert "Which screens have it" not in page.text


def test_an_alarm_with_a_place_that_does_not_exist_still_rings(app):
    app.test_client().post("/alarm", data={"place": "nowhere"})
    assert db.session.scalars(select(Alert)).one().place.code == "reception"


def test_an_alarm_from_a_station_is_where_the_station_stands(app, cast):
    station = app.test_client()
    station.get("/floor", query_string={"key": cast.keys[DeviceKind.FLOOR]})
    told = station.post("/alarm", headers={"Accept": "application/json"})
    assert told.status_code == 201
    assert told.json["state"] == "raised"
    again = station.post("/alarm", headers={"Accept": "application/json"})
    assert (again.status_code, again.json["code"]) == (200, told.json["code"])


def test_the_same_press_sent_ten_times_is_one_press(app):
    stranger = app.test_client()
    for _ in range(10):
        stranger.post("/alarm", data={"place": "toilet", "idempotency_key": "one press"})
    assert db.session.scalars(select(Alert)).one().count == 1


def test_an_alarm_is_never_refused_for_its_senders_headers(app):
    answer = app.test_client().post("/alarm", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 303


def test_an_alarm_is_answered_worked_on_and_closed_on_its_page(nurse):
    page = f"/alarm/{alarm('cubicle-3').code}"
    for step, fields in (
        ("acknowledge", {}),
        ("on-scene", {}),
        ("timeline", {"action": "oxygen"}),
        ("timeline", {"action": "spo2", "value": "92"}),
        ("close", {"outcome": "oxygen-only", "causes": ["alcohol", "unknown"]}),
    ):
        assert send(nurse, page, f"{page}/{step}", **fields).status_code == 303
    ended = db.session.scalars(select(Alert)).one()
    assert (ended.state, ended.outcome) == (AlarmState.CLOSED, Outcome.OXYGEN_ONLY)
    assert "SpO2 (%)</strong>: 92" in nurse.get(page).text


def test_closing_without_an_outcome_says_what_is_missing_and_keeps_the_causes(nurse):
    page = f"/alarm/{alarm('cubicle-3').code}"
    answer = send(nurse, page, f"{page}/close", causes="alcohol")
    assert answer.status_code == 422
    assert 'value="alcohol" checked' in answer.text


def test_an_alarm_moves_to_the_right_place_and_rings_there(app):
    rings = alarm("reception")
    app.test_client().post(f"/alarm/{rings.code}/place", data={"place": "toilet"})
    moved = db.session.scalars(select(Alert)).one()
    assert (moved.place.code, moved.count) == ("toilet", 2)


def test_an_alarm_stands_on_every_page_that_may_see_it(nurse, signed_in):
    alarm("cubicle-7")
    for browser, path in ((nurse, "/floor"), (nurse, "/stock"), (signed_in(Role.RECEPTION), "/desk")):
        band = re.search(r'id="alarms".*?id="unsent"', browser.get(path).text, re.S)[0]
        assert "Cubicle 7" in band
        assert "I am coming" in band


def test_no_page_has_inline_script_or_style(nurse, client_as):
    alarm("cubicle-7")
    seated(3)
    code = db.session.scalars(select(Alert)).one().code
    for text in (
        *(nurse.get(path).text for path in ("/floor", f"/alarm/{code}")),
        client_as(DeviceKind.WALL).get("/wall").text,
    ):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("listed", VENDORED, ids=lambda path: path.parts[-3])
def test_what_others_wrote_is_kept_as_they_wrote_it(listed):
    folder = listed.parent
    kept = {name: checksum for part in json.loads(listed.read_text()) for name, checksum in part["files"].items()}
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {listed.name}
    assert there == set(kept)
    for name, checksum in kept.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    assert "://" not in listed.read_text()
