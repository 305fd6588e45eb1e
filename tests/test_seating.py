"""Who is suggested which cubicle, who may sit down with so many on duty, and what sensors say; on both databases."""

import pytest
from sqlalchemy import select

from consumption_room import board, clock, journal
from consumption_room.cubicles import service as cubicles
from consumption_room.database import db, transaction
from consumption_room.shifts.models import ShiftOverride
from consumption_room.shifts.rules import OverrideNotYours, TooFewStaff
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.people import Sex
from consumption_room.vocabulary.shifts import Override
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Route
from tests.builders import MONA, NINA, ROSA, client, gone, intake, on_duty, opened_room, seated, sits_down, visit


def fit_for(number: int, *modes: CubicleMode) -> None:
    """Say what a cubicle is fit for."""
    with transaction():
        cubicles.change(number, cubicles.Change(modes=modes), NINA, clock.now())


def seats_all_the_same(visit: str, number: int, by, room, why: str | None = "The night nurse is on her way"):
    """Seat somebody, setting the table of staff aside."""
    with transaction():
        return seating.seat(visit, seating.Seating(number, why), room, by, clock.now())


def test_over_http_free_cubicles_are_suggested_and_nobody_is_seated_by_asking(client_as):
    desk = client_as(Role.RECEPTION)
    fit_for(8, CubicleMode.INJECTING, CubicleMode.WOMEN_ONLY)
    hers = visit(client("Grey Heron", sex=Sex.FEMALE))
    intake(hers, Route.INJECT)
    seated(1)
    before = journal.last()
    items = desk.get(f"/api/v1/visits/{hers.code}/suggestions").json["items"]
    assert items[0] == {"number": 8, "fits": True, "because": ["for-women"]}
    assert 1 not in {one["number"] for one in items}
    assert [one["number"] for one in items if one["fits"]] == [8, 2, 3, 4, 5, 6, 7, 15, 16]
    wheels = desk.get(f"/api/v1/visits/{hers.code}/suggestions?needs=wheelchair").json["items"]
    assert [one["number"] for one in wheels if one["fits"]] == [15, 16]
    assert journal.last() == before
    assert hers.stage == "waiting"
    assert desk.get(f"/api/v1/visits/{hers.code}/suggestions?needs=sauna").status_code == 422


def test_the_desk_and_the_floor_suggest_by_the_same_rule(client_as):
    nurse = client_as(Role.NURSE)
    fit_for(1, CubicleMode.INJECTING, CubicleMode.WOMEN_ONLY)
    his = visit(client("Grey Heron", sex=Sex.MALE))
    intake(his, Route.INJECT)
    page = nurse.get(f"/desk/visits/{his.code}").text
    assert page.index('value="2"') < page.index('value="1"><span class="seat-number">')
    floor = nurse.get("/floor").text
    assert 'name="cubicle" value="2"' in floor
    assert 'name="cubicle" value="1"' not in floor


def test_too_few_on_duty_refuse_the_next_person_and_say_why(room, cast):
    opened_room(cast.staff[Role.NURSE])
    for number in (3, 4):
        seated(number)
    late = visit().code
    with pytest.raises(TooFewStaff, match="enough for 2 people in cubicles, and 2 are there"):
        sits_down(late, 5)
    assert "enough for 2 people" in board.now(room, clock.now()).too_few_staff
    on_duty(cast.staff[Role.RECEPTION])
    assert board.now(room, clock.now()).too_few_staff is None
    assert sits_down(late, 5).cubicle == 5


def test_leaving_moving_and_a_room_without_shifts_are_never_held_up(room, cast):
    for number in (3, 4, 5):
        seated(number)
    opened_room(cast.staff[Role.NURSE])
    mover = db.session.scalars(select(visits.Visit)).first()
    with transaction():
        seating.move(mover.code, seating.Seating(6), room, ROSA, clock.now())
    gone(mover)


