"""P17, P8: a wall at a cut or one-way cable says so, and shows all when it is mended; the dead hold no thread."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from socketio.exceptions import ConnectionError as Refused

from consumption_room.live.sockets import RESERVED_THREADS
from tests.faults.builds import Build, NaiveServer, comes_true
from tests.faults.measures import at_most
from tests.faults.test_contact import note
from tests.faults.walls import LOST, seconds_until, shows
from tests.faults.wires import Cable, NotAllowed
from tests.servers import Server

NOTICED_S, COMPLETE_S, GIVEN_BACK_S = 6, 3, 10
ESTABLISHED = "01"
STAYS = """import socketio, sys
client = socketio.Client(reconnection=False)
client.connect(sys.argv[1], auth={"key": sys.argv[2]}, transports=["websocket"])
print("let in", flush=True)
client.wait()"""

pytestmark = pytest.mark.browser


@pytest.fixture
def cable() -> Iterator[Cable]:
    """A cable to a machine of its own."""
    try:
        with Cable() as made:
            yield made
    except NotAllowed as reason:
        pytest.skip(f"a network cannot be made here: {reason}")


@pytest.fixture
def far_wall(browser: Any, chromium: str, cable: Cable, tmp_path: Path) -> Iterator[Any]:
    """The wall of a room in a browser at the far end."""
    started = []

    def opened(build: Build) -> Page:
        started.append(
            browser.browser_type.launch(
                executable_path=cable.program(Path(chromium), tmp_path),
                # Cookies of a room behind a TLS proxy, which this test leaves out.
                args=["--no-sandbox", f"--unsafely-treat-insecure-origin-as-secure={build.server.url}"],
            )
        )
        page: Page = started[-1].new_page()
        page.goto(build.wall_address())
        return page

    yield opened
    for one in started:
        one.close()


@pytest.fixture
def ours(cable, database_url, cast, tmp_path) -> Iterator[Build]:
    """Our room, served to the cable, with places for ten displays."""
    with Server(tmp_path / "data", database_url, threads=50, host=cable.here) as server:
        yield Build(server, cast)


@pytest.fixture
def naive(cable, tmp_path) -> Iterator[Build]:
    """The naive room, served to the cable."""
    folder = tmp_path / "naive"
    folder.mkdir()
    with NaiveServer(folder, host=cable.here) as server:
        yield Build(server, None)


def test_a_wall_notices_a_bad_cable_and_is_complete_when_it_is_mended(ours, far_wall, cable):
    wall = far_wall(ours)
    ours.alarm("cubicle-1")
    assert seconds_until(wall, shows([1]), at_most(COMPLETE_S)) is not None
    injuries = {"A cut cable": cable.cut, "A cable that loses what the server sends": cable.lose_what_goes_there}
    for number, (what, injure) in enumerate(injuries.items(), start=2):
        injure()
        noticed = seconds_until(wall, LOST, at_most(NOTICED_S))
        ours.alarm(f"cubicle-{number}")
        cable.mend()
        complete = seconds_until(wall, shows(range(1, number + 1)), at_most(COMPLETE_S))
        assert noticed is not None, what
        assert complete is not None, what
        note(f"{what} is noticed by a wall", noticed, NOTICED_S)
        note(f"{what} is mended and the wall shows every open alarm", complete, COMPLETE_S)


def test_a_display_that_died_without_a_word_gives_its_place_back(ours, cable, displays, tmp_path):
    far = cable.program(Path(sys.executable), tmp_path)
    with subprocess.Popen([far, "-c", STAYS, ours.server.url, ours.wall_key], stdout=subprocess.PIPE) as dies:
        assert dies.stdout is not None
        assert dies.stdout.readline() == b"let in\n"
        displays(ours, ours.server.threads - RESERVED_THREADS - 1)
        with pytest.raises(Refused):
            ours.display()
        cable.cut()
        began = time.monotonic()
        assert comes_true(lambda: lets_in(ours, displays), at_most(GIVEN_BACK_S), every_s=0.5)
        note("The place of a display that died without a word is free again", time.monotonic() - began, GIVEN_BACK_S)
        dies.kill()


def lets_in(build: Build, displays: Any) -> bool:
    """Whether there is a place for one more display."""
    try:
        displays(build, 1)
    except Refused:
        return False
    return True


def test_the_naive_wall_looks_well_at_the_end_of_a_cut_cable_and_keeps_its_place(naive, far_wall, cable):
    wall = far_wall(naive)
    naive.alarm("cubicle-3")
    assert seconds_until(wall, shows([3]), at_most(COMPLETE_S)) is not None
    cable.cut()
    assert seconds_until(wall, LOST, NOTICED_S + 1) is None
    time.sleep(GIVEN_BACK_S - NOTICED_S)
    assert established(naive.server.port) == 1


def established(port: int) -> int:
    """How many connections the system believes that this port has."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(local.endswith(f":{port:04X}") and state == ESTABLISHED for _, local, _, state, *_ in rows)
