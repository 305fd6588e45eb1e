"""The main job, told as the people in it would: real windows, a real display, and a report that counts it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import PASSWORD
from tests.test_live import Display

pytestmark = pytest.mark.browser


class Window:
    """A window of a person: only what a person can see and press."""

    def __init__(self, page: Page, url: str) -> None:
        """Nothing is open yet."""
        self.page, self.url = page, url
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(said.text))

    def signs_in(self, name: str, path: str) -> None:
        """Through the sign-in page, on the way to a screen."""
        self.page.goto(self.url + path)
        self.page.get_by_label("Staff code or name").first.fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda at: path in at and "sign-in" not in at)

    def presses(self, name: str | re.Pattern[str]) -> None:
        """A button or a link, by its words."""
        self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()

    def chooses(self, name: str) -> None:
        """A large toggle, by its words."""
        self.page.locator("label.toggle:visible", has_text=name).first.click()


@pytest.fixture
def window(browser: Any, server: Any) -> Iterator[Callable[..., Window]]:
    """A new window, as of another person on another machine."""
    contexts, windows = [], []

    def new(width: int = 1366, height: int = 768) -> Window:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        windows.append(Window(contexts[-1].new_page(), server.url))
        return windows[-1]

    yield new
    for context in contexts:
        context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []


def test_one_visit_from_door_to_door_in_real_windows(window, server, cast):
    wall, desk, floor = window(1920, 1080), window(), window(1280, 800)
    ear = Display(server.url, cast.keys[DeviceKind.WALL])
    wall.page.goto(f"{server.url}/wall?key={cast.keys[DeviceKind.WALL]}")
    assert "key" not in wall.page.url
    desk.signs_in("Reception person", "/desk")
    floor.signs_in("Nurse person", "/floor")

    # Reception checks a person in, and the wall shows it.
    desk.presses("New person")
    desk.page.get_by_label("Alias", exact=True).fill("Blue Heron")
    desk.presses("Register and check in")
    expect(desk.page.locator(".ticket-number")).to_have_text("A01")
    expect(wall.page.locator(".wall-side")).to_contain_text("A01")
    expect(floor.page.locator("body")).to_contain_text("A01")

    # What is consumed is logged, and a cubicle is taken.
    desk.page.get_by_role("link", name=re.compile("^Open")).first.click()
    desk.chooses("Heroin")
    desk.chooses("Inject")
    desk.page.get_by_role("button", name="Register", exact=True).click()
    desk.page.locator("button.seat", has_text="suggested").click()
    expect(wall.page.locator("#cubicle-1")).to_contain_text("Occupied")

    # Needles are issued.
    desk.presses("Hand out")
    row = desk.page.locator("li, tr, .line, .row-of, .field").filter(has_text="Injecting kit").last
    row.get_by_role("button", name=re.compile(r"more|\+", re.I)).first.click()
    desk.page.get_by_role("button", name=re.compile("^Hand out")).first.click()
    expect(desk.page.locator("body")).to_contain_text("handed out", ignore_case=True)

    # An alarm is raised in the cubicle, seen everywhere, answered and closed.
    floor.page.locator("#cubicle-1, .tile", has_text="A01").first.get_by_role(
        "button", name=re.compile("alarm", re.I)
    ).click()
    heard = ear.hears("alert", lambda said: said["place"] == "cubicle-1" and said["state"] == "raised")
    expect(wall.page.locator("#stage")).to_be_visible()
    expect(wall.page.locator("#stage [data-field=place]").first).to_contain_text("1")
    expect(desk.page.locator("#alarms")).to_contain_text("Cubicle 1")
    floor.page.goto(f"{server.url}/alarm/{heard['code']}")
    floor.page.locator("main").get_by_role("button", name="I am coming").click()
    ear.hears("alert", lambda said: said["state"] == "acknowledged" and said["responder"] == "Nurse person")
    expect(wall.page.locator("#stage")).to_contain_text("Nurse person")
    floor.page.locator("main").get_by_role("button", name="I am there").click()
    ear.hears("alert", lambda said: said["state"] == "on-scene")
    floor.page.locator("main").get_by_role("button", name=re.compile("Oxygen")).first.click()
    floor.chooses("Recovered with oxygen only")
    floor.presses(re.compile("Close"))
    ear.hears("alert", lambda said: said["state"] == "closed")
    expect(wall.page.locator("#stage")).to_be_hidden()

    # The person leaves with a referral.
    visit = desk_visit(server.url, cast)
    floor.page.goto(f"{server.url}/referrals/new?visit={visit}")
    floor.page.get_by_label("To whom").select_option(label="City housing office")
    floor.chooses("Escorted")
    floor.chooses("Yes")
    floor.presses("Make the referral")
    desk.page.goto(f"{server.url}/desk/visits/{visit}")
    desk.page.locator("#leave").get_by_role("button", name="Finished").click()
    expect(wall.page.locator("#cubicle-1")).to_contain_text("Cleaning")

    # The manager's report counts it.
    manager = window()
    manager.signs_in("Manager person", "/reports")
    total = requests.get(
        f"{server.url}/api/v1/reports/usage",
        headers={"Authorization": f"Bearer {cast.keys[Role.MANAGER]}"},
        timeout=10,
    ).json()["totals"]
    counted = {
        name: total[name] for name in ("accesses", "episodes", "people", "emergencies", "needles_out", "referrals")
    }
    assert counted == {"accesses": 1, "episodes": 1, "people": 1, "emergencies": 1, "needles_out": 1, "referrals": 1}
    row = manager.page.locator("tfoot tr, tr:has(th:text-matches('total', 'i'))").last
    assert [figure for figure in row.inner_text().split() if figure.isdecimal()][:4] == ["1", "1", "1", "1"]
    ear.client.disconnect()


def desk_visit(url: str, cast: Any) -> str:
    """The code of the one open visit."""
    headers = {"Authorization": f"Bearer {cast.keys[Role.NURSE]}"}
    found = requests.get(f"{url}/api/v1/visits?state=open", headers=headers, timeout=10).json()["items"]
    assert len(found) == 1
    return str(found[0]["code"])
