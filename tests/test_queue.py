"""Calls that hold for three minutes, then go to the next; holding and coming back; on both databases."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from consumption_room import board, clock, journal, watch
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleNotReady, CubicleTaken
from consumption_room.cubicles.service import Change
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, OutOfOrder
from consumption_room.gate import here
from consumption_room.reports import queries as reports
from consumption_room.reports.rules import Period
from consumption_room.visits import intakes, queue
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.visits.turns import AlreadyCalled, CubicleOffered
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Stage, Substance
from tests import racers
from tests.builders import NINA, NINE, ROSA, TODAY, called, client, gone, intake, seated, sits_down, undone, visit

LASTS = timedelta(minutes=3)


def swept() -> None:
    """The watch goes round once."""
    watch.mind_claims(clock.now())


def in_queue(policy) -> list[tuple[str, str]]:
    """Tickets and what gives them their place, in the order of the board."""
    return [(one.visit.ticket, one.turn.value) for one in board.now(policy, clock.now()).queue]


def missed(code: str) -> int:
    """How often the journal says that they did not come when called."""
    return sum(row.what == "visit.missed-call" for row in journal.after(0, 5000, subject=code))


def smoker() -> Visit:
    """Somebody who waits, and said that they smoke."""
    with transaction():
        asked = visits.CheckIn((Purpose.CONSUME,), screening={"route": "smoke"})
        return visits.check_in(asked, here.policy(), ROSA, clock.now())


def test_a_call_keeps_a_cubicle_for_three_minutes(room):
    one, other = visit(), visit()
    called(one, 3)
    assert (one.stage, one.offered, one.claim_until) == (Stage.CALLED, 3, NINE + LASTS)
    with pytest.raises(CubicleOffered, match="kept for ticket A01 for 3 more minutes"):
        sits_down(other.code, 3)
    with pytest.raises(CubicleOffered, match="kept for ticket A01"):
        called(other, 3)
    assert other.stage is Stage.WAITING
    sits_down(other.code, 4)
    sits_down(one.code, 3)
    assert (one.offered, one.claim_until, cubicles.get(3).state) == (None, None, CubicleState.OCCUPIED)


def test_when_it_runs_out_the_next_is_called_in_the_name_of_whoever_offered_it(room, fast_forward):
    first, second, third = visit(), visit(), visit()
    called(first, 3)
    fast_forward(seconds=179)
    swept()
    assert first.stage is Stage.CALLED
    fast_forward(seconds=1)
    swept()
    db.session.expire_all()
    assert (first.stage, first.missed_at, first.offered) == (Stage.WAITING, NINE + LASTS, None)
    assert (second.stage, second.offered, second.claim_until) == (Stage.CALLED, 3, NINE + 2 * LASTS)
    assert (second.with_whom, third.stage) == ("Rosa", Stage.WAITING)
    assert in_queue(room) == [("A02", "arrival"), ("A03", "arrival"), ("A01", "missed-call")]
    swept()
    assert missed(first.code) == 1


def test_everybody_is_called_once_and_then_nobody(room, fast_forward):
    tickets = [visit() for _ in range(3)]
    called(tickets[0], 3)
    for _ in range(6):
        fast_forward(minutes=3)
        swept()
    db.session.expire_all()
    assert [missed(one.code) for one in tickets] == [1, 1, 1]
    assert {one.stage for one in tickets} == {Stage.WAITING}
    sits_down(tickets[2].code, 3)


def test_who_was_not_there_and_comes_back_stands_where_they_stood(room, fast_forward):
    first = visit()
    fast_forward(seconds=1)
    visit()
    called(first, 3)
    fast_forward(minutes=3)
    swept()
    assert in_queue(room)[-1] == ("A01", "missed-call")
    with transaction():
        queue.queue_again(first.code, ROSA, clock.now())
    assert in_queue(room)[0] == ("A01", "arrival")


def test_the_next_is_one_whom_the_cubicle_fits(room, fast_forward):
    first, unfit, fit = visit(), smoker(), visit()
    injecting_only = next(plan.number for plan in room.cubicles if [mode.value for mode in plan.modes] == ["injecting"])
    called(first, injecting_only)
    fast_forward(minutes=3)
    swept()
    db.session.expire_all()
    assert (unfit.stage, fit.stage, fit.offered) == (Stage.WAITING, Stage.CALLED, injecting_only)


def test_nobody_is_called_to_a_cubicle_that_is_gone_meanwhile(room, fast_forward):
    first, second = visit(), visit()
    called(first, 3)
    with transaction():
        cubicles.change(3, Change(state=CubicleState.OUT_OF_USE, reason="broken lamp"), NINA, NINE)
    fast_forward(minutes=3)
    swept()
    db.session.expire_all()
    assert (first.stage, second.stage) == (Stage.WAITING, Stage.WAITING)


def test_a_call_without_a_cubicle_runs_out_and_has_nothing_to_pass_on(room, fast_forward):
    first, second = visit(), visit()
    called(first)
    fast_forward(minutes=3)
    swept()
    db.session.expire_all()
    assert (first.stage, first.missed_at, second.stage) == (Stage.WAITING, NINE + LASTS, Stage.WAITING)


def test_somebody_who_wants_no_cubicle_has_all_the_time_they_need(room, fast_forward):
    one = called(visit(None, Purpose.NEEDLES))
    assert one.claim_until is None
    fast_forward(hours=1)
    swept()
    assert one.stage is Stage.CALLED


def test_a_claim_that_ran_out_while_the_watch_was_down_keeps_the_cubicle_from_nobody(room, fast_forward):
    one, other = called(visit(), 3), visit()
    fast_forward(minutes=5)
    sits_down(other.code, 3)
    swept()
    db.session.expire_all()
    assert (one.stage, one.offered) == (Stage.WAITING, None)


@pytest.mark.parametrize("ends", [gone, undone, lambda one: _held(one)], ids=["leaving", "undoing", "holding"])
def test_whatever_ends_a_call_ends_the_offer(room, ends):
    one, other = called(visit(), 3), visit()
    ends(one)
    assert one.offered is None
    called(other, 3)


def _held(one: Visit) -> None:
    with transaction():
        queue.hold(one.code, "needs a nurse", ROSA, NINE)


def test_a_person_called_to_one_cubicle_is_not_called_to_another(room):
    one = called(visit(), 3)
    before = journal.last()
    called(one, 3)
    called(one)
    assert journal.last() == before
    with pytest.raises(AlreadyCalled, match="called to cubicle 3"):
        called(one, 4)


def test_nobody_is_called_to_a_cubicle_that_cannot_be_had(room):
    seated(3)
    gone(seated(4))
    one = visit()
    with pytest.raises(CubicleTaken):
        called(one, 3)
    with pytest.raises(CubicleNotReady):
        called(one, 4)
    assert one.stage is Stage.WAITING


def test_the_database_itself_refuses_two_offers_of_one_cubicle(room):
    called(visit(), 3)
    other = called(visit(), 4)
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(Visit).where(Visit.id == other.id).values(offered=3))


def test_somebody_on_hold_comes_back_to_their_own_place(room, fast_forward):
    first = visit()
    fast_forward(minutes=1)
    visit()
    _held(first)
    assert in_queue(room) == [("A02", "arrival")]
    fast_forward(minutes=20)
    for _ in range(2):
        with transaction():
            queue.queue_again(first.code, NINA, clock.now())
    assert in_queue(room) == [("A01", "arrival"), ("A02", "arrival")]
    assert (first.hold_reason, first.with_whom) == (None, "Nina")
    assert sum(row.what == "visit.queued" for row in journal.after(0, 500)) == 1
    sitting = seated(3).code
    with pytest.raises(OutOfOrder), transaction():
        queue.queue_again(sitting, NINA, clock.now())


def test_an_unwell_person_goes_first_and_the_row_says_why(room):
    visit(), visit()
    one = visit(client())
    for _ in range(2):
        with transaction():
            queue.mark_unwell(one.code, True, NINA, NINE)
    assert in_queue(room)[0] == ("A03", "unwell")
    assert sum(row.what == "visit.turn-changed" for row in journal.after(0, 500)) == 1
    with transaction():
        queue.mark_unwell(one.code, False, NINA, NINE)
    assert in_queue(room)[-1] == ("A03", "arrival")
    gone(one)
    with pytest.raises(OutOfOrder, match="A03 is gone"), transaction():
        queue.mark_unwell(one.code, True, NINA, NINE)


def test_a_dose_window_about_to_close_goes_before_arrival(room):
    visit()
    patient = visit(None, Purpose.DOSE)
    with transaction():
        queue.dose_window(patient.code, NINE + timedelta(minutes=20), NINA, NINE)
    assert in_queue(room)[0] == ("A02", "dose-window")


def test_the_board_says_who_has_somebody_where_and_until_when(room, client_as):
    called(visit(), 3)
    row = client_as(Role.RECEPTION).get("/api/v1/board").json["queue"][0]
    assert (row["offered"], row["with_whom"], row["turn"]) == (3, "Rosa", "arrival")
    assert row["claim_until"].startswith("2026-11-20T08:03")
    assert "station" in row
    seen_by_a_wall = client_as(DeviceKind.WALL).get("/api/v1/board").json["queue"][0]
    assert seen_by_a_wall["offered"] == 3
    assert "turn" not in seen_by_a_wall, "a wall says nothing of anybody's health"


def test_the_api_calls_queues_and_marks(room, client_as):
    reception, code = client_as(Role.RECEPTION), visit().code
    for path, body, expected in (
        ("call", {"cubicle": 3}, ("called", 3, False)),
        ("queue", None, ("waiting", None, False)),
        ("unwell", {"unwell": True}, ("waiting", None, True)),
        ("call", None, ("called", None, True)),
    ):
        answer = reception.post(f"/api/v1/visits/{code}/{path}", json=body)
        assert (answer.json["stage"], answer.json["offered"], answer.json["unwell"]) == expected, path
    assert reception.post(f"/api/v1/visits/{code}/call", json={"cubicle": 99}).status_code == 409
    assert reception.post(f"/api/v1/visits/{visit().code}/call", json={"cubicle": 99}).status_code == 404


def test_giving_up_and_switching_because_of_the_queue_are_counted(room):
    gone(visit(), LeaveReason.GAVE_UP)
    tired = smoker()
    with transaction():
        asked = intakes.Intake((Substance.COCAINE,), Route.INJECT, switched_from_smoking=True)
        intakes.register_intake(tired.code, asked, room, ROSA, NINE)
    intake(tired)
    totals = reports.usage(Period(TODAY, TODAY, Grain.DAY)).totals
    assert (totals["left_waiting"], totals["switched_to_injecting"], totals["episodes"]) == (1, 1, 2)


def test_nobody_switches_from_smoking_to_smoking(room):
    one = visit()
    asked = intakes.Intake((Substance.COCAINE,), Route.SMOKE, switched_from_smoking=True)
    with pytest.raises(FieldsWrong, match="wrong"), transaction():
        intakes.register_intake(one.code, asked, room, ROSA, NINE)
    assert one.episodes == []


class Race:
    """Several processes of this test's room, at the same moment."""

    def __init__(self, folder, address) -> None:
        """Where the room lies."""
        self.folder, self.address = folder, address

    def __call__(self, act, runs) -> Counter:
        """What they were told."""
        db.session.rollback()
        told = racers.race(self.folder, self.address, act, runs)
        db.session.rollback()
        db.session.expire_all()
        return told


@pytest.fixture
def race(database_url, tmp_path) -> Race:
    return Race(tmp_path / "data", database_url)


def test_two_desks_that_call_the_same_person_call_them_once(room, race):
    one = visit()
    assert race(racers.calls, [(one.code, 3)] * 4) == {"done": 4}
    assert sum(row.what == "visit.called" for row in journal.after(0, 500)) == 1


def test_two_desks_that_offer_one_cubicle_offer_it_to_one(room, race):
    some = [visit() for _ in range(4)]
    assert race(racers.calls, [(one.code, 3) for one in some]) == {"done": 1, "cubicle-offered": 3}
    assert [one.offered for one in some if one.stage is Stage.CALLED] == [3]


def test_two_watches_sweep_a_claim_up_once(room, race, fast_forward):
    some = [visit() for _ in range(4)]
    called(some[0], 3)
    fast_forward(minutes=3)
    assert race(racers.minds_claims, [()] * 4) == {"done": 4}
    assert [missed(one.code) for one in some] == [1, 0, 0, 0]
    assert [one.stage is Stage.CALLED for one in some] == [False, True, False, False]
    assert Turn.MISSED_CALL in {one.turn for one in board.now(here.policy(), clock.now()).queue}
