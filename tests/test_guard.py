"""The guard: a stopped watch, an overdue step and a silent room are said by another process; real processes only."""

import configparser
import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest

from consumption_room import pulse, settings, watch
from consumption_room.cli import main
from consumption_room.errors import Unsafe
from consumption_room.integrations import guard
from consumption_room.settings import ROOT
from consumption_room.vocabulary.staff import DeviceKind
from tests.builders import alarm
from tests.servers import Server
from tests.test_server import ask

COMMAND = str(Path(sys.executable).parent / "consumption-room")
WITHIN_S = 25
"""Wide: what must happen within ten seconds on a free machine takes longer on a crowded one."""


class Standing:
    """``consumption-room guard``, running; what it says is kept line by line."""

    def __init__(self, server: Server, **settings: str) -> None:
        """Beside this server, or where it would be."""
        more = {f"ROOM_{name.upper()}": value for name, value in settings.items()}
        self.lines: list[dict] = []
        self.news = threading.Condition()
        self.process = subprocess.Popen(
            [COMMAND, "guard", "--port", str(server.port)],
            env=server.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self.news:
                self.lines.append(json.loads(line))
                self.news.notify_all()

    def says(self, event: str, sentence: str = "") -> dict:
        """The first line of this kind with this sentence; fails when none comes in time."""
        with self.news:

            def found() -> list[dict]:
                return [
                    line
                    for line in self.lines
                    if line["event"] == event and (not sentence or sentence in line["trouble"])
                ]

            assert self.news.wait_for(found, WITHIN_S), f"no {event} {sentence!r} among {self.lines}"
            return found()[0]

    def leaves(self) -> int:
        """Told to stop as systemd tells it; gives its exit status."""
        self.process.terminate()
        status = self.process.wait(10)
        self.reader.join(5)
        self.process.stdout.close()
        return status


@pytest.fixture
def standing() -> Iterator:
    """Start guards that are gone at the end."""
    guards: list[Standing] = []

    def start(server: Server, **settings: str) -> Standing:
        guards.append(Standing(server, **settings))
        return guards[-1]

    yield start
    for one in guards:
        if one.process.poll() is None:
            one.leaves()


@pytest.fixture
def quick(database_url, tmp_path) -> Iterator[Server]:
    """A server whose ladder begins after one second."""
    policy = tmp_path / "quick.toml"
    ours = (ROOT / "config" / "policy.toml").read_text()
    policy.write_text(ours.replace("after_seconds = 15", "after_seconds = 1"))
    with Server(tmp_path / "data", database_url, policy_file=policy) as server:
        yield server


@contextmanager
def alarms_held(server: Server) -> Iterator[None]:
    """Somebody else holds what the watch needs to take a step, and does not let go."""
    if server.database_url:
        with psycopg.connect(server.database_url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE alert IN EXCLUSIVE MODE")
            yield
        return
    other = sqlite3.connect(server.folder / "room.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def address_outside() -> Iterator[tuple[str, list[str]]]:
    """A place that heartbeats may be sent to, and what came."""
    came: list[str] = []

    class Outside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(500)  # its troubles are not ours
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Outside) as outside:
        threading.Thread(target=outside.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{outside.server_port}/ping", came
        outside.shutdown()


def test_a_watch_that_stops_and_a_step_that_is_late_are_said(quick, cast, standing):
    guarding = standing(quick)
    guarding.says("well")
    ask(f"{quick.url}/api/v1/alerts", cast.keys[DeviceKind.BUTTON], {})
    with alarms_held(quick):
        guarding.says("trouble")
        if quick.database_url:  # SQLite's one lock also keeps the room from answering in time
            guarding.says("trouble", pulse.WATCH_STOPPED)
            guarding.says("trouble", pulse.STEP_OVERDUE)
            assert pulse.DATABASE_SILENT not in str(guarding.lines)
    heard = len(guarding.lines)
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until and not any(line["event"] == "well" for line in guarding.lines[heard:]):
        time.sleep(0.1)
    assert guarding.lines[-1]["event"] == "well"
    assert guarding.leaves() == 0


@pytest.mark.browser
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_wall_says_that_nobody_steps_up_alarms(quick, cast, browser):
    page = browser.new_page()
    page.goto(f"{quick.url}/wall?key={cast.keys[DeviceKind.WALL]}")
    said = page.locator("#foot-watch")
    said.wait_for(state="hidden", timeout=WITHIN_S * 1000)
    page.locator("[data-beat=able_displays]", has_text="1").wait_for()
    ask(f"{quick.url}/api/v1/alerts", cast.keys[DeviceKind.BUTTON], {})
    with alarms_held(quick):
        said.wait_for(state="visible", timeout=WITHIN_S * 1000)
    said.wait_for(state="hidden", timeout=WITHIN_S * 1000)
    page.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_room_that_hangs_is_said_and_the_heartbeat_outside_stops(server, standing, tmp_path):
    note = tmp_path / "note"
    script = tmp_path / "tell"
    script.write_text(f'#!/bin/sh\necho "$@" >> {note}\n')
    script.chmod(0o700)
    os.killpg(server.process.pid, signal.SIGSTOP)
    with address_outside() as (url, came):
        guarding = standing(server, heartbeat_url=url, guard_command=str(script))
        guarding.says("trouble", guard.NO_ANSWER)
        assert came == []
        os.killpg(server.process.pid, signal.SIGCONT)
        guarding.says("well")
        until = time.monotonic() + WITHIN_S
        while not came and time.monotonic() < until:
            time.sleep(0.05)
        assert came == ["/ping"]
    assert [line.split()[0] for line in note.read_text().splitlines()] == ["trouble", "well"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_once_is_a_question_with_an_exit_status(server):
    def once() -> int:
        words = [COMMAND, "guard", "--once", "--port", str(server.port)]
        return subprocess.run(words, env=server.environment, capture_output=True, check=False).returncode

    assert once() == 0
    server.kill()
    assert once() == 1


def test_the_bell_of_the_terminal_rings(tmp_path):
    terminal, end = pty.openpty()
    nobody = Server(tmp_path)
    words = [COMMAND, "guard", "--once", "--port", str(nobody.port)]
    done = subprocess.run(words, env=nobody.environment, stdout=subprocess.PIPE, stderr=end, check=False)
    assert (done.returncode, os.read(terminal, 8)) == (1, b"\a")
    os.close(terminal)
    os.close(end)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_systemd_hears_that_the_guard_and_the_watch_go_round(database_url, tmp_path, standing, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        address = str(tmp_path / "notify")
        manager.bind(address)
        manager.settimeout(WITHIN_S)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        with Server(tmp_path / "data", database_url) as server:
            said = set()
            while "WATCHDOG=1" not in said:
                said |= set(manager.recv(4096).decode().splitlines())
            assert "READY=1" in said
            standing(server).says("well")
            while "STATUS=The room is well." not in said:
                said |= set(manager.recv(4096).decode().splitlines())


def test_the_figures_of_the_room_tell_of_an_overdue_step(app, fast_forward):
    alarm()
    fast_forward(seconds=9)
    assert app.test_client().get("/readyz").json["overdue_steps"] == 0
    now = fast_forward(seconds=2)
    said = app.test_client().get("/readyz")
    assert (said.status_code, said.json["overdue_steps"]) == (503, 1)
    assert pulse.STEP_OVERDUE in said.json["trouble"]
    watch.go_round(now)
    assert app.test_client().get("/readyz").json["overdue_steps"] == 0


def test_what_is_too_old_is_said_within_ten_seconds_by_the_figures():
    assert pulse.TOO_OLD_S + guard.EVERY_S + guard.PATIENCE_S < 10


@pytest.mark.parametrize(
    ("status", "said", "found"),
    [
        (200, {"watch_age_ms": 900, "overdue_steps": 0}, ()),
        (200, {"watch_age_ms": 5001, "overdue_steps": 0}, (pulse.WATCH_STOPPED,)),
        (200, {"watch_age_ms": None, "overdue_steps": 0}, (pulse.WATCH_STOPPED,)),
        (200, {"watch_age_ms": 900, "overdue_steps": 2}, (pulse.STEP_OVERDUE,)),
        (503, {"watch_age_ms": 900, "overdue_steps": None}, (guard.NO_ANSWER,)),
        (503, {"watch_age_ms": 9000, "trouble": [pulse.WATCH_STOPPED]}, (pulse.WATCH_STOPPED,)),
    ],
)
def test_the_guard_judges_by_the_figures_itself(status, said, found):
    assert guard.judge(status, said) == found


@pytest.mark.parametrize(
    "url", ["http://elsewhere.example/ping", "ftp://127.0.0.1/", "https://name:word@elsewhere.example/", "https://"]
)
def test_a_heartbeat_address_in_clear_is_refused(url):
    with pytest.raises(Unsafe, match="heartbeat_url"):
        settings.load({}, heartbeat_url=url)


def test_nothing_leaves_the_premises_unless_asked_for():
    given = settings.load({})
    assert (given.heartbeat_url, given.webhook, given.notify_urls, given.guard_command) == ("", (), (), "")


@pytest.mark.parametrize("unit", sorted((ROOT / "config" / "systemd").glob("*.service")), ids=lambda unit: unit.stem)
def test_a_unit_starts_what_there_is_and_starts_it_again(unit):
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(unit)
    service = read["Service"]
    assert service["Restart"] == "always"
    words = service["ExecStart"].split()
    if words[0].endswith("consumption-room"):
        assert words[1] in main.commands
        assert {word for word in words[2:] if word.startswith("--")} <= {
            option for one in main.commands[words[1]].params for option in one.opts
        }
