"""P18, P19, P3: a display that nobody would notice is noticed by the room, and what is said twice is shown once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import CDPSession, Page

from consumption_room.vocabulary.staff import Role
from tests import evidence
from tests.faults.builds import Build, comes_true
from tests.faults.measures import FIGURES_ARE_TAKEN, at_most
from tests.faults.walls import seconds_until, shows

NOTICED_S, TECHNICAL_S = 7, 10
KEEP_THE_SOUND = """
    const Usual = window.AudioContext;
    window.AudioContext = class extends Usual { constructor() { super(); window.sound = this; } };
"""
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
HIDE = f"Object.defineProperty(document, 'visibilityState', {{ configurable: true, get: () => 'hidden' }}); {LOOK}"
UNHIDE = f"delete document.visibilityState; {LOOK}"
ON_THE_WALL = "[...document.querySelectorAll('[data-field=place]')].filter((one) => one.offsetParent).length"

pytestmark = pytest.mark.browser


@pytest.fixture
def wall(browser: Any, ours: Build) -> Any:
    """The wall in a browser of which we hold the sound."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page: Page = context.new_page()
    page.add_init_script(KEEP_THE_SOUND)
    page.goto(ours.wall_address())
    assert comes_true(lambda: ours.able_walls() == 1, at_most(3))
    yield page
    context.close()


def debugger_of(page: Page) -> CDPSession:
    """Its debugger, which can stop it."""
    session = page.context.new_cdp_session(page)
    session.send("Debugger.enable")
    return session


def noticed_within(build: Build, promised_s: float) -> float:
    """Seconds until the room takes no wall to be able; fails when that is too long."""
    began = time.monotonic()
    assert comes_true(lambda: build.able_walls() == 0, at_most(promised_s))
    took = time.monotonic() - began
    assert took <= promised_s or not FIGURES_ARE_TAKEN
    return took


def test_a_mute_hidden_frozen_or_dead_wall_is_noticed_and_an_open_room_without_another_rings(ours, wall, cast):
    stop = debugger_of(wall)
    hurt: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "mute": (lambda: wall.evaluate("window.sound.suspend()"), lambda: wall.evaluate("window.sound.resume()")),
        "hidden": (lambda: wall.evaluate(HIDE), lambda: wall.evaluate(UNHIDE)),
        "frozen": (lambda: stop.send("Debugger.pause"), lambda: stop.send("Debugger.resume")),
    }
    for what, (injure, heal) in hurt.items():
        injure()
        note(f"A {what} display is noticed by the room", noticed_within(ours, NOTICED_S), NOTICED_S)
        heal()
        assert comes_true(lambda: ours.able_walls() == 1, at_most(3)), what

    said = as_(ours, cast, Role.MANAGER, "/shifts/open", {"checks": {}, "override": {"reason": "The room is empty"}})
    assert said.status_code == 201
    visit = as_(ours, cast, Role.NURSE, "/visits", {"purposes": ["consume"]}).json()["code"]
    wall.close()
    note("A dead display is noticed by the room", noticed_within(ours, NOTICED_S), NOTICED_S)
    began = time.monotonic()
    assert comes_true(
        lambda: any(one["kind"] == "technical" for one in ours.open_alarms().values()), at_most(TECHNICAL_S)
    )
    took = time.monotonic() - began
    assert took <= TECHNICAL_S or not FIGURES_ARE_TAKEN
    note("An open room without an able display rings", took, TECHNICAL_S)
    refused = as_(ours, cast, Role.NURSE, f"/visits/{visit}/seat", {"cubicle": 3})
    assert (refused.status_code, refused.json()["code"]) == (409, "no-able-display")
    as_(ours, cast, Role.NURSE, "/shifts/override", {"reason": "We stand in the room"}).raise_for_status()
    assert as_(ours, cast, Role.NURSE, f"/visits/{visit}/seat", {"cubicle": 3}).status_code == 200


def as_(build: Build, cast: Any, who: Role, path: str, body: dict[str, Any]) -> requests.Response:
    """Post with somebody's key."""
    headers = {"Authorization": f"Bearer {cast.keys[who]}"}
    return requests.post(f"{build.server.url}/api/v1{path}", json=body, headers=headers, timeout=15)


def test_the_naive_room_takes_a_frozen_wall_for_a_good_one(naive, wall_of):
    wall = wall_of(naive)
    assert comes_true(lambda: naive.able_walls() == 1, at_most(3))
    debugger_of(wall).send("Debugger.pause")
    assert not comes_true(lambda: naive.able_walls() == 0, NOTICED_S)
    assert naive.open_alarms() == {}


def test_an_alarm_that_is_sent_again_and_again_stands_on_the_wall_once(ours, wall):
    wall.evaluate(HIDE)  # what nobody can see does not count as shown, and is sent each second
    ours.alarm("cubicle-3")
    assert seconds_until(wall, shows([3]), at_most(1)) is not None
    wall.wait_for_timeout(2500)
    assert wall.evaluate(ON_THE_WALL) == 1
    assert wall.locator(".stage-count").inner_text() == ""


def test_the_naive_wall_shows_one_alarm_as_two(naive, wall_of):
    wall = wall_of(naive)
    assert comes_true(lambda: naive.able_walls() == 1, at_most(3))
    wall.wait_for_timeout(500)  # a socket is counted before it listens, and what is said before then is lost
    naive.alarm("cubicle-3")
    assert comes_true(lambda: wall.evaluate(ON_THE_WALL) >= 2, at_most(3))


def note(what: str, took_s: float, promised_s: float) -> None:
    """Keep a figure."""
    command = "pytest tests/faults/test_displays.py"
    evidence.note(what, f"{took_s:.1f} s", threshold=f"at most {promised_s} s", command=command)
