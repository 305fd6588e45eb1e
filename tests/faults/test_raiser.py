"""P4, P6, P7: whoever presses is told that nobody has it, or that it is not through, and one press is one alarm."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from tests import evidence
from tests.builders import PASSWORD
from tests.faults.builds import Build, comes_true
from tests.faults.measures import FIGURES_ARE_TAKEN, at_most
from tests.test_alarm_button import COUNT_TONES

UNSEEN_S, FAILED_S, SOUNDS_S, SENT_S = 5, 2, 1, 2
BELL = "Alarm in cubicle 3"
A_LOOK_S = 0.5
"""How often a page looks whether others have the alarm."""

pytestmark = pytest.mark.browser


@pytest.fixture
def floor(browser: Any) -> Iterator[Any]:
    """The floor's screen in a browser of its own, ours with a nurse."""
    contexts = []

    def opened(build: Build) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1366, "height": 768}))
        page: Page = contexts[-1].new_page()
        page.add_init_script(COUNT_TONES)
        page.goto(f"{build.server.url}/floor")
        if build.presser:
            page.get_by_label("Staff code or name").first.fill("Nurse person")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda at: "sign-in" not in at)
        return page

    yield opened
    for context in contexts:
        context.close()


def seconds_until_it_says(page: Page, words: str, promised_s: float) -> float:
    """How long until the page says so; fails when that is too long."""
    began = time.monotonic()
    page.get_by_text(words).first.wait_for(timeout=at_most(promised_s) * 1000)
    return kept_in_time(time.monotonic() - began, promised_s)


def kept_in_time(took: float, promised_s: float) -> float:
    """The same figure, unless figures are taken and it is too long."""
    assert took <= promised_s or not FIGURES_ARE_TAKEN
    return took


def test_whoever_presses_hears_that_no_screen_has_it_and_that_it_could_not_be_sent(ours, floor):
    page = floor(ours)
    page.context.set_offline(True)
    pressed = time.monotonic()
    page.get_by_role("button", name=BELL, exact=True).click()
    seconds_until_it_says(page, "could not be sent", FAILED_S + SOUNDS_S)
    assert comes_true(lambda: page.evaluate("window.tones") > 0, at_most(SOUNDS_S))
    sounded = kept_in_time(time.monotonic() - pressed, FAILED_S + SOUNDS_S)
    page.wait_for_timeout(1000)
    page.context.set_offline(False)
    back = time.monotonic()
    assert comes_true(lambda: len(ours.open_alarms()) == 1, at_most(SENT_S))
    sent = kept_in_time(time.monotonic() - back, SENT_S)
    note("A press without a network sounds where it was pressed", sounded, FAILED_S + SOUNDS_S)
    note("A press without a network is sent when the network is back", sent, SENT_S)

    unseen = seconds_until_it_says(page, "No screen has shown this alarm", UNSEEN_S + A_LOOK_S)
    (alarm,) = ours.open_alarms().values()
    assert (alarm["count"], alarm["step"] >= 1) == (1, True)
    note("A press that no screen shows says so where it was pressed", unseen, UNSEEN_S + A_LOOK_S)


def test_whoever_presses_in_the_naive_room_hears_nothing_and_what_was_not_sent_is_lost(naive, floor):
    page = floor(naive)
    page.context.set_offline(True)
    page.get_by_role("button", name=BELL, exact=True).click()
    page.wait_for_timeout(1000)
    page.context.set_offline(False)
    assert not comes_true(lambda: len(naive.open_alarms()) == 1, SENT_S + 1)
    page.get_by_role("button", name=BELL, exact=True).click()
    page.get_by_text("Sent.").wait_for(timeout=at_most(1) * 1000)
    page.wait_for_timeout((UNSEEN_S + A_LOOK_S) * 1000)
    assert page.locator("body").inner_text().split("\n")[-1] == "Sent."
    assert page.evaluate("window.tones") == 0


def ten_times_the_same(build: Build) -> int:
    """How many alarms, or presses of one, come of a press whose answer was lost nine times."""
    headers = {"Idempotency-Key": "one press"} | ({"Authorization": f"Bearer {build.presser}"} if build.presser else {})
    for _ in range(10):
        requests.post(
            f"{build.server.url}/api/v1/alerts",
            json={"place": "cubicle-9", "kind": "overdose"},
            headers=headers,
            timeout=15,
        ).raise_for_status()
    return sum(one.get("count", 1) for one in build.open_alarms().values())


def test_the_same_press_sent_ten_times_is_one(ours):
    assert ten_times_the_same(ours) == 1


def test_the_same_press_sent_ten_times_is_ten_alarms_in_the_naive_room(naive):
    assert ten_times_the_same(naive) == 10


def note(what: str, took_s: float, promised_s: float) -> None:
    """Keep a figure."""
    command = "pytest tests/faults/test_raiser.py"
    evidence.note(what, f"{took_s:.1f} s", threshold=f"at most {promised_s} s", command=command)
