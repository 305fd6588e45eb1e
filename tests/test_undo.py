"""A wrong check-in is taken back where it was made, for ten minutes, and stays in the history; on both databases."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.reports import queries as reports
from consumption_room.reports.rules import Period
from consumption_room.visits import queue, rules
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.visits.rules import TooLateToUndo
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import LeaveReason, Stage, UndoReason
from tests import racers
from tests.builders import (
    NINE,
    PASSWORD,
    ROSA,
    TODAY,
    alarm,
    called,
    checked_in,
    client,
    gone,
    intake,
    issued,
    open_stays,
    referral,
    sits_down,
    undone,
    visit,
)


def counted() -> tuple[int, int]:
    """How many visits and how many people the usage report counts today."""
    totals = reports.usage(Period(TODAY, TODAY, Grain.DAY)).totals
    return totals["accesses"], totals["people"]


def test_a_check_in_that_was_taken_back_stays_in_history_and_is_counted_nowhere(room):
    heron = client()
    wrong = visit(heron)
    visit()
    assert counted() == (2, 1)
    undone(wrong)
    assert (wrong.stage, wrong.exit_reason, wrong.undone_because) == (
        Stage.LEFT,
        LeaveReason.UNDONE,
        UndoReason.WRONG_PERSON,
    )
    assert counted() == (1, 0)
    told = [(row.what, row.payload) for row in journal.after(0, 500, subject=wrong.code)]
    assert [what for what, _ in told] == ["visit.opened", "visit.undone"]
    assert told[-1][1] == {"reason": "wrong-person"}


def test_the_right_person_can_be_checked_in_at_once_with_a_new_ticket(room):
    heron = client()
    undone(visit(heron))
    right = visit(heron)
    assert (right.ticket, right.nth_today) == ("A02", 1)


def test_which_visit_of_the_day_it_is_leaves_out_what_was_taken_back_and_begins_anew_with_the_day(room, fast_forward):
    heron = client()
    counts = [gone(visit(heron)).nth_today, undone(visit(heron)).nth_today, gone(visit(heron)).nth_today]
    fast_forward(hours=20)
    assert [*counts, visit(heron).nth_today, visit().nth_today] == [1, 2, 2, 1, None]


def test_undoing_twice_is_undoing_once_but_not_for_another_reason(room):
    one = undone(visit())
    before = journal.last()
    undone(one)
    assert journal.last() == before
    with pytest.raises(OutOfOrder, match="nothing to take back"):
        undone(one, UndoReason.TWICE)


def test_somebody_who_was_called_or_held_can_still_be_taken_back(room):
    one, other = visit(), visit()
    called(one)
    with transaction():
        queue.hold(other.code, "needs a nurse", ROSA, NINE)
    assert {undone(one).stage, undone(other).stage} == {Stage.LEFT}


def test_ten_minutes_and_not_a_second_longer(room, fast_forward):
    in_time, late = visit(), visit()
    fast_forward(minutes=10)
    assert undone(in_time).undone_because
    fast_forward(seconds=1)
    with pytest.raises(TooLateToUndo, match="for 10 minutes"):
        undone(late)
    assert late.stage is Stage.WAITING


@pytest.mark.parametrize(
    ("follows", "sentence"),
    [
        (lambda one: sits_down(one.code, 3), "Ticket A01 has been in a cubicle"),
        (intake, "An intake is registered for ticket A01"),
        (lambda one: issued(1, one), "Something has been handed out to ticket A01"),
        (referral, "Something has been noted for ticket A01"),
    ],
    ids=["seat", "intake", "issue", "referral"],
)
def test_what_has_followed_from_a_check_in_keeps_it(room, follows, sentence):
    one = visit()
    follows(one)
    with pytest.raises(TooLateToUndo, match=sentence):
        undone(one)
    assert counted() == (1, 0)


def test_what_happened_to_somebody_else_keeps_nobody(room):
    one = visit()
    intake(visit())
    alarm("toilet")
    assert undone(one).stage is Stage.LEFT


def test_leaving_is_not_a_way_to_undo(room):
    one = visit()
    with pytest.raises(FieldsWrong):
        gone(one, LeaveReason.UNDONE)
    with pytest.raises(NotFound), transaction():
        visits.undo("nobody", UndoReason.TWICE, room, ROSA, NINE)


def test_the_database_itself_wants_a_reason(room):
    one = gone(visit())
    with pytest.raises(IntegrityError, match="undone_for_a_reason"), transaction():
        db.session.execute(update(Visit).where(Visit.id == one.id).values(exit_reason=LeaveReason.UNDONE))


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.LEFT])
def test_a_kind_of_thing_that_nobody_thought_of_keeps_a_check_in_too(room, stage):
    for followed, keeps in (({"visit.opened", "visit.called"}, False), ({"visit.opened", "dose.given"}, True)):
        if keeps:
            with pytest.raises(TooLateToUndo):
                rules.may_undo("A01", stage, NINE, followed, room, NINE)
        else:
            rules.may_undo("A01", stage, NINE, followed, room, NINE + timedelta(minutes=10))


def test_undo_against_seat_at_the_same_moment_has_one_outcome(room, database_url, tmp_path):
    one = checked_in(None).code
    db.session.rollback()

    told = racers.race(
        tmp_path / "data", database_url, racers.undoes_or_sits_down, [(one, n % 2 == 0) for n in range(6)]
    )

    db.session.rollback()
    after = visits.get(one)
    taken = open_stays()
    if after.stage is Stage.LEFT:
        assert taken == []
        assert told == Counter({"done": 3, "out-of-order": 3})
    else:
        assert [stay.cubicle.state for stay in taken] == [CubicleState.OCCUPIED]
        assert told == Counter({"done": 3, "too-late-to-undo": 3})


@pytest.fixture
def desk(app, cast):
    """A browser at the desk without any script, and a function that sends its forms."""
    found = app.test_client()

    def send(address: str, page: str = "/desk", **fields):
        token = re.search(r'name="csrf-token" content="([^"]+)"', found.get(page).text)[1]
        return found.post(address, data={"csrf_token": token, **fields})

    assert send("/sign-in", "/sign-in", who=cast.staff[Role.RECEPTION], password=PASSWORD).status_code == 303
    found.send = send
    return found


def test_the_button_stands_on_the_ticket_and_goes_with_the_minutes(desk, fast_forward):
    ticket = desk.send("/desk/check-in", purposes="consume").headers["Location"]
    code = ticket.partition("ticket=")[2]
    assert f"/desk/visits/{code}/undo" in desk.get(ticket).text
    answer = desk.send(f"/desk/visits/{code}/undo", reason="wrong-purpose")
    assert answer.status_code == 303
    assert "Ticket A01 is taken back" in desk.get(answer.headers["Location"]).text
    history = desk.get(f"/desk/visits/{code}").text
    assert "check-in taken back (came for something else)" in history
    assert "/undo" not in history

    other = desk.send("/desk/check-in", purposes="consume").headers["Location"]
    fast_forward(minutes=10)
    assert "/undo" not in desk.get(other).text


def test_a_refused_undo_says_why_and_leaves_the_page(desk):
    code = desk.send("/desk/check-in", purposes="consume").headers["Location"].partition("ticket=")[2]
    sits_down(code, 3)
    answer = desk.send(f"/desk/visits/{code}/undo", reason="twice")
    assert answer.status_code == 409
    assert "has been in a cubicle. Let them leave instead" in answer.text
    assert desk.send(f"/desk/visits/{code}/undo", reason="\x07").status_code == 422


def test_the_same_press_sent_twice_is_one(client_as):
    reception = client_as(Role.RECEPTION)
    opened = reception.post("/api/v1/visits", json={"purposes": ["consume"]}).json["code"]
    answers = [
        reception.post(
            f"/api/v1/visits/{opened}/undo", json={"reason": "twice"}, headers={"Idempotency-Key": "undo-once"}
        )
        for _ in range(2)
    ]
    assert [(one.status_code, one.json["undone_because"]) for one in answers] == [(200, "twice")] * 2
    assert sum(row.what == "visit.undone" for row in journal.after(0, 500)) == 1
