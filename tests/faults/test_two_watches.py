"""P16: however many watches go round at the same instant, each step is taken, and taken once."""

from collections import Counter
from datetime import timedelta

import pytest

from consumption_room import clock, journal
from consumption_room.database import db
from tests import evidence, racers
from tests.builders import NINE, alarm
from tests.faults.measures import many
from tests.faults.naive import watch as naive

FIGHTS = many("ROOM_FIGHTS", 30)
WATCHES = 6
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


def test_naive_watches_take_a_step_twice(tmp_path):
    address = f"sqlite:///{tmp_path / 'naive.db'}"
    engine = naive.opened(address)
    over = [NINE + timedelta(minutes=number) for number in range(30)]
    naive.promise(engine, [moment for moment in over for _ in range(5)])
    racers.race(tmp_path / "data", "", racers.goes_round_naively, [(address, over)] * WATCHES)
    assert max(Counter(naive.times_told(engine)).values()) > 1
    engine.dispose()
