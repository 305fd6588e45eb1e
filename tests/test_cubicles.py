"""Cubicles held, cleaned, out of use and back, and people moved between them; on both databases."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal
from consumption_room.cubicles import queries
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import CubicleSpell
from consumption_room.cubicles.rules import CubicleFrozen, CubicleNotReady, CubicleTaken
from consumption_room.cubicles.service import Change, Hold
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Stay
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.staff import Role
from tests.builders import MONA, NINA, NINE, ROSA, alarm, cleaned, gone, seated, sits_down, visit

HOUR = timedelta(hours=1)


def held(number: int = 3, reason: str = "The chair is wet", until=None):
    """The cubicle held."""
    with transaction():
        return cubicles.hold(number, Hold(reason, until), NINA, clock.now())


def released(number: int = 3):
    """The cubicle given back."""
    with transaction():
        return cubicles.release(number, NINA, clock.now())


def spells(number: int = 3) -> list[tuple[CubicleState, timedelta | None, str | None]]:
    """What kept people out of a cubicle, for how long, and who ended it; oldest first."""
    rows = select(CubicleSpell).where(CubicleSpell.cubicle_id == cubicles.get(number).id).order_by(CubicleSpell.id)
    return [
        (one.state, one.ended_at - one.began_at if one.ended_at else None, one.ended_by)
        for one in db.session.scalars(rows)
    ]


def test_a_held_cubicle_says_why_and_until_when_and_takes_nobody(room):
    cubicle = held(until=NINE + HOUR)
    assert (cubicle.state, cubicle.reason, cubicle.until) == (CubicleState.HELD, "The chair is wet", NINE + HOUR)
    waiting = visit().code
    with pytest.raises(CubicleNotReady, match="held"):
        sits_down(waiting, 3)
    assert released().until is None
    assert sits_down(waiting, 3).cubicle == 3


def test_the_same_hold_twice_is_one_and_another_takes_its_place(room, fast_forward):
    held()
    before = journal.last()
    held()
    assert journal.last() == before
    fast_forward(minutes=10)
    assert held(reason="The lamp is broken").reason == "The lamp is broken"
    fast_forward(minutes=5)
    released()
    assert [(state, took) for state, took, _ in spells()] == [
        (CubicleState.HELD, timedelta(minutes=10)),
        (CubicleState.HELD, timedelta(minutes=5)),
    ]


def test_nobody_is_held_or_cleaned_away_under_a_person(room):
    sitting = seated(3)
    with pytest.raises(CubicleTaken, match="Somebody sits in cubicle 3"):
        held()
    with pytest.raises(CubicleTaken):
        released()
    for state in (CubicleState.CLEANING, CubicleState.HELD, CubicleState.FREE, CubicleState.OUT_OF_USE):
        with pytest.raises(CubicleTaken), transaction():
            cubicles.change(3, Change(state=state, reason="why"), MONA, NINE)
    assert (sitting.cubicle, cubicles.get(3).state) == (3, CubicleState.OCCUPIED)


@pytest.mark.parametrize("until", [NINE, NINE - HOUR, NINE + timedelta(days=400)])
def test_a_return_lies_in_the_future_and_within_a_year(room, until):
    with pytest.raises(FieldsWrong):
        held(until=until)
    with pytest.raises(FieldsWrong), transaction():
        cubicles.change(3, Change(CubicleState.OUT_OF_USE, reason="lamp", until=until), NINA, NINE)


def test_out_of_use_has_a_reason_and_a_return_and_ends(room, fast_forward):
    with transaction():
        cubicles.change(3, Change(CubicleState.OUT_OF_USE, reason="lamp", until=NINE + 48 * HOUR), NINA, NINE)
    assert cubicles.get(3).until == NINE + 48 * HOUR
    fast_forward(hours=24)
    released()
    assert spells() == [(CubicleState.OUT_OF_USE, 24 * HOUR, "Nina")]


def test_cleaning_is_measured_from_leaving_to_the_tap(room, fast_forward):
    for minutes in (4, 6, 11):
        gone(seated(3))
        fast_forward(minutes=minutes)
        cleaned(3)
    took = queries.cleaning_times(NINE - HOUR)[cubicles.get(3).id]
    assert (took.times, took.median) == (3, timedelta(minutes=6))
    assert queries.cleaning_times(NINE + HOUR) == {}
    assert {who for _, _, who in spells()} == {"Rosa"}


def test_what_is_being_cleaned_is_not_released_by_hand(room):
    gone(seated(3))
    with pytest.raises(CubicleNotReady, match="being cleaned"):
        released()


def test_an_emergency_is_not_released_by_hand(room):
    alarm("cubicle-3")
    for act in (released, held):
        with pytest.raises(CubicleFrozen):
            act()


def test_a_clock_set_back_ends_no_spell_before_it_began(room, fast_forward):
    held()
    fast_forward(hours=-1)
    released()
    assert spells() == [(CubicleState.HELD, timedelta(0), "Nina")]


def test_the_database_itself_keeps_one_open_spell_to_a_cubicle(room):
    key = held().id
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(insert(CubicleSpell).values(cubicle_id=key, state=CubicleState.CLEANING, began_at=NINE))


def test_stays_never_overlap_whatever_the_clock_does(room, fast_forward):
    mover = seated(3)
    for number, minutes in ((4, 10), (5, -30), (6, 3), (7, -1), (8, 90)):
        fast_forward(minutes=minutes)
        with transaction():
            seating.move(mover.code, seating.Seating(number), room, NINA, clock.now())
        if number == 5:
            with transaction():
                cubicles.clean(4, NINA, clock.now())
            other = visit().code
            assert sits_down(other, 4).cubicle == 4
            gone(visits.get(other))
    stays = db.session.scalars(select(Stay).order_by(Stay.started_at, Stay.id)).all()
    mine = [stay for stay in stays if stay.visit_id == mover.id]
    in_four = [stay for stay in stays if stay.cubicle.number == 4]
    for some in (mine, in_four):
        for one, another in pairwise(some):
            assert one.ended_at is not None
            assert one.ended_at <= another.started_at


def test_over_http_a_cubicle_is_held_and_released(client_as):
    nurse = client_as(Role.NURSE)
    asked = {"reason": "The chair is wet", "until": "2026-11-20T11:00:00+01:00"}
    answer = nurse.post("/api/v1/cubicles/3/hold", json=asked)
    assert (answer.status_code, answer.json["state"], answer.json["reason"]) == (200, "held", "The chair is wet")
    assert answer.json["until"] == asked["until"]
    board = nurse.get("/api/v1/board").json["cubicles"][2]
    assert (board["state"], board["until"]) == ("held", "2026-11-20T10:00:00+00:00")
    assert nurse.post("/api/v1/cubicles/3/release").json["state"] == "free"
    assert nurse.post("/api/v1/cubicles/3/hold", json={"reason": ""}).json["errors"].keys() == {"reason"}
    seated(3)
    assert nurse.post("/api/v1/cubicles/3/hold", json=asked).json["code"] == "cubicle-taken"
    assert client_as(Role.RECEPTION).post("/api/v1/cubicles/4/hold", json=asked).status_code == 403


def test_on_the_floor_two_taps_move_somebody(client_as):
    nurse = client_as(Role.NURSE)
    mover = seated(3)
    assert f'href="/floor?move={mover.code}"' in nurse.get("/floor").text
    choosing = nurse.get(f"/floor?move={mover.code}").text
    assert f"Move {mover.ticket} here" in choosing
    answer = nurse.post(f"/floor/visits/{mover.code}/move", data={"cubicle": "4"})
    assert answer.headers["Location"] == "/floor"
    assert visits.get(mover.code).cubicle == 4
    seated(5)
    refused = nurse.post(f"/floor/visits/{mover.code}/move", data={"cubicle": "5"})
    assert refused.status_code == 409
    assert "Cubicle 5 is taken" in refused.text
    assert f"Move {mover.ticket} here" in refused.text


def test_on_the_floor_a_hold_has_its_reason_and_its_return_on_the_rooms_own_clock(client_as):
    nurse = client_as(Role.NURSE)
    nurse.post("/floor/cubicles/3/hold", data={"reason": "Wet chair", "until": "2026-11-20T11:30"})
    assert cubicles.get(3).until == NINE + 2.5 * HOUR
    page = nurse.get("/floor").text
    assert "Wet chair" in page
    assert "back at about 20 Nov 2026, 11:30" in page
    with clock.stopped_at(NINE + 3 * HOUR):
        assert "expected back at" in nurse.get("/floor").text
    nurse.post("/floor/cubicles/3/release")
    assert cubicles.get(3).state is CubicleState.FREE
    wrong = nurse.post("/floor/cubicles/3/hold", data={"reason": "Wet chair", "until": "yesterday"})
    assert wrong.status_code == 422
    assert "Wet chair" in wrong.text


def test_a_cubicle_to_be_cleaned_says_what_is_done_and_administration_how_long_it_takes(client_as, fast_forward):
    gone(seated(3))
    assert "Sharps picked up · Surfaces wiped · Waste changed" in client_as(Role.NURSE).get("/floor").text
    fast_forward(minutes=4, seconds=5)
    cleaned(3)
    assert "half within 4:05, of 1" in client_as(Role.MANAGER).get("/admin/cubicles").text


def test_moving_back_and_forth_leaves_each_cubicle_to_be_cleaned(room):
    mover = seated(3)
    for number in (4, 5):
        with transaction():
            seating.move(mover.code, seating.Seating(number), room, ROSA, NINE)
    assert [cubicles.get(number).state.value for number in (3, 4, 5)] == ["cleaning", "cleaning", "occupied"]
