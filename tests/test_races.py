"""Fifty people press at once, each in a process of their own: one gets it, and the others hear a clear no."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from consumption_room import journal
from consumption_room.alerts.models import Alert
from consumption_room.cubicles import queries as cubicles
from consumption_room.database import db
from consumption_room.inventory import queries as stock
from consumption_room.register import verifying
from consumption_room.visits import queries as visits
from consumption_room.vocabulary.cubicles import CubicleState
from tests import evidence, ledger, racers
from tests.builders import alarm, client, counted, issued, open_stays, seated, visit

RACERS = 50
Race = Callable[..., Counter[str]]


@pytest.fixture
def race(database_url: str, tmp_path: Path) -> Race:
    """Let one process for each run do the same thing at the same moment in this test's room."""

    def started(act: racers.Act, runs: list[tuple]) -> Counter[str]:
        db.session.rollback()
        told = racers.race(tmp_path / "data", database_url, act, runs)
        db.session.rollback()
        return told

    return started


def test_the_last_free_cubicle_goes_to_one_of_fifty(room, race, engine):
    *others, last = [plan.number for plan in room.cubicles]
    for number in others:
        seated(number)
    waiting = [visit().code for _ in range(RACERS)]

    told = race(racers.sits_down, [(code, last) for code in waiting])

    assert told == {"done": 1, "room-full": RACERS - 1}
    assert {cubicle.state for cubicle in cubicles.all_cubicles()} == {CubicleState.OCCUPIED}
    assert len(open_stays()) == len(room.cubicles)
    assert list(journal.broken()) == []
    won("the last free cubicle", engine)


def test_one_cubicle_among_free_ones_goes_to_one_and_the_others_may_choose_again(room, race):
    told = race(racers.sits_down, [(visit().code, 3) for _ in range(8)])
    assert told == {"done": 1, "cubicle-taken": 7}
    assert len(open_stays()) == 1


def test_the_last_kit_goes_to_one_of_fifty(room, race, engine):
    for item in ("insulin-1ml", "cooker", "water-2ml", "citric"):
        counted(item, 1)
    counted("swab", 2)

    told = race(racers.takes_a_kit, [("injecting-kit",)] * RACERS)

    assert told == {"done": 1, "out-of-stock": RACERS - 1}
    left = {lot.item.code for lot in stock.lots()}
    assert left.isdisjoint({"insulin-1ml", "cooker", "water-2ml", "citric", "swab"})
    assert list(stock.wrong_balances()) == []
    assert list(journal.broken()) == []
    won("the last kit", engine)


def won(what: str, engine: str) -> None:
    """Keep the figure of a race that had one winner."""
    figure = f"1 winner, {RACERS - 1} clear refusals"
    evidence.note(
        f"{RACERS} processes race for {what}",
        figure,
        threshold="1 winner",
        engine=engine,
        command="pytest tests/test_races.py",
    )


def test_two_desks_cannot_check_the_same_person_in(room, race):
    heron = client().code
    told = race(racers.checks_in, [(heron,)] * 8)
    assert told == {"done": 1, "already-inside": 7}
    assert len(visits.inside()) == 1


def test_everybody_checked_in_at_once_gets_a_ticket_of_their_own(room, race):
    told = race(racers.checks_in, [(None,)] * 12)
    assert told == {"done": 12}
    assert sorted(one.ticket_number for one in visits.inside()) == list(range(1, 13))


def test_presses_at_one_door_at_the_same_moment_are_one_alarm(room, race):
    told = race(racers.presses, [("cubicle-3",)] * 10)
    assert told == {"done": 10}
    ringing = db.session.scalars(select(Alert)).one()
    assert ringing.count == 10


def test_the_last_dose_in_the_register_goes_to_one_of_fifty(room, race, engine):
    ledger.opened("200")
    told = race(racers.supplies_a_dose, [(f"dose-{number}",) for number in range(RACERS)])
    assert told == {"done": 1, "no-stock": RACERS - 1}
    assert list(verifying.wrong_registers()) == []
    assert list(journal.broken()) == []
    won("the last dose in the register", engine)


def test_a_line_of_the_register_taken_back_by_two_is_taken_back_once(room, race):
    ledger.opened()
    line = ledger.supplied().code
    assert race(racers.takes_a_line_back, [(line,)] * 8) == {"done": 1, "already-reversed": 7}
    assert list(verifying.wrong_registers()) == []


def test_a_booking_taken_back_at_two_desks_is_taken_back_once(room, race):
    line = issued(5)[0].code
    told = race(racers.takes_back, [(line,)] * 8)
    assert told == {"done": 1, "already-reversed": 7}
    assert list(stock.wrong_balances()) == []


def test_steps_that_several_watches_find_due_are_taken_once(room, race, fast_forward):
    alert = alarm().code
    fast_forward(seconds=60)
    told = race(racers.sweeps, [()] * 8)
    assert told == {"done": 8}
    taken = [row.payload["step"] for row in journal.after(0, 5000, subject=alert) if row.what == "alert.escalated"]
    assert sorted(taken) == [1, 2, 3]
