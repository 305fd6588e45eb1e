"""``make bench``: alarms to displays, check-ins, and the board with much history; ratios in one run."""

import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from playwright.sync_api import Page

from tests import evidence
from tests.bench.board import measure_board
from tests.bench.desk import measure_changes, measure_look_ups
from tests.bench.displays import Displays
from tests.bench.doses import measure_doses

PRESSES = 120
CHECK_IN_SECONDS = 6
CLERKS = 8
PASSWORD = "a long password"  # of a room that lasts as long as its measurement

Tidy = Callable[[], object]
Press = Callable[[], tuple[str, Tidy]]
One = Callable[[requests.Session], object]


def main() -> None:
    """Run everything and print one line a figure; with ``ROOM_EVIDENCE=1`` they are kept for the README."""
    with tempfile.TemporaryDirectory() as folder:
        room = Room(Path(folder))
        with room.running(), bare(Path(folder)) as bare_port:
            for many in (12, 100):
                ours = presses(room.press, room.port, many, room.keys["wall"])
                theirs = presses(lambda: bare_press(bare_port), bare_port, many, None)
                times = ratio(ours["p99_ms"], theirs["p99_ms"])
                say(f"alarm to the last of {many} displays", room=ours, bare=theirs, ratio_p99=times)
                figure = (
                    f"p50 {ours['p50_ms']} ms, p99 {ours['p99_ms']} ms; {times} times a bare commit-and-emit server"
                )
                keep(f"Press to the last of {many} displays", figure, "p99 at most 1.5 times")
            check_ins, rows = room.check_ins(), bare_rows(bare_port)
            say("check-ins a second", room=round(check_ins), bare=round(rows), ratio=ratio(check_ins, rows))
            figure = f"{round(check_ins)} a second; {ratio(check_ins, rows)} of a bare route that commits one row"
            keep("Full check-ins, eight clerks", figure, "at least 0.3")
            changes = measure_changes(f"http://127.0.0.1:{room.port}", room.sign_in, room.come)
            say("a change on every open board", **changes)
            figure = f"p50 {changes['median_ms']} ms, p95 {changes['p95_ms']} ms, on {changes['boards']} boards at once"
            keep("A check-in on every open board, painted", figure, "p95 at most 500 ms")
    look_ups = measure_look_ups()
    say("look-up at the desk", **look_ups)
    figure = f"p50 {look_ups['median_ms']} ms, p95 {look_ups['p95_ms']} ms among {look_ups['people']:,} people"
    keep("Finding somebody at the desk, server time", figure, "p95 at most 50 ms")
    doses = measure_doses()
    say("logging a dose", **doses)
    figure = (
        f"p50 {doses['median_ms']} ms, p95 {doses['p95_ms']} ms, {doses['pin_median_ms']} ms of it the witness's PIN"
    )
    keep("Logging a dose, server time", figure, "p95 at most 50 ms")
    few, many_visits = (measure_board(visits) for visits in (1_000, 500_000))
    say("board", after_1_000_visits=few, after_500_000_visits=many_visits)
    figure = (
        f"{few['median_ms']} ms after 1,000 visits, {many_visits['median_ms']} ms after 500,000; "
        f"{many_visits['queries']} queries"
    )
    keep("The board, server time", figure, "10 ms, 10 queries, the same within 20 %")


def keep(what: str, figure: str, threshold: str) -> None:
    """Keep a figure for the README."""
    evidence.note(what, figure, threshold=threshold, command="make bench")


def say(what: str, **figures: object) -> None:
    """Print one figure as it is measured."""
    print(json.dumps({"what": what, **figures}), flush=True)


def ratio(one: float, other: float) -> float:
    """How many times the other, to two places."""
    return round(one / other, 2)


def presses(press: Press, port: int, many: int, key: str | None) -> dict[str, float]:
    """Press again and again; milliseconds from before the request until the last display has it."""
    displays = Displays(port, many, key)
    took = []
    try:
        for number in range(PRESSES + 10):
            began = time.perf_counter()
            code, tidy = press()
            arrived = displays.arrivals(code)
            if len(arrived) != many:
                raise RuntimeError(f"Only {len(arrived)} of {many} displays heard the alarm.")
            if number >= 10:  # the first warm caches and connections
                took.append((max(arrived) - began) * 1000)
            tidy()
            time.sleep(0.1)
    finally:
        displays.close()
    took.sort()
    return {"p50_ms": round(statistics.median(took), 1), "p99_ms": round(took[int(len(took) * 0.99) - 1], 1)}


