"""Nobody is in two cubicles and no cubicle holds two people, whatever is done in whatever order; on both databases."""

import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from consumption_room.bookings import service as bookings
from consumption_room.checks import service as checks
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import db, transaction
from consumption_room.errors import Refusal
from consumption_room.visits import queue, seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Stay, Visit
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Stage, UndoReason
from tests import evidence, racers
from tests.builders import MONA, NINA, NINE, ROSA, client, visit

RUNS = int(os.environ.get("ROOM_MODEL_RUNS", "0"))
ATTEMPTS = int(os.environ.get("ROOM_ATTEMPTS", "240"))
NUMBERS = (1, 2, 9, 17)
PEOPLE = 3
FIGHTERS = 6
some_visit = st.integers(0, 7)
some_cubicle = st.sampled_from(NUMBERS)


def overlaps(after: int = 0) -> list[str]:
    """Where two stays of one cubicle, or of one person, overlap, among those with a higher row key; in words."""
    rows = db.session.execute(
        select(Stay.id, Stay.cubicle_id, Stay.visit_id, Visit.client_id, Stay.started_at, Stay.ended_at)
        .join(Visit)
        .where(Stay.id > after)
    ).all()
    by_whom = {
        "cubicle": lambda row: row.cubicle_id,
        "person": lambda row: (row.client_id or 0, 0 if row.client_id else row.visit_id),
    }
    found = []
    for what, key in by_whom.items():
        for _, some in groupby(sorted(rows, key=lambda row: (key(row), row.started_at, row.id)), key):
            for one, other in pairwise(some):
                if one.ended_at is None or one.ended_at > other.started_at:
                    found.append(f"{what}: {one} and {other}")
    return found


