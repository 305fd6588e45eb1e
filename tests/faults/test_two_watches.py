"""P16: however many watches go round at the same instant, each step is taken, and taken once."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from consumption_room import clock, journal
from consumption_room.alerts import queries
from consumption_room.database import db
from consumption_room.vocabulary.alarms import Outcome
from tests import evidence, racers
from tests.builders import NINE, alarm, closed
from tests.databases import opened
from tests.faults.builds import comes_true
from tests.faults.measures import at_most, many, rounds
from tests.faults.naive import watch as naive
from tests.servers import Server

FIGHTS = many("ROOM_FIGHTS", 12)
SERVER_FIGHTS = many("ROOM_SERVER_FIGHTS", 2)
WATCHES = 6
STEPS = 5
FROZEN_WITHIN = timedelta(seconds=0.5)
ROUND_S = 1.1
"""Whoever was stopped for so long goes round at once."""
LATE_S = 5
A_MOMENT = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request) -> str:
    """Locks are a matter of both databases."""
    return str(request.param)


def test_each_step_is_taken_once_however_many_watches_find_it_due(room, database_url, tmp_path, engine):
    raised = [NINE + timedelta(minutes=number) for number in range(FIGHTS)]
    codes = []
    for number, moment in enumerate(raised):
        with clock.stopped_at(moment):
            codes.append(alarm(f"cubicle-{number % 19 + 1}").code)
    over = [moment + rung.after + A_MOMENT for moment in raised for rung in room.ladder]
    db.session.rollback()
    counted = racers.race(tmp_path / "data", database_url, racers.goes_round, [(over,)] * WATCHES)
    db.session.rollback()
    assert counted == {"done": WATCHES}
    rows = journal.after(0, 100_000)
    taken = Counter((row.subject, row.payload["step"]) for row in rows if row.what == "alert.escalated")
    assert taken == {(code, rung.number): 1 for code in codes for rung in room.ladder}
    evidence.note(
        f"Steps taken when {WATCHES} processes go round at once",
        f"{len(taken)} of {len(over)}, none twice, in {len(over)} fights",
        threshold="each once",
        engine=engine,
        command=f"ROOM_FIGHTS={FIGHTS} pytest tests/faults/test_two_watches.py",
    )


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_two_servers_that_go_on_at_the_same_instant_take_each_step_once(database_url, tmp_path, cast):
    folder, codes = tmp_path / "data", []
    with (
        Server(folder, database_url) as one,
        Server(folder, database_url) as other,
        opened(folder, database_url) as app,
    ):
        second = app.extensions["room"].policy.ladder[1]
        for fights in rounds(SERVER_FIGHTS):
            # The second step: the first may be taken at once, because no display is able.
            with clock.stopped_at(clock.now() - second.after + FROZEN_WITHIN):
                new = [alarm(f"cubicle-{(fights * STEPS + number) % 19 + 1}") for number in range(STEPS)]
            for server in (one, other):
                server.freeze()
            time.sleep(ROUND_S)
            for server in (one, other):
                server.thaw()
            for alert in new:
                assert comes_true(lambda alert=alert: now_at(alert.code) >= second.number, at_most(LATE_S))
                closed(alert, Outcome.FALSE_ALARM)
                codes.append(alert.code)
        rows = [row for row in journal.after(0, 1_000_000) if row.what == "alert.escalated"]
    taken = Counter((row.subject, row.payload["step"]) for row in rows)
    assert set(taken.values()) == {1}
    assert {(code, second.number) for code in codes} <= taken.keys()
    evidence.note(
        "Steps that two served watches find due at the same instant",
        f"{len(codes)} of {len(codes)}, none twice, in {fights} fights",
        threshold="each once",
        engine="postgresql",
        command=f"ROOM_SERVER_FIGHTS={fights} pytest tests/faults/test_two_watches.py",
    )


def now_at(code: str) -> int:
    """The step at which an alarm is."""
    db.session.rollback()
    return queries.alert(code).step


def test_naive_watches_take_a_step_twice(tmp_path):
    address = f"sqlite:///{tmp_path / 'naive.db'}"
    engine = naive.opened(address)
    over = [NINE + timedelta(minutes=number) for number in range(30)]
    naive.promise(engine, [moment for moment in over for _ in range(5)])
    racers.race(tmp_path / "data", "", racers.goes_round_naively, [(address, over)] * WATCHES)
    assert max(Counter(naive.times_told(engine)).values()) > 1
    engine.dispose()
