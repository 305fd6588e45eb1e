"""P1: an alarm that was answered is there after the server was killed at whatever instant."""

import random
import threading
import time

import pytest
import requests
from sqlalchemy import select

from consumption_room import journal
from consumption_room.alerts import queries
from consumption_room.alerts.models import Alert
from consumption_room.database import db
from consumption_room.vocabulary.alarms import Outcome
from tests import evidence
from tests.builders import closed
from tests.databases import opened
from tests.faults.builds import ANSWERED, Build
from tests.faults.measures import many, rounds

KILLS = many("ROOM_KILLS", 6)
EVERYTHING_EACH = 10
"""Mostly the process that answers is killed, and its master starts another in no time; now and then both."""
PRESSERS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request) -> str:
    """Kills are a matter of both databases."""
    return str(request.param)


def killed_while_alarms_are_raised(build: Build, chance: random.Random, everything: bool = True) -> set[str]:
    """Kill the server at a random instant under three pressers, until it is back; gives what it had answered."""
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
    time.sleep(chance.uniform(0.02, 0.4))
    if everything:
        build.server.kill()
    else:
        build.server.kill_the_worker()
    stop.set()
    for presser in pressers:
        presser.join()
    if everything:
        build.server.start()
    else:
        build.server.wait_until_ready()
    return answered


def test_an_alarm_that_was_answered_is_never_lost(ours, engine, database_url, tmp_path):
    chance, answered = random.Random(9), set()
    with opened(tmp_path / "data", database_url):
        for kills in rounds(KILLS):
            new = killed_while_alarms_are_raised(ours, chance, everything=kills % EVERYTHING_EACH == 1)
            there = ours.open_alarms()
            assert new <= there.keys()
            answered |= new
            for code in there:  # or the list would grow with every kill
                closed(queries.alert(code), Outcome.FALSE_ALARM)
            db.session.rollback()
        stored = set(db.session.scalars(select(Alert.code)))
        assert list(journal.broken()) == []
    assert answered
    assert answered <= stored
    evidence.note(
        "Alarms answered 201 and lost, under kills at random instants",
        f"0 lost of {len(answered)} in {kills} kills",
        threshold="0",
        engine=engine,
        command=f"ROOM_KILLS={kills} pytest tests/faults/test_kills.py",
    )


def test_the_naive_room_loses_alarms_when_it_is_killed(naive):
    chance, answered = random.Random(9), set()
    for _ in range(5):
        answered |= killed_while_alarms_are_raised(naive, chance)
        if lost := answered - naive.open_alarms().keys():
            break
    assert lost
