"""Visits from door to door, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import clock, journal
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleNotReady, CubicleTaken
from consumption_room.cubicles.service import Change
from consumption_room.database import db, transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.visits import queue, seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Stay, TurnedAway, Visit
from consumption_room.visits.rules import AlreadyInside, RoomFull
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Stage, Substance, TurnedAwayReason
from tests.builders import NINA, NINE, ROSA, TODAY, cleaned, client, gone, intake, seated, visit


def happened(code: str) -> list[str]:
    """What the journal says about a visit, in order."""
    return [row.what for row in journal.after(0, 5000) if row.visit == code]


def state_of(number: int) -> CubicleState:
    """What a cubicle is doing."""
    return cubicles.get(number).state


def test_a_visit_goes_from_door_to_door_and_the_journal_tells_it(room, fast_forward):
    newcomer = visit(client())
    fast_forward(minutes=4)
    with transaction():
        queue.call(newcomer.code, room, ROSA, clock.now())
    fast_forward(minutes=1)
    with transaction():
        seating.seat(newcomer.code, seating.Seating(3), room, NINA, clock.now())
    intake(newcomer)
    fast_forward(minutes=20)
    with transaction():
        visits.aftercare(newcomer.code, NINA, clock.now())
    fast_forward(minutes=10)
    gone(newcomer)

    assert (newcomer.stage, newcomer.exit_reason, newcomer.gave_up) == (Stage.LEFT, LeaveReason.FINISHED, False)
    assert newcomer.waited_s == 300
    assert newcomer.left_at - newcomer.arrived_at == timedelta(minutes=35)
    assert newcomer.service_day == TODAY
    assert happened(newcomer.code) == [
        "visit.opened",
        "visit.called",
        "cubicle.changed",
        "visit.seated",
        "episode.registered",
        "cubicle.changed",
        "visit.to-aftercare",
        "visit.ended",
    ]


def test_tickets_count_up_and_begin_again_with_the_rooms_day(room, fast_forward):
    tickets = [visit().ticket, visit().ticket]
    fast_forward(hours=19, minutes=59)  # 04:59: still the same day of the room
    tickets.append(visit().ticket)
    fast_forward(minutes=1)
    tickets.append(visit().ticket)
    assert tickets == ["A01", "A02", "A03", "A01"]


def test_somebody_who_is_inside_is_not_checked_in_again(room):
    heron = client()
    first = visit(heron)
    with pytest.raises(AlreadyInside, match="already inside: ticket A01, waiting") as refusal:
        visit(heron)
    assert refusal.value.facts == {"visit": first.code}
    gone(first)
    assert visit(heron).ticket == "A02"


def test_the_database_itself_refuses_a_second_open_visit(room):
    heron = client()
    visit(heron)
    second = {"ticket_number": 99, "client_id": heron.id, "purposes": (Purpose.CONSUME,), "service_day": TODAY}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            insert(Visit).values(
                code="second", stage=Stage.WAITING, gave_up=False, arrived_at=NINE, since=NINE, **second
            )
        )


def test_people_without_a_record_may_be_inside_together(room):
    assert {visit().client_id, visit().client_id} == {None}


def test_an_unknown_client_opens_no_visit_and_takes_no_ticket(room):
    with pytest.raises(NotFound), transaction():
        visits.check_in(visits.CheckIn((Purpose.CONSUME,), "nobody-1"), room, ROSA, NINE)
    assert visit().ticket == "A01"


def test_a_taken_cubicle_is_refused_and_nothing_has_changed(room):
    seated(3)
    second = visit()
    with pytest.raises(CubicleTaken, match="Cubicle 3 is taken"), transaction():
        seating.seat(second.code, seating.Seating(3), room, ROSA, NINE)
    assert second.stage is Stage.WAITING
    assert second.waited_s is None
    assert happened(second.code) == ["visit.opened"]


def test_the_database_itself_refuses_two_people_in_one_cubicle(room):
    first, second = seated(3), visit()
    cubicle = first.stays[0].cubicle_id
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(insert(Stay).values(visit_id=second.id, cubicle_id=cubicle, started_at=NINE))


def test_the_room_is_full_when_no_cubicle_is_free(room):
    for plan in room.cubicles:
        seated(plan.number)
    late = visit()
    with pytest.raises(RoomFull, match="keeps their place in the queue"), transaction():
        seating.seat(late.code, seating.Seating(3), room, ROSA, NINE)
    assert late.stage is Stage.WAITING


def test_a_cubicle_is_cleaned_before_the_next_person(room):
    gone(seated(3))
    second = visit()
    assert state_of(3) is CubicleState.CLEANING
    with pytest.raises(CubicleNotReady, match="being cleaned"), transaction():
        seating.seat(second.code, seating.Seating(3), room, ROSA, NINE)
    cleaned(3)
    with transaction():
        seating.seat(second.code, seating.Seating(3), room, ROSA, NINE)
    assert second.stage is Stage.IN_CUBICLE


def test_seating_twice_in_the_same_cubicle_is_seating_once(room):
    first = seated(3)
    before = journal.last()
    with transaction():
        seating.seat(first.code, seating.Seating(3), room, ROSA, NINE)
    assert journal.last() == before


def test_moving_frees_the_old_cubicle_and_takes_the_new_one_in_one_step(room, fast_forward):
    mover = seated(3)
    fast_forward(minutes=5)
    with transaction():
        seating.move(mover.code, seating.Seating(4), room, NINA, clock.now())
    assert (state_of(3), state_of(4)) == (CubicleState.CLEANING, CubicleState.OCCUPIED)
    assert [stay.ended_at is None for stay in mover.stays] == [False, True]
    assert mover.waited_s == 0


def test_moving_to_a_taken_cubicle_leaves_everybody_where_they_are(room):
    mover = seated(3)
    seated(4)
    with pytest.raises(CubicleTaken), transaction():
        seating.move(mover.code, seating.Seating(4), room, NINA, NINE)
    assert state_of(3) is CubicleState.OCCUPIED
    assert [stay.cubicle.number for stay in mover.stays if stay.ended_at is None] == [3]


def test_somebody_who_waits_cannot_be_moved(room):
    waiting = visit().code
    with pytest.raises(OutOfOrder, match="waiting, not in a cubicle"), transaction():
        seating.move(waiting, seating.Seating(4), room, NINA, NINE)


def test_calling_holding_and_aftercare_twice_are_once(room):
    one = visit()

    def call() -> None:
        queue.call(one.code, room, ROSA, NINE)

    for step in (call, lambda: queue.hold(one.code, "needs a nurse", ROSA, NINE), call):
        with transaction():
            step()
        before = journal.last()
        with transaction():
            step()
        assert journal.last() == before
    assert one.hold_reason is None


def test_leaving_twice_is_leaving_once_but_another_reason_is_refused(room):
    one = gone(visit(), LeaveReason.FINISHED)
    before = journal.last()
    gone(one, LeaveReason.FINISHED)
    assert journal.last() == before
    with pytest.raises(OutOfOrder, match="is gone"):
        gone(one, LeaveReason.TO_HOSPITAL)


def test_only_a_person_who_wanted_a_cubicle_and_got_none_gave_up(room):
    waited = gone(visit(), LeaveReason.GAVE_UP)
    was_seated = gone(seated(3), LeaveReason.GAVE_UP)
    wanted_needles = gone(visit(None, Purpose.NEEDLES), LeaveReason.GAVE_UP)
    assert [one.gave_up for one in (waited, was_seated, wanted_needles)] == [True, False, False]


def test_the_database_refuses_a_visit_that_ends_without_a_reason(room):
    one = visit()
    with pytest.raises(IntegrityError, match=r"left_means_left|no_visit_ends_without_a_reason"), transaction():
        db.session.execute(update(Visit).where(Visit.id == one.id).values(left_at=NINE))


def test_a_visit_may_hold_several_intakes_and_none_after_it_ended(room):
    one = seated(3)
    intake(one, Route.INJECT, Substance.HEROIN, Substance.COCAINE)
    intake(one, Route.SMOKE, Substance.COCAINE)
    assert [episode.substances for episode in one.episodes] == [
        (Substance.HEROIN, Substance.COCAINE),
        (Substance.COCAINE,),
    ]
    gone(one)
    with pytest.raises(OutOfOrder, match="before it happens"):
        intake(one)


def test_the_journal_names_no_substance_and_no_alias(room):
    intake(seated(3, client("Blue Heron")), Route.INJECT, Substance.METHADONE)
    said = " ".join(f"{row.what} {row.subject} {row.payload}" for row in journal.after(0, 5000))
    assert "methadone" not in said
    assert "heron" not in said.lower()


def test_somebody_turned_away_needs_no_record(room):
    with transaction():
        visits.turn_away(TurnedAwayReason.FULL, room, ROSA, NINE)
    noted = db.session.scalars(select(TurnedAway)).one()
    assert (noted.reason, noted.service_day) == (TurnedAwayReason.FULL, TODAY)


def test_who_has_somebody_and_where_is_known(room):
    one = visit()
    assert one.with_whom == "Rosa"
    with transaction():
        seating.seat(one.code, seating.Seating(3), room, NINA, NINE)
    assert one.with_whom == "Nina"


def test_a_cubicle_goes_out_of_use_with_a_reason_only(room):
    with pytest.raises(FieldsWrong), transaction():
        cubicles.change(3, Change(state=CubicleState.OUT_OF_USE), NINA, NINE)
    with transaction():
        cubicles.change(3, Change(state=CubicleState.OUT_OF_USE, reason="broken lamp"), NINA, NINE)
    waiting = visit().code
    with pytest.raises(CubicleNotReady, match="out of use"), transaction():
        seating.seat(waiting, seating.Seating(3), room, ROSA, NINE)


def test_a_cubicle_is_occupied_by_seating_only_and_not_emptied_under_a_person(room):
    with pytest.raises(FieldsWrong), transaction():
        cubicles.change(3, Change(state=CubicleState.OCCUPIED), NINA, NINE)
    seated(3)
    with pytest.raises(CubicleTaken, match="Somebody sits"):
        cleaned(3)


def test_what_a_cubicle_is_fit_for_can_be_changed(room):
    with transaction():
        cubicles.change(3, Change(modes=(CubicleMode.SMOKING, CubicleMode.WHEELCHAIR)), NINA, NINE)
    assert cubicles.get(3).modes == (CubicleMode.SMOKING, CubicleMode.WHEELCHAIR)
