"""The server is killed at random instants under alarms: every alarm that was answered 201 is there afterwards."""

import contextlib
import os
import random
import threading
import time

import requests

from consumption_room.vocabulary import DeviceKind, Role
from tests import evidence

KILLS = int(os.environ.get("ROOM_KILLS", "10"))


def test_an_alarm_that_was_answered_is_never_lost(server, cast, engine):
    chance = random.Random(9)
    answered: set[str] = set()
    for _ in range(KILLS):
        stop = threading.Event()

        def press(stop=stop):
            headers = {"Authorization": f"Bearer {cast.keys[Role.NURSE]}"}
            session = requests.Session()
            while not stop.is_set():
                place = f"cubicle-{chance.randint(1, 19)}"
                try:
                    answer = session.post(
                        f"{server.url}/api/v1/alerts",
                        json={"place": place, "kind": chance.choice(["overdose", "medical"])},
                        headers=headers,
                        timeout=5,
                    )
                except requests.RequestException:
                    return
                if answer.status_code in {200, 201}:
                    answered.add(answer.json()["code"])
                    go_there(session, server.url, answer.json()["code"], headers)

        pressers = [threading.Thread(target=press) for _ in range(3)]
        for presser in pressers:
            presser.start()
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
        stop.set()
        for presser in pressers:
            presser.join()
        server.start()
        there = open_on_the_wall(server.url, cast.keys[DeviceKind.WALL])
        assert answered <= there, f"lost: {answered - there}"
    assert answered
    evidence.note(
        "Alarms answered 201 and lost, under kills at random instants",
        f"0 lost of {len(answered)} in {KILLS} kills",
        threshold="0",
        engine=engine,
        command=f"ROOM_KILLS={KILLS} pytest tests/test_kills.py",
    )


def go_there(session: requests.Session, url: str, code: str, headers: dict[str, str]) -> None:
    """Somebody is there at once, so that the next press at that place is an alarm of its own."""
    with contextlib.suppress(requests.RequestException):
        session.post(f"{url}/api/v1/alerts/{code}/on-scene", json={}, headers=headers, timeout=5)


def open_on_the_wall(url: str, key: str) -> set[str]:
    """The code of every open alarm, as a wall is told."""
    found: set[str] = set()
    after = ""
    while True:
        page = requests.get(
            f"{url}/api/v1/alerts?state=open&limit=200{after}", headers={"Authorization": f"Bearer {key}"}, timeout=10
        ).json()
        found |= {alert["code"] for alert in page["items"]}
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"
