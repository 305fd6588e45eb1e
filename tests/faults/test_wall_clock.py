"""P13: a step is never more than five seconds late in real time, wherever the clock on the wall is set."""

import time
from datetime import timedelta

import pytest

from consumption_room import clock
from consumption_room.alerts import queries
from consumption_room.database import db
from consumption_room.watch import Rounds
from tests import evidence
from tests.builders import NINE, alarm
from tests.faults.measures import at_most
from tests.faults.naive import watch as naive

LATE_S = 5
DUE_IN_S = 0.5
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def seconds_until_the_first_step(rounds: Rounds, code: str) -> float:
    """Go round until it is taken; fails when that is too late."""
    began = time.monotonic()
    while True:
        rounds.step()
        db.session.rollback()
        took = time.monotonic() - began
        if queries.alert(code).step:
            return took
        assert took <= at_most(LATE_S) + DUE_IN_S, "the step was not taken"
        time.sleep(0.1)


@pytest.mark.parametrize("off", [HOUR, -HOUR, DAY, -DAY], ids=str)
def test_a_step_is_not_late_when_somebody_sets_the_clock(room, app, off):
    code = alarm().code
    shortly_before = NINE + room.ladder[0].after - timedelta(seconds=DUE_IN_S)
    with clock.stopped_at(shortly_before):
        rounds = Rounds(app)
        rounds.step()
        with clock.stopped_at(shortly_before + off):
            took = seconds_until_the_first_step(rounds, code)
    evidence.note(
        f"A step when the clock is set by {off.total_seconds() / 3600:+.0f} h",
        f"taken {max(0.0, took - DUE_IN_S):.1f} s late",
        threshold=f"at most {LATE_S} s",
        command="pytest tests/faults/test_wall_clock.py",
    )


@pytest.mark.parametrize("ahead", [HOUR, DAY], ids=str)
def test_a_step_is_not_late_when_the_clock_is_put_right_and_the_server_started_again(room, app, ahead):
    with clock.stopped_at(NINE + ahead):
        code = alarm("cubicle-3").code
    with clock.stopped_at(NINE + ahead + room.ladder[0].after - timedelta(seconds=DUE_IN_S)):
        alarm("cubicle-4")
    seconds_until_the_first_step(Rounds(app), code)


def test_a_naive_watch_is_late_when_somebody_sets_the_clock_back(tmp_path):
    engine = naive.opened(f"sqlite:///{tmp_path / 'naive.db'}")
    naive.promise(engine, [NINE])
    assert naive.go_round(engine, NINE - HOUR + timedelta(seconds=LATE_S + 1)) == 0
    assert naive.go_round(engine, NINE) == 1
    engine.dispose()
