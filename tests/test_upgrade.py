"""An upgrade in the middle of alarms: another process takes over, and no step of a ladder is lost or taken twice."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import requests

from consumption_room.app import MIGRATIONS
from consumption_room.settings import ROOT
from consumption_room.vocabulary.staff import Role
from tests.databases import opened
from tests.servers import Server

LADDER_S = {"15": "2", "30": "4", "60": "6"}
"""The ladder of the room's policy, short enough to watch."""
CLIMBED_S = 6
WITHIN_S = 20
PLACES = [f"cubicle-{number}" for number in range(1, 20)]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    """A room with a short ladder."""
    text = (ROOT / "config" / "policy.toml").read_text()
    for long, short in LADDER_S.items():
        text = text.replace(f"after_seconds = {long}\n", f"after_seconds = {short}\n")
    path = tmp_path / "policy.toml"
    path.write_text(text)
    return {"policy_file": path}


@pytest.fixture
def ask(cast) -> Callable[..., Any]:
    """Ask a server something as a program in a role."""

    def asked(server: Server, path: str, who: Role = Role.NURSE, body: Any = None) -> Any:
        method = "get" if body is None else "post"
        return requests.request(
            method,
            f"{server.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {cast.keys[who]}"},
            timeout=5,
        ).json()

    return asked


def steps_in_the_journal(server: Server, ask: Callable[..., Any], code: str) -> list[int]:
    """Which steps of this alarm were taken, in order, as the journal has it."""
    rows = ask(server, f"/journal?subject={code}", Role.AUDITOR)["items"]
    return [row["payload"]["step"] for row in rows if row["what"] == "alert.escalated"]


def climbs_to_the_end(server: Server, ask: Callable[..., Any], codes: Iterable[str]) -> None:
    """Every one of these alarms takes each of its steps, once."""
    until = time.monotonic() + CLIMBED_S + WITHIN_S
    waiting = set(codes)
    while waiting and time.monotonic() < until:
        waiting -= {code for code in waiting if ask(server, f"/alerts/{code}")["step"] >= len(LADDER_S)}
        time.sleep(0.2)
    time.sleep(1.5)  # a step that is taken twice would be taken in the next round
    taken = {code: steps_in_the_journal(server, ask, code) for code in codes}
    assert set(map(tuple, taken.values())) == {(1, 2, 3)}, taken


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_second_process_takes_over_while_alarms_climb(database_url, tmp_path, settings, ask):
    folders = [tmp_path / name for name in ("before", "after")]
    for folder in folders:
        folder.mkdir()
    before, after = (Server(folder, database_url, **settings) for folder in folders)
    answered: list[str] = []
    over = threading.Event()

    def press() -> None:
        """Like a proxy: whichever process answers."""
        for place in PLACES:
            for server in itertools.islice(itertools.cycle((before, after)), 20):
                try:
                    answered.append(ask(server, "/alerts", body={"place": place})["code"])
                    break
                except requests.RequestException:
                    time.sleep(0.1)
            over.wait(0.4)

    with before:
        presses = threading.Thread(target=press)
        presses.start()
        with after:
            before.stop()
            presses.join()
            assert Counter(answered).total() == len(set(answered)) == len(PLACES)
            climbs_to_the_end(after, ask, answered)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_room_that_is_stopped_upgraded_and_started_goes_on_with_its_ladders(database_url, tmp_path, settings, ask):
    server = Server(tmp_path / "data", database_url, **settings)
    with server:
        code = ask(server, "/alerts", body={"place": "cubicle-3"})["code"]
        until = time.monotonic() + WITHIN_S
        while ask(server, f"/alerts/{code}")["step"] < 1 and time.monotonic() < until:
            time.sleep(0.05)
        server.stop()
        with opened(tmp_path / "data", database_url):
            flask_migrate.downgrade(directory=MIGRATIONS)
        assert "not up to date" in refused_to_start(server)
        server.run("setup")
        server.start()
        other = ask(server, "/alerts", body={"place": "cubicle-4"})["code"]
        climbs_to_the_end(server, ask, [code, other])


def refused_to_start(server: Server) -> str:
    """What the server says when it will not start."""
    with pytest.raises(AssertionError) as refusal:
        server.start()
    return str(refusal.value)
