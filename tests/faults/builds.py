"""The two builds that are injured, ours and the naive one, and what every fault does to both in the same words."""

import contextlib
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import requests
import socketio

from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import Cast
from tests.servers import Server

ANSWERED = frozenset({200, 201})


class NaiveServer(Server):
    """The naive room, started and killed like ours."""

    def command(self) -> list[str]:
        """Our interpreter with the naive module; its database lies in the same kind of place."""
        address = self.database_url.replace("postgresql://", "postgresql+psycopg://")
        address = address or f"sqlite:///{self.folder / 'naive.db'}"
        return [sys.executable, "-m", "tests.faults.naive.server", address, f"{self.host}:{self.port}"]


class Build:
    """A running room: alarms are raised and read in it, and its server can be injured."""

    def __init__(self, server: Server, cast: Cast | None) -> None:
        """``cast`` holds the keys of ours; the naive one asks for none."""
        self.server = server
        self.presser = cast.keys[Role.NURSE] if cast else None
        self.wall_key = cast.keys[DeviceKind.WALL] if cast else None
        self.presses = itertools.count()

    def press(self, session: Any = requests, timeout: float = 15, place: str | None = None) -> requests.Response:
        """The button of a cubicle, another one each time."""
        place = place or f"cubicle-{next(self.presses) % 19 + 1}"
        answer: requests.Response = session.post(
            f"{self.server.url}/api/v1/alerts",
            json={"place": place, "kind": "medical"},
            headers=self._as(self.presser),
            timeout=timeout,
        )
        return answer

    def alarm(self, place: str | None = None) -> str:
        """An alarm that was answered: its code."""
        answer = self.press(place=place)
        assert answer.status_code in ANSWERED, answer.text
        return str(answer.json()["code"])

    def somebody_is_there(self, code: str, session: Any = requests) -> None:
        """Somebody stands beside the person, so that the next press at that place is an alarm of its own."""
        with contextlib.suppress(requests.RequestException):
            session.post(
                f"{self.server.url}/api/v1/alerts/{code}/on-scene", json={}, headers=self._as(self.presser), timeout=5
            )

    def open_alarms(self) -> dict[str, dict[str, Any]]:
        """Every open alarm by its code, as a wall is told."""
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            page = requests.get(
                f"{self.server.url}/api/v1/alerts?state=open&limit=200{after}",
                headers=self._as(self.wall_key),
                timeout=10,
            ).json()
            found |= {alert["code"]: alert for alert in page["items"]}
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def able_walls(self) -> int:
        """How many walls the room takes to be noticed by somebody."""
        answer = requests.get(f"{self.server.url}/api/v1/devices", headers=self._as(self.presser), timeout=10)
        return sum(one["able"] for one in answer.json()["items"] if one["kind"] == "wall")

    def wall_address(self) -> str:
        """Where a browser finds the wall."""
        return f"{self.server.url}/wall" + (f"?key={self.wall_key}" if self.wall_key else "")

    def display(self, server: Server | None = None) -> "Display":
        """A display on this room, or on another server of it."""
        return Display((server or self.server).url, self.wall_key)

    def _as(self, key: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}


class Display:
    """A display made of the real client library: asks for the whole list on every connection, and trusts no other."""

    def __init__(self, url: str, key: str | None) -> None:
        """Connected, or an exception."""
        self.open: set[str] = set()
        self.news = threading.Condition()
        self.client = socketio.Client(reconnection_delay=0.5, reconnection_delay_max=1, randomization_factor=0)
        self.client.on("connect", self._ask)
        self.client.on("disconnect", self._forget)
        self.client.on("alert", self._hear)
        self.client.connect(url, auth={"key": key} if key else None, transports=["websocket"], wait_timeout=5)

    def _ask(self) -> None:
        self.client.emit(
            "sync", {"after": 0}, callback=lambda told: self._know({one["code"] for one in told["alerts"]})
        )

    def _forget(self, *_: object) -> None:
        with self.news:
            self.open.clear()

    def _hear(self, alert: dict[str, Any]) -> None:
        self._know({alert["code"]})
        self.client.emit("receipt", {"code": alert["code"], "stage": "shown"})

    def _know(self, codes: set[str]) -> None:
        with self.news:
            self.open |= codes
            self.news.notify_all()

    def shows(self, codes: Iterable[str], within_s: float) -> bool:
        """Whether all of these stand on it in time."""
        wanted = set(codes)
        with self.news:
            return self.news.wait_for(lambda: wanted <= self.open, within_s)

    def close(self) -> None:
        """Switched off."""
        self.client.disconnect()
        self.client.shutdown()


def comes_true(fact: Callable[[], bool], within_s: float, every_s: float = 0.05) -> bool:
    """Whether something becomes so in time."""
    until = time.monotonic() + within_s
    while not fact():
        if time.monotonic() > until:
            return False
        time.sleep(every_s)
    return True


def naive_server(folder: Path, database_url: str = "") -> NaiveServer:
    """A naive room in a folder of its own."""
    folder.mkdir(exist_ok=True)
    return NaiveServer(folder, database_url)
