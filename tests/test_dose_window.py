"""A window of doses as nurses work it: two tablets at once, eight taps at most, no dose twice, nothing lost."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server

from consumption_room import clock, setup
from consumption_room.database import db, transaction
from consumption_room.doses.models import Dose
from consumption_room.staff import service as staff
from consumption_room.vocabulary.doses import DoseState
from consumption_room.vocabulary.staff import Role
from tests import evidence, ledger
from tests.builders import PASSWORD, PIN, client, passwords_kept_lightly
from tests.dosing import balance, order

AT_MOST = 8
NAMING_A_WITNESS = 3
"""Opening the list, choosing, and going to the PIN: once a day, for whoever stood by last stands there already."""


@pytest.fixture
def engine() -> str:
    """What the screens need is the same on every database."""
    return "sqlite"


class Nurse:
    """A nurse at a tablet, whose every tap is counted: digits are typed, but going on to the next field is a tap."""

    def __init__(self, page: Page, url: str, name: str, witness: str) -> None:
        """Sign in."""
        self.page, self.url, self.witness, self.taps = page, url, witness, 0
        # The room's clock stands still in a test; a tablet that went on would be told that one of them is wrong.
        page.clock.set_fixed_time(clock.now())
        page.goto(f"{url}/sign-in")
        page.get_by_label("Staff code or name").first.fill(name)
        page.set_default_timeout(10_000)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda at: "sign-in" not in at)

    def tap(self, at: Locator) -> None:
        """One finger on one thing."""
        self.taps += 1
        at.click()

    def says(self, words: str) -> Locator:
        """A button, or a link that looks like one."""
        found = self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words))
        return found.first

    def looks(self, alias: str) -> None:
        """From the list of those who are due to what the limits say."""
        self.page.goto(f"{self.url}/doses?window=morning")
        self.taps = 0
        self.tap(self.page.get_by_role("link", name=alias))
        self.tap(self.says("Check in for the dose"))
        self.tap(self.says("Awake, and says nothing else today"))
        expect(self.page.get_by_label("Breath alcohol").first).to_be_focused()
        self.page.keyboard.type("0")
        for measured in ("16", "97"):
            self.taps += 1
            self.page.keyboard.press("Tab")
            self.page.keyboard.type(measured)
        self.tap(self.says("See what the limits say"))
        expect(self.page.get_by_text("Nothing speaks against it.")).to_be_visible()

    def hands_over(self) -> None:
        """Prepared by two; the witness types their PIN."""
        chosen, pin = self.page.locator("#witness-prepare"), self.page.locator("#pin-prepare")
        if chosen.input_value() != self.witness:
            self.taps += 2
            chosen.select_option(self.witness)
            self.tap(pin)
        expect(pin).to_be_focused()
        self.page.keyboard.type(PIN)
        self.tap(self.says("Prepared by two: hand over"))

    def logs(self) -> int:
        """All of it was taken; gives the taps since the list."""
        self.tap(self.says("Taken in full"))
        expect(self.page.get_by_role("heading", name="Being observed")).to_be_visible()
        return self.taps

    def lets_go(self, alias: str) -> None:
        """Half an hour later the person is awake and may leave."""
        self.page.clock.set_fixed_time(clock.now())
        self.page.goto(f"{self.url}/doses?window=morning")
        self.page.get_by_role("link", name=alias).click()
        self.page.locator('input[name=sedation][value="1"]').check()
        self.says("Fit to leave").click()
        expect(self.page.get_by_role("heading", name="Doses", exact=True)).to_be_visible()


@pytest.fixture
def served(app: Any) -> Iterator[str]:
    """The room of this test over HTTP, in the morning at which its clock stands."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    running.join()
    server.server_close()


@pytest.fixture
def nurses(browser: Browser, served: str, cast: Any) -> Iterator[tuple[Nurse, Nurse]]:
    """Two nurses, each witness of the other, in windows of their own."""
    with transaction(), passwords_kept_lightly():
        second, _ = staff.add(staff.NewStaff("Second nurse", Role.NURSE, PASSWORD, PIN), setup.THE_ROOM, clock.now())
        other = second.code
    contexts = [browser.new_context(viewport={"width": 1024, "height": 768}) for _ in range(2)]
    yield (
        Nurse(contexts[0].new_page(), served, "Nurse person", other),
        Nurse(contexts[1].new_page(), served, "Second nurse", cast.staff[Role.NURSE]),
    )
    for context in contexts:
        context.close()


def test_two_nurses_work_a_window_in_eight_taps_a_dose(nurses, fast_forward):
    ledger.opened()
    aliases = ["Amber Curlew", "Cedar Linnet", "Fern Plover", "Jade Merlin"]
    for alias in aliases:
        order(client(alias))
    one, other = nurses
    taps = []
    for first, second in ((aliases[0], aliases[1]), (aliases[2], aliases[3])):
        one.looks(first)
        other.looks(second)
        one.hands_over()
        other.hands_over()
        taps.append((one.logs(), other.logs()))
    assert taps == [(AT_MOST + NAMING_A_WITNESS,) * 2, (AT_MOST,) * 2]

    fast_forward(minutes=31)
    for nurse, alias in zip((one, other, one, other), aliases, strict=True):
        nurse.lets_go(alias)
    db.session.rollback()
    ends = select(Dose.state, func.count()).where(Dose.given > 0).group_by(Dose.state)
    assert db.session.execute(ends).all() == [(DoseState.DISCHARGED, 4)]
    assert balance() == (50_000 - 4 * 200) * 1000
    evidence.note(
        "A window of doses in two browser windows",
        f"{len(aliases)} doses, {AT_MOST} taps each from the list to logged (the first of each nurse "
        f"{NAMING_A_WITNESS} more, to name the witness), none twice, off by 0 mg",
        threshold="8 taps",
        command="pytest tests/test_dose_window.py",
    )


def test_the_second_of_two_nurses_who_hand_over_the_same_dose_is_told(nurses):
    ledger.opened()
    order(client("Opal River"))
    one, other = nurses
    one.looks("Opal River")
    other.page.goto(one.page.url.partition("?")[0])
    one.hands_over()
    other.hands_over()
    expect(other.page.locator("main .summary")).to_be_visible()
    one.logs()
    assert balance() == (50_000 - 200) * 1000