class Room:
    """The real room, served as in production."""

    def __init__(self, folder: Path) -> None:
        """Set up a room with devices in ``folder``."""
        self.port = free_port()
        self.command = str(Path(sys.executable).with_name("consumption-room"))
        self.environment = {**os.environ, "ROOM_DATA_DIR": str(folder / "room"), "ROOM_PORT": str(self.port)}
        self.run("setup")
        self.keys = {
            "wall": self.run("device", "add", "--kind", "wall", "--place", "aftercare"),
            "button": self.run("device", "add", "--kind", "button", "--place", "cubicle-3"),
            "nurse": self.run("device", "add", "--kind", "api", "--role", "nurse"),
        }
        self.session = requests.Session()
        self.nurse = self.run("staff", "add", "--name", "Nina", "--role", "nurse", "--password-stdin", said=PASSWORD)

    def run(self, *words: str, said: str | None = None) -> str:
        """The last line that a command prints when it is told ``said``."""
        done = subprocess.run(
            [self.command, *words], env=self.environment, input=said, capture_output=True, text=True, check=True
        )
        return done.stdout.strip().splitlines()[-1]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Serve inside the block."""
        with served([self.command, "serve"], self.environment, self.port, "/readyz"):
            yield

    def ask(self, key: str, path: str, body: object, session: requests.Session | None = None) -> requests.Response:
        """Post to the API with a device's key."""
        headers = {"Authorization": f"Bearer {self.keys[key]}", "Idempotency-Key": uuid.uuid4().hex}
        answer = (session or self.session).post(
            f"http://127.0.0.1:{self.port}/api/v1{path}", json=body, headers=headers
        )
        answer.raise_for_status()
        return answer

    def sign_in(self, page: Page) -> None:
        """A nurse, in a window of her own."""
        page.get_by_label("Staff code or name").first.fill(self.nurse)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda at: "sign-in" not in at)

    def come(self) -> tuple[str, Tidy]:
        """Somebody is checked in; gives the ticket, and a way to let them leave again."""
        opened = self.ask("nurse", "/visits", {"purposes": ["consume"]}).json()
        return opened["ticket"], lambda: self.ask("nurse", f"/visits/{opened['code']}/leave", {"reason": "finished"})

    def press(self) -> tuple[str, Tidy]:
        """Press the button in cubicle 3; tidying up answers and closes the alarm."""
        code = self.ask("button", "/alerts", {}).json()["code"]

        def tidy() -> None:
            self.ask("nurse", f"/alerts/{code}/acknowledge", {})
            self.ask("nurse", f"/alerts/{code}/close", {"outcome": "oxygen-only"})

        return code, tidy

    def check_ins(self) -> float:
        """Full check-ins a second, of registered people, from eight clerks."""
        people = [self.ask("nurse", "/clients", {"alias": f"Person {number}"}).json()["code"] for number in range(4000)]
        queue = iter(people)
        guard = threading.Lock()

        def one(session: requests.Session) -> None:
            with guard:
                person = next(queue)
            self.ask("nurse", "/visits", {"client": person, "purposes": ["consume"]}, session)

        return per_second(one)


def per_second(one: One) -> float:
    """How often ``one`` is done a second by eight clerks for six seconds."""
    done = [0] * CLERKS
    until = time.perf_counter() + CHECK_IN_SECONDS

    def clerk(number: int) -> None:
        session = requests.Session()
        with contextlib.suppress(StopIteration):
            while time.perf_counter() < until:
                one(session)
                done[number] += 1

    began = time.perf_counter()
    clerks = [threading.Thread(target=clerk, args=(number,)) for number in range(CLERKS)]
    for thread in clerks:
        thread.start()
    for thread in clerks:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


def bare_press(port: int) -> tuple[str, Tidy]:
    """Press on the bare server; there is nothing to tidy."""
    requests.post(f"http://127.0.0.1:{port}/press", timeout=10).raise_for_status()
    return "bare", lambda: None


def bare_rows(port: int) -> float:
    """Rows committed a second by the bare route."""
    return per_second(lambda session: session.post(f"http://127.0.0.1:{port}/row", timeout=10).raise_for_status())


@contextlib.contextmanager
def bare(folder: Path) -> Iterator[int]:
    """Serve the bare applications inside the block; gives their port."""
    port = free_port()
    with served([sys.executable, "-m", "tests.bench.bare", str(folder), str(port)], dict(os.environ), port, "/"):
        yield port


@contextlib.contextmanager
def served(command: list[str], environment: dict[str, str], port: int, path: str) -> Iterator[None]:
    """A server process of our own, until the block ends."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"http://127.0.0.1:{port}{path}", timeout=1).status_code in (200, 404):
                    break
            time.sleep(0.1)
        else:
            raise RuntimeError("The server did not start.")
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