class Room(RuleBasedStateMachine):
    """A room in which anybody does anything at any time, and the clock on the wall jumps."""

    policy = None
    people: tuple[str, ...] = ()
    now = NINE

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[str] = []
        self.first = db.session.scalar(select(func.max(Stay.id))) or 0
        self.done = 0

    @initialize(number=some_cubicle)
    def somebody_is_there(self, number):
        self.arrives(None)
        self.sits_down(0, number)

    def tries(self, act, *asked) -> None:
        """Do it if the room lets us; a refusal changes nothing."""
        try:
            with transaction():
                act(*asked)
            self.done += 1
        except Refusal:
            db.session.rollback()

    def one(self, number: int) -> str | None:
        return self.visits[number % len(self.visits)] if self.visits else None

    @rule(seconds=st.integers(-3600, 5400))
    def the_clock_jumps(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(person=st.none() | st.integers(0, PEOPLE - 1))
    def arrives(self, person):
        asked = visits.CheckIn((Purpose.CONSUME,), self.people[person] if person is not None else None)

        def check_in() -> None:
            self.visits.append(visits.check_in(asked, self.policy, ROSA, self.now).code)

        self.tries(check_in)

    @rule(number=some_visit, cubicle=st.none() | some_cubicle)
    def is_called(self, number, cubicle):
        if code := self.one(number):
            self.tries(queue.call, code, self.policy, ROSA, self.now, cubicle)

    @rule(number=some_visit, cubicle=some_cubicle)
    def sits_down(self, number, cubicle):
        if code := self.one(number):
            self.tries(seating.seat, code, seating.Seating(cubicle), self.policy, ROSA, self.now)

    @rule(number=some_visit, cubicle=some_cubicle)
    def moves(self, number, cubicle):
        if code := self.one(number):
            self.tries(seating.move, code, seating.Seating(cubicle), self.policy, NINA, self.now)

    @rule(number=some_visit)
    def waits_outside_the_queue(self, number):
        if code := self.one(number):
            self.tries(queue.hold, code, None, ROSA, self.now)

    @rule(number=some_visit)
    def queues_again(self, number):
        if code := self.one(number):
            self.tries(queue.queue_again, code, ROSA, self.now)

    @rule(number=some_visit)
    def rests(self, number):
        if code := self.one(number):
            self.tries(visits.aftercare, code, NINA, self.now)

    @rule(number=some_visit, reason=st.sampled_from([LeaveReason.FINISHED, LeaveReason.GAVE_UP]))
    def leaves(self, number, reason):
        if code := self.one(number):
            self.tries(visits.leave, code, reason, ROSA, self.now)

    @rule(number=some_visit)
    def was_a_mistake(self, number):
        if code := self.one(number):
            self.tries(visits.undo, code, next(iter(UndoReason)), self.policy, ROSA, self.now)

    @rule(cubicle=some_cubicle)
    def is_cleaned(self, cubicle):
        self.tries(cubicles.clean, cubicle, ROSA, self.now)

    @rule(number=some_visit, cubicle=some_cubicle, seconds=st.integers(-1800, 1800))
    def leaves_room_for_the_next(self, number, cubicle, seconds):
        """What happens most: somebody gets up, the cubicle is cleaned, the next sits down; and the clock is wrong."""
        self.rests(number)
        self.is_cleaned(cubicle)
        self.now += timedelta(seconds=seconds)
        self.sits_down(number + 1, cubicle)

    @rule(cubicle=some_cubicle)
    def is_held(self, cubicle):
        self.tries(cubicles.hold, cubicle, cubicles.Hold("Wet chair"), NINA, self.now)

    @rule(cubicle=some_cubicle)
    def is_released(self, cubicle):
        self.tries(cubicles.release, cubicle, NINA, self.now)

    @rule(cubicle=some_cubicle, state=st.sampled_from(CubicleState))
    def is_changed_by_hand(self, cubicle, state):
        self.tries(cubicles.change, cubicle, cubicles.Change(state, reason="why"), MONA, self.now)

    @rule(cubicle=some_cubicle, person=st.integers(0, PEOPLE - 1), minutes=st.integers(0, 40))
    def is_booked(self, cubicle, person, minutes):
        begins = self.now + timedelta(minutes=minutes)
        asked = bookings.NewBooking(cubicle, self.people[person], begins, begins + timedelta(minutes=30))
        self.tries(bookings.book, asked, self.policy, NINA, self.now)

    @rule()
    def the_watch_goes_round(self):
        self.tries(bookings.take_due, NINA, self.now)
        self.tries(queue.lapse_claims, self.policy, NINA, self.now)
        self.tries(checks.take_missed, self.policy, NINA, self.now)

    @invariant()
    def a_cubicle_is_taken_when_somebody_is_in_it_and_only_then(self):
        db.session.rollback()
        sitting = db.session.execute(select(Stay.cubicle_id, Stay.visit_id).where(Stay.ended_at.is_(None))).all()
        taken = db.session.scalars(select(Cubicle.id).where(Cubicle.state == CubicleState.OCCUPIED)).all()
        inside = db.session.scalars(select(Visit.id).where(Visit.stage == Stage.IN_CUBICLE)).all()
        assert sorted(row.cubicle_id for row in sitting) == sorted(taken)
        assert sorted(row.visit_id for row in sitting) == sorted(inside)

    def teardown(self):
        """No two stays overlap; then the room is emptied for the next run, which begins where this one ended."""
        db.session.rollback()
        assert overlaps(self.first) == []
        for code in self.visits:
            self.tries(visits.leave, code, LeaveReason.OTHER, ROSA, self.now)
        for number in NUMBERS:
            self.tries(cubicles.clean, number, ROSA, self.now)
        for row in db.session.scalars(select(bookings.Booking).where(bookings.Booking.state == "booked")).all():
            self.tries(bookings.cancel, row.code, False, ROSA, self.now)
        type(self).now = self.now
        db.session.expunge_all()


def test_no_two_stays_overlap_whatever_is_done_in_whatever_order(room, engine):
    class ThisRoom(Room):
        policy = room
        people = tuple(client(f"Canary {number}").code for number in range(PEOPLE))

    runs, steps = RUNS or 12, 50 if RUNS else 40
    run_state_machine_as_test(
        ThisRoom,
        settings=hypothesis.settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=not RUNS,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert overlaps() == []
    assert db.session.scalar(select(func.count()).select_from(Stay)) >= runs / 2
    evidence.note(
        "Stays that overlap, whatever is done in whatever order, with clock jumps",
        f"0 in {runs} runs of {steps} steps",
        threshold="0",
        engine=engine,
        command="ROOM_MODEL_RUNS=1000 pytest tests/test_occupancy.py",
    )


def test_nobody_wins_twice_when_many_fight_for_a_few_cubicles(room, engine, database_url, tmp_path):
    people = [visit().code for _ in range(2 * len(NUMBERS))]
    each = max(1, ATTEMPTS // FIGHTERS)
    runs = [(people, NUMBERS, each, number) for number in range(FIGHTERS)]
    db.session.rollback()
    told: Counter[str] = racers.race(tmp_path / "data", database_url, racers.fights_for_cubicles, runs)
    db.session.rollback()
    assert told == {"done": FIGHTERS}
    assert overlaps() == []
    won = db.session.scalar(select(func.count()).select_from(Stay)) or 0
    assert won > each / 20
    evidence.note(
        "Two people in one cubicle, or one in two, when six processes fight for four cubicles",
        f"0 in {each * FIGHTERS} attempts to sit down, {won} of which succeeded",
        threshold="0",
        engine=engine,
        command="ROOM_ATTEMPTS=1000000 pytest tests/test_occupancy.py",
    )


def test_the_check_finds_what_it_looks_for(room):
    one, other = visit().code, visit().code
    with transaction():
        for code, begins, ends in ((one, 0, 10), (other, 9, 12)):
            key = cubicles.get(1).id
            db.session.add(Stay(visit=visits.get(code), cubicle_id=key, started_at=_at(begins), ended_at=_at(ends)))
    assert len(overlaps()) == 1


def _at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)
