"""P1: an alarm that was answered is there after the server was killed at whatever instant."""

import random
import threading
import time

import pytest
import requests

from tests import evidence
from tests.faults.builds import ANSWERED, Build
from tests.faults.measures import many

KILLS = many("ROOM_KILLS", 6)
PRESSERS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request) -> str:
    """Kills are a matter of both databases."""
    return str(request.param)


def killed_while_alarms_are_raised(build: Build, chance: random.Random) -> set[str]:
    """Kill the server at a random instant under three pressers, and start it again; gives what it had answered."""
    answered: set[str] = set()
    stop = threading.Event()

    def press() -> None:
        session = requests.Session()
        while not stop.is_set():
            try:
                answer = build.press(session, timeout=5)
            except requests.RequestException:
                return
            if answer.status_code in ANSWERED:
                answered.add(answer.json()["code"])
                build.somebody_is_there(answer.json()["code"], session)

    pressers = [threading.Thread(target=press) for _ in range(PRESSERS)]
    for presser in pressers:
        presser.start()
    time.sleep(chance.uniform(0.05, 0.6))
    build.server.kill()
    stop.set()
    for presser in pressers:
        presser.join()
    build.server.start()
    return answered


def test_an_alarm_that_was_answered_is_never_lost(ours, engine):
    chance, answered = random.Random(9), set()
    for _ in range(KILLS):
        answered |= killed_while_alarms_are_raised(ours, chance)
        lost = answered - ours.open_alarms().keys()
        assert not lost
    assert answered
    evidence.note(
        "Alarms answered 201 and lost, under kills at random instants",
        f"0 lost of {len(answered)} in {KILLS} kills",
        threshold="0",
        engine=engine,
        command=f"ROOM_KILLS={KILLS} pytest tests/faults/test_kills.py",
    )


def test_the_naive_room_loses_alarms_when_it_is_killed(naive):
    chance, answered = random.Random(9), set()
    for _ in range(5):
        answered |= killed_while_alarms_are_raised(naive, chance)
        if lost := answered - naive.open_alarms().keys():
            break
    assert lost
