"""P17, P8, P22, P12: a server that stops is noticed, and one that comes back tells everything and forgets no step."""

import threading
import time
from datetime import timedelta

import pytest
import requests

from consumption_room import clock
from tests import evidence
from tests.builders import alarm
from tests.databases import opened
from tests.faults.builds import comes_true
from tests.faults.measures import FIGURES_ARE_TAKEN, at_most
from tests.faults.walls import LOST, seconds_until, shows

NOTICED_S, COMPLETE_S, BACK_S, STEP_S = 6, 3, 8, 5


@pytest.mark.browser
def test_a_wall_says_that_the_server_stopped_and_shows_everything_when_it_goes_on(ours, wall_of):
    wall = wall_of(ours)
    ours.alarm("cubicle-3")
    assert seconds_until(wall, shows([3]), at_most(COMPLETE_S)) is not None
    ours.server.freeze()
    noticed = seconds_until(wall, LOST, at_most(NOTICED_S))
    presser = threading.Thread(target=ours.press, kwargs={"timeout": 60, "place": "cubicle-7"})
    presser.start()
    ours.server.thaw()
    complete = seconds_until(wall, shows([3, 7]), at_most(COMPLETE_S))
    presser.join()
    assert noticed is not None
    assert complete is not None
    note("A stopped server is noticed by a wall", noticed, NOTICED_S)
    note("A wall shows every open alarm after the server's return", complete, COMPLETE_S)


@pytest.mark.browser
def test_the_naive_wall_looks_well_beside_a_stopped_server(naive, wall_of):
    wall = wall_of(naive)
    naive.alarm("cubicle-3")
    assert seconds_until(wall, shows([3]), at_most(COMPLETE_S)) is not None
    naive.server.freeze()
    assert seconds_until(wall, LOST, NOTICED_S + 1) is None


@pytest.mark.browser
def test_displays_are_back_and_complete_after_a_kill(ours, displays, wall_of):
    wall, others = wall_of(ours), displays(ours, 3)
    first = ours.alarm("cubicle-3")
    assert all(display.shows({first}, at_most(COMPLETE_S)) for display in others)
    began = time.monotonic()
    ours.server.kill()
    ours.server.start()
    second = ours.alarm("cubicle-7")
    until = began + at_most(BACK_S)
    assert all(display.shows({first, second}, until - time.monotonic()) for display in others)
    assert seconds_until(wall, shows([3, 7]), until - time.monotonic()) is not None
    note("Displays are back and complete after a kill and a start", time.monotonic() - began, BACK_S)


def test_a_step_that_came_due_while_the_server_was_down_is_taken_when_it_starts(ours, tmp_path, database_url):
    ours.server.kill()
    with opened(tmp_path / "data", database_url), clock.stopped_at(clock.now() - timedelta(seconds=20)):
        code = alarm().code
    began = time.monotonic()
    ours.server.start()
    assert comes_true(lambda: ours.open_alarms()[code]["step"] == 1, at_most(STEP_S))
    note("An overdue step is taken after the start", time.monotonic() - began, STEP_S)


def test_the_naive_room_comes_back_with_an_incomplete_list_and_without_its_steps(naive, displays):
    others = displays(naive, 3)
    code = naive.alarm()
    assert all(display.shows({code}, at_most(COMPLETE_S)) for display in others)
    time.sleep(1)  # by now it is stored
    naive.server.kill()
    naive.server.start()
    assert comes_true(lambda: all(display.client.connected for display in others), at_most(BACK_S))
    assert not comes_true(lambda: naive.open_alarms()[code]["step"] == 1, STEP_S)
    assert requests.get(f"{naive.server.url}/readyz", timeout=5).ok  # and it says that all is well
    assert not any(display.shows({code}, 0) for display in others)


def note(what: str, took_s: float, promised_s: float) -> None:
    """Keep a figure, which a patient test did not judge."""
    assert took_s <= promised_s or not FIGURES_ARE_TAKEN
    evidence.note(what, f"{took_s:.1f} s", threshold=f"at most {promised_s} s", command="pytest tests/faults")