def test_a_nurse_or_a_manager_decides_otherwise_by_name_and_nobody_else(room, cast):
    opened_room(cast.staff[Role.NURSE])
    for number in (3, 4):
        seated(number)
    late, later = visit().code, visit().code
    with pytest.raises(OverrideNotYours):
        seats_all_the_same(late, 5, ROSA, room)
    assert seats_all_the_same(late, 5, NINA, room).cubicle == 5
    assert seats_all_the_same(later, 6, MONA, room).cubicle == 6
    kept = db.session.scalars(select(ShiftOverride).order_by(ShiftOverride.id)).all()
    assert [(one.what, one.by, one.reason) for one in kept] == [
        (Override.TOO_FEW_STAFF, who, "The night nurse is on her way") for who in ("Nina", "Mona")
    ]


def test_a_reason_that_was_not_needed_sets_nothing_aside(room, cast):
    opened_room(cast.staff[Role.NURSE])
    seats_all_the_same(visit().code, 3, ROSA, room)
    assert db.session.scalars(select(ShiftOverride)).all() == []


def test_over_http_the_refusal_is_a_sentence_and_the_override_is_named(client_as, cast):
    opened_room(cast.staff[Role.NURSE])
    for number in (3, 4):
        seated(number)
    late = visit().code
    nurse, desk = client_as(Role.NURSE), client_as(Role.RECEPTION)
    refused = desk.post(f"/api/v1/visits/{late}/seat", json={"cubicle": 5})
    assert (refused.status_code, refused.json["code"], refused.json["at_most"]) == (409, "too-few-staff", 2)
    assert nurse.get("/api/v1/board").json["too_few_staff"] == refused.json["detail"]
    asked = {"cubicle": 5, "override": "The second nurse is at the door"}
    assert desk.post(f"/api/v1/visits/{late}/seat", json=asked).json["code"] == "override-not-yours"
    page = nurse.post(f"/floor/visits/{late}/seat", data={"cubicle": "5"})
    assert page.status_code == 409
    assert "Seat them, in my name" in page.text
    done = nurse.post(f"/floor/visits/{late}/seat", data={"cubicle": "5", "override": "The second nurse is here"})
    assert done.status_code == 303
    assert visits.get(late).cubicle == 5
    assert nurse.post(f"/api/v1/visits/{late}/move", json={"cubicle": 6, "override": "x"}).status_code == 422


def test_a_sensor_that_says_otherwise_is_shown_and_moves_nobody(room, client_as, fast_forward):
    sensor, nurse = client_as(DeviceKind.BUTTON), client_as(Role.NURSE)
    seated(3)
    assert sensor.post("/api/v1/cubicles/3/sensor", json={"occupied": False}).json["sensed"] is False
    assert "Sensor: nobody is there" not in nurse.get("/floor").text
    fast_forward(seconds=60)
    assert "Sensor: nobody is there" in nurse.get("/floor").text
    assert "Sensor: nobody is there" in nurse.get("/wall").text
    assert nurse.get("/api/v1/board").json["cubicles"][2]["sensor_disagrees"] is True
    assert cubicles.get(3).state is CubicleState.OCCUPIED
    sensor.post("/api/v1/cubicles/3/sensor", json={"occupied": True})
    assert nurse.get("/api/v1/board").json["cubicles"][2]["sensor_disagrees"] is False


def test_the_same_word_of_a_sensor_again_is_no_news(client_as):
    sensor = client_as(DeviceKind.BUTTON)
    for _ in range(3):
        sensor.post("/api/v1/cubicles/4/sensor", json={"occupied": True})
    assert [row.what for row in journal.after(0, 5000) if row.what == "cubicle.sensed"] == ["cubicle.sensed"]
    assert sensor.post("/api/v1/cubicles/4/sensor", json={}).status_code == 422
    assert client_as(Role.AUDITOR).post("/api/v1/cubicles/4/sensor", json={"occupied": True}).status_code == 403
