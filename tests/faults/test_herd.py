"""P8 and P22: a hundred displays that come back at the same moment all get the whole list."""

import time

import pytest

from consumption_room.vocabulary.staff import DeviceKind
from tests import evidence
from tests.faults.builds import Build, naive_server
from tests.faults.herd import Herd
from tests.faults.measures import FIGURES_ARE_TAKEN, at_most, many
from tests.servers import Server

DISPLAYS = many("ROOM_HERD", 100)
BACK_S = 8


@pytest.fixture
def spacious(database_url, tmp_path, cast):
    """Our room with a place for each of them."""
    with Server(tmp_path / "data", database_url, threads=DISPLAYS + 80) as server:
        yield Build(server, cast)


def complete_after_a_restart(build: Build, key: str | None, within_s: float) -> tuple[int, float]:
    """Raise three alarms before a herd, kill and start the server: how many have the whole list then, and when."""
    herd = Herd(build.server.port, DISPLAYS, key)
    try:
        herd.complete(set(), at_most(BACK_S))
        codes = {build.alarm() for _ in range(3)}
        assert herd.complete({sorted(codes)[0]}, at_most(BACK_S)) == DISPLAYS
        began = time.monotonic()
        build.server.kill()
        build.server.start()
        return herd.complete(codes, within_s - (time.monotonic() - began)), time.monotonic() - began
    finally:
        herd.close()


def test_a_hundred_displays_that_come_back_at_once_all_have_the_whole_list(spacious, cast):
    complete, took = complete_after_a_restart(spacious, cast.keys[DeviceKind.WALL], at_most(BACK_S))
    assert complete == DISPLAYS
    assert took <= BACK_S or not FIGURES_ARE_TAKEN
    evidence.note(
        f"{DISPLAYS} displays back and complete after a kill and a start",
        f"{took:.1f} s",
        threshold=f"at most {BACK_S} s",
        command=f"ROOM_HERD={DISPLAYS} pytest tests/faults/test_herd.py",
    )


def test_nobody_in_a_herd_around_the_naive_room_has_the_list(tmp_path):
    with naive_server(tmp_path / "naive") as server:
        complete, _ = complete_after_a_restart(Build(server, None), None, 4)
    assert complete == 0
