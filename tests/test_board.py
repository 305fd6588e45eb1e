"""The board: one true picture of the room, at the same price on day one and after much history; on both databases."""

from dataclasses import replace

from consumption_room import board, clock, journal
from consumption_room.cubicles import service as cubicles
from consumption_room.database import transaction
from consumption_room.policy.premises import CubiclePlan
from consumption_room.visits import queue
from consumption_room.visits import service as visits
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Purpose
from tests import evidence
from tests.builders import (
    NINA,
    alarm,
    cleaned,
    client,
    closed,
    counted,
    counting_queries,
    gone,
    intake,
    issued,
    referral,
    seated,
    visit,
)


def picture(room) -> board.Board:
    """The board, now."""
    return board.now(room, clock.now())


def a_full_room(people: int) -> None:
    """People everywhere, and alarms ringing."""
    for number in range(1, people + 1):
        seated(number, client(f"Guest {number}"))
        alarm(f"cubicle-{number}")
        visit(client(f"Waiting {number}"))
    resting = visit()
    with transaction():
        visits.aftercare(resting.code, NINA, clock.now())


def history(visits: int) -> None:
    """Visits that are over, with everything that happens in one."""
    heron = client()
    for _ in range(visits):
        one = seated(1, heron)
        intake(one)
        issued(1, one)
        closed(alarm("cubicle-1"))
        referral(one)
        gone(one)
        cleaned(1)


def test_everybody_inside_stands_in_one_place_on_the_board(room):
    sitting, waiting, needles = seated(3), visit(), visit(None, Purpose.NEEDLES)
    resting, held = visit(), visit()
    with transaction():
        visits.aftercare(resting.code, NINA, clock.now())
        queue.hold(held.code, None, NINA, clock.now())

    now = picture(room)

    assert {seat.cubicle.number: seat.visit.ticket for seat in now.seats if seat.visit} == {3: sitting.ticket}
    assert [one.visit.ticket for one in now.queue] == [waiting.ticket]
    assert [one.visit.ticket for one in now.other] == [needles.ticket]
    assert [one.visit.ticket for one in now.aftercare] == [resting.ticket]
    assert [one.visit.ticket for one in now.held] == [held.ticket]
    assert now.free == len(room.cubicles) - 1
    assert now.seq == journal.last()


def test_who_has_left_is_nowhere_on_the_board(room):
    gone(seated(3))
    now = picture(room)
    assert now.queue == now.other == now.aftercare == now.held == []
    assert not [seat for seat in now.seats if seat.visit]


def test_the_queue_is_in_the_order_of_arrival_whoever_was_called(room, fast_forward):
    first = visit()
    fast_forward(minutes=1)
    second = visit()
    with transaction():
        queue.call(second.code, room, NINA, clock.now())
    assert [one.visit.ticket for one in picture(room).queue] == [first.ticket, second.ticket]


def test_waits_and_stays_are_marked_when_they_grow_long(room, fast_forward):
    visit()
    seated(3)
    seated(9)

    def marks() -> tuple[str, str, str]:
        now = picture(room)
        return now.queue[0].pressure, now.seats[2].pressure, now.seats[8].pressure

    assert marks() == ("calm", "calm", "calm")
    fast_forward(minutes=15)
    assert marks() == ("soon", "calm", "soon")
    fast_forward(minutes=7, seconds=30)
    assert marks() == ("over", "soon", "over")
    fast_forward(minutes=7, seconds=30)
    assert marks() == ("over", "over", "over")


def test_a_seat_fills_up_to_a_hundred_per_cent(room, fast_forward):
    seated(3)
    fast_forward(minutes=15)
    assert picture(room).seats[2].filled == 50
    fast_forward(hours=3)
    assert picture(room).seats[2].filled == 100


def test_aftercare_is_done_after_its_time(room, fast_forward):
    resting = visit()
    with transaction():
        visits.aftercare(resting.code, NINA, clock.now())
    assert picture(room).aftercare[0].pressure == "calm"
    fast_forward(minutes=15)
    assert picture(room).aftercare[0].pressure == "done"


def test_open_alarms_and_short_stock_stand_on_the_board(room):
    ringing = alarm("cubicle-3")
    closed(alarm("cubicle-4"))
    counted("naloxone-nasal", 9)
    now = picture(room)
    assert [one.code for one in now.alerts] == [ringing.code]
    assert [level.code for level in now.short] == ["naloxone-nasal"]


def test_the_board_asks_at_most_ten_questions_of_a_full_room(room):
    a_full_room(6)
    with counting_queries() as asked:
        now = picture(room)
        [(one.place.name, one.kind) for one in now.alerts]
        [seat.visit.client for seat in now.seats if seat.visit]
    assert len(asked) <= 10


def test_the_board_asks_the_same_questions_with_much_history(room):
    with counting_queries() as on_day_one:
        picture(room)
    history(20)
    with counting_queries() as later:
        picture(room)
    assert len(later) == len(on_day_one)


def test_fifty_cubicles_and_a_hundred_people_waiting_cost_no_more_questions(room, client_as):
    many = replace(room, cubicles=tuple(CubiclePlan(number, (CubicleMode.INJECTING,)) for number in range(1, 51)))
    with transaction():
        cubicles.set_up(many, NINA, clock.now())
    for number in range(1, 51):
        seated(number, client(f"Seated {number}"))
    for number in range(100):
        visit(client(f"Waiting {number}"))
    nurse = client_as(Role.NURSE)
    with counting_queries() as asked:
        now = picture(room)
        assert [len(now.queue), sum(seat.visit is not None for seat in now.seats)] == [100, 50]
        assert all(one.visit.client for one in now.queue)
    assert len(asked) <= 10
    with counting_queries() as over_http:
        answer = nurse.get("/api/v1/board").json
    assert [len(answer["queue"]), len(answer["cubicles"])] == [100, 50]
    assert all(one["alias"] for one in answer["queue"])
    # The key is looked up beside it: once for the device, whoever asks.
    assert len(over_http) <= len(asked) + 1
    evidence.note(
        "Questions to the database for a board of 50 cubicles and 100 people waiting",
        str(len(asked)),
        threshold="10",
        command="pytest tests/test_board.py",
    )
