"""What the browser itself must do: keep presses that are not through, ring again, and look up nobody in an address."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Error, Page, Route, expect
from sqlalchemy import update

from consumption_room import clock
from consumption_room.alerts.models import AlertStep
from consumption_room.database import db, transaction
from consumption_room.vocabulary.alarms import WaitsFor
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import PASSWORD
from tests.databases import opened
from tests.servers import Server

pytestmark = pytest.mark.browser

COUNT_TONES = """
    const start = AudioScheduledSourceNode.prototype.start;
    window.tones = 0;
    AudioScheduledSourceNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
"""


@pytest.fixture
def engine() -> str:
    """Browsers are the matter here: one database is enough."""
    return "sqlite"


@pytest.fixture(scope="module")
def house(sqlite_shelf, tmp_path_factory) -> Iterator[Server]:
    """One server for all of these tests: to start it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("house")
    with Server(folder, sqlite_shelf.copy(folder)) as running:
        yield running


@pytest.fixture
def server(house, ask) -> Iterator[Server]:
    """The server, in whose room every alarm is over when a test has ended."""
    yield house
    for alert in ask(Role.NURSE, "/alerts?state=open")["items"]:
        ask(Role.NURSE, f"/alerts/{alert['code']}/acknowledge", {})
        ask(Role.NURSE, f"/alerts/{alert['code']}/close", {"outcome": "false-alarm"})


@pytest.fixture
def ask(house, cast) -> Callable[..., Any]:
    """Ask the API with somebody's key: a GET, or a POST of what is given."""

    def asked(who: Any, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{house.url}/api/v1{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {cast.keys[who]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    return asked


@pytest.fixture
def window(browser, server) -> Iterator[Callable[..., Page]]:
    """A window of its own machine, at a screen: as a person who has signed in, or as a station with its key."""
    contexts = []

    def opened(path: str, name: str | None = None) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1366, "height": 768}))
        page = contexts[-1].new_page()
        page.add_init_script(COUNT_TONES)
        page.goto(server.url + path)
        if name is not None:
            page.get_by_label("Staff code or name").first.fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda at: "sign-in" not in at)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def floor(window) -> Page:
    """The floor, with a nurse."""
    return window("/floor", "Nurse person")


@pytest.fixture
def wall(window, cast) -> Page:
    """The wall."""
    return window(f"/wall?key={cast.keys[DeviceKind.WALL]}")


def press(page: Page, number: int) -> None:
    """The bell of a cubicle."""
    page.get_by_role("button", name=f"Alarm in cubicle {number}", exact=True).click()


def until(page: Page, holds: str) -> None:
    """Wait until an expression holds on the page; its policy forbids to wait inside it."""
    for _ in range(100):
        with suppress(Error):  # a page that is just loading anew has nobody to ask
            if page.evaluate(holds):
                return
        page.wait_for_timeout(200)
    raise AssertionError(f"{holds} did not come true")


def open_places(ask) -> list[str]:
    """Where alarms are open, in the order in which they came, each with how often it was pressed."""
    return [f"{one['place']} {one['count']}" for one in ask(Role.NURSE, "/alerts?state=open")["items"]]


def kept(page: Page) -> int:
    """How many presses this browser keeps because they are not through."""
    return page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('room-unsent-alarm')).length")


def test_presses_in_two_cubicles_without_a_network_are_two_alarms_when_it_is_back(floor, ask):
    floor.context.set_offline(True)
    press(floor, 2)
    expect(floor.locator("#unsent")).to_contain_text("could not be sent")
    press(floor, 8)
    expect(floor.locator("#unsent")).to_contain_text("Cubicle 2, Cubicle 8")
    assert floor.evaluate("window.tones") > 0
    floor.context.set_offline(False)
    expect(floor.locator("#alarms")).to_contain_text("Cubicle 8")
    expect(floor.locator("#alarms")).to_contain_text("Cubicle 2")
    expect(floor.locator("#unsent")).not_to_contain_text("could not be sent")
    assert open_places(ask) == ["cubicle-2 1", "cubicle-8 1"]
    assert kept(floor) == 0


def test_the_same_button_pressed_again_while_it_is_under_way_is_one_press(floor, ask):
    floor.context.set_offline(True)
    for _ in range(3):
        press(floor, 2)
    floor.context.set_offline(False)
    expect(floor.locator("#alarms")).to_contain_text("Cubicle 2")
    floor.wait_for_timeout(2500)
    assert open_places(ask) == ["cubicle-2 1"]


def test_a_press_that_gets_no_answer_keeps_no_other_waiting(floor, ask):
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "cubicle-2" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    floor.route("**/alarm", hold)
    press(floor, 2)
    press(floor, 8)
    expect(floor.locator("#unsent")).to_contain_text("The alarm has been sent: Cubicle 8", timeout=1500)
    expect(floor.locator("#unsent")).to_contain_text("Cubicle 2: The alarm could not be sent")
    for route in held:
        route.abort()
    floor.unroute("**/alarm")
    expect(floor.locator("#unsent")).to_contain_text("The alarm has been sent: Cubicle 2")
    assert open_places(ask) == ["cubicle-8 1", "cubicle-2 1"]


def test_a_press_outlives_the_tab_that_could_not_send_it(floor, ask):
    floor.route("**/alarm", lambda route: route.abort())
    press(floor, 2)
    expect(floor.locator("#unsent")).to_contain_text("could not be sent")
    another = floor.context.new_page()
    floor.close()
    another.goto(floor.url)
    expect(another.locator("#unsent")).to_contain_text("The alarm has been sent: Cubicle 2")
    assert open_places(ask) == ["cubicle-2 1"]


def test_a_press_goes_out_even_where_nothing_can_be_kept(floor, ask):
    floor.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    press(floor, 2)
    expect(floor.locator("#unsent")).to_contain_text("The alarm has been sent")
    assert open_places(ask) == ["cubicle-2 1"]


def refuse(route: Route) -> None:
    """What a server says to a press that it will not take, in cubicle 2 alone."""
    if "cubicle-2" not in (route.request.post_data or ""):
        route.continue_()
        return
    said = {"status": 422, "code": "invalid", "detail": "Cubicle 2 is behind a wall."}
    route.fulfill(status=422, content_type="application/problem+json", body=json.dumps(said))


def test_a_press_that_is_refused_says_so_and_sounds_and_stops_no_other(floor, ask):
    floor.route("**/alarm", refuse)
    press(floor, 2)
    notice = floor.locator("#unsent")
    expect(notice).to_contain_text("Cubicle 2: The alarm was not stored. Shout for help, and press again.")
    expect(notice).to_contain_text("Cubicle 2 is behind a wall.")
    press(floor, 8)
    expect(notice).to_contain_text("The alarm has been sent: Cubicle 8")
    floor.wait_for_timeout(1000)
    sounded = floor.evaluate("window.tones")
    floor.wait_for_timeout(4500)
    assert floor.evaluate("window.tones") > sounded

    # Nobody has dealt with it: the next page still says so.
    floor.unroute("**/alarm")
    floor.reload()
    expect(notice).to_contain_text("Cubicle 2 is behind a wall.")
    assert open_places(ask) == ["cubicle-8 1"]
    notice.get_by_role("button", name="Press again").click()
    expect(notice).to_contain_text("The alarm has been sent: Cubicle 2")
    expect(notice).not_to_contain_text("was not stored")
    assert open_places(ask) == ["cubicle-8 1", "cubicle-2 1"]
    assert kept(floor) == 0


def test_a_refused_press_is_laid_aside_when_somebody_says_that_help_is_there(floor):
    floor.route("**/alarm", refuse)
    press(floor, 2)
    floor.locator("#unsent").get_by_role("button", name="Help is here").click()
    expect(floor.locator("#unsent")).to_be_hidden()
    assert kept(floor) == 0


def test_an_alarm_on_a_later_page_of_the_list_is_not_over(floor, ask):
    for number in (2, 8, 11):
        ask(Role.NURSE, "/alerts", {"place": f"cubicle-{number}"})
    cards = floor.locator("#alarms article")
    expect(cards).to_have_count(3)
    polled: list[str] = []

    def one_at_a_time(route: Route) -> None:
        polled.append(route.request.url)
        route.continue_(url=re.sub(r"&limit=\d+", "", route.request.url) + "&limit=1")

    floor.route("**/api/v1/alerts?*", one_at_a_time)
    # A press that is through makes its page ask for the whole list.
    with floor.expect_response(lambda answer: "/api/v1/alerts?" in answer.url and answer.json()["next"] is None):
        floor.keyboard.press("F9")
    expect(cards).to_have_count(4)
    assert "limit" not in polled[0]
    assert len(polled) >= 4


def test_an_alarm_that_is_pressed_again_when_somebody_is_coming_sounds_again_and_the_wall_says_so(
    wall, ask, window, cast
):
    wall.clock.install()
    wall.reload()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-3"})["code"]
    expect(wall.locator("#stage [data-field=place]").first).to_have_text("3")
    ask(Role.NURSE, f"/alerts/{code}/acknowledge", {})
    expect(wall.locator("#stage")).to_contain_text("is coming")
    wall.clock.fast_forward(31_000)
    expect(wall.locator("#line-lost")).to_be_hidden()
    wall.wait_for_timeout(1000)
    sounded = wall.evaluate("window.tones")
    wall.wait_for_timeout(3000)
    assert wall.evaluate("window.tones") == sounded

    ask(Role.NURSE, "/alerts", {"place": "cubicle-3"})
    expect(wall.locator("#stage .stage-count")).to_contain_text("2 times")
    until(wall, f"window.tones > {sounded}")
    expect(wall.locator("#stage .stage-main.again .stage-count")).to_contain_text(re.compile("pressed again 0:0"))
    wall.clock.fast_forward(31_000)
    expect(wall.locator("#stage .stage-main.again")).to_have_count(0)
    expect(wall.locator("#stage .stage-count")).to_contain_text("pressed again")


def test_an_alarm_that_somebody_answered_sounds_again_when_nobody_arrives(wall, ask, house):
    wall.clock.install()
    wall.reload()
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-9"})["code"]
    expect(wall.locator("#stage [data-field=place]").first).to_have_text("9")
    ask(Role.NURSE, f"/alerts/{code}/acknowledge", {})
    expect(wall.locator("#stage")).to_contain_text("is coming")
    wall.clock.fast_forward(31_000)
    wall.wait_for_timeout(1000)
    sounded = wall.evaluate("window.tones")
    wall.wait_for_timeout(2000)
    assert wall.evaluate("window.tones") == sounded
    with opened(house.folder), transaction():  # a minute has passed
        arrival = AlertStep.waits_for == WaitsFor.ARRIVAL, AlertStep.done_at.is_(None)
        db.session.execute(update(AlertStep).where(*arrival).values(due_at=clock.now()))
    until(wall, f"window.tones > {sounded}")


def test_the_raisers_own_screen_sounds_until_some_other_screen_has_shown_the_alarm(floor, window, cast, ask):
    press(floor, 5)
    expect(floor.locator("#alarms")).to_contain_text("Cubicle 5")
    expect(floor.locator("#unsent")).to_contain_text("No screen has shown this alarm", timeout=9000)
    window(f"/wall?key={cast.keys[DeviceKind.WALL]}")
    expect(floor.locator("#unsent")).not_to_contain_text("No screen has shown", timeout=9000)
    assert [one["confirmed"] for one in ask(Role.NURSE, "/alerts?state=open")["items"]] == [True]


def test_an_alarm_that_a_screen_has_shown_is_not_called_unseen(wall, floor, ask):
    press(floor, 6)
    expect(wall.locator("#stage")).to_contain_text("6")
    floor.wait_for_timeout(6000)
    expect(floor.locator("#unsent")).not_to_contain_text("No screen has shown")


def test_a_silence_stops_ones_own_sound_alone_and_every_screen_says_whose(wall, floor, ask):
    press(floor, 7)
    for page in (wall, floor):
        until(page, "window.tones > 0")
    floor.get_by_role("button", name="Silence here").click()
    expect(wall.locator("#stage")).to_contain_text("silent on the screens of Nurse person")
    floor.wait_for_timeout(1500)
    before = {page: page.evaluate("window.tones") for page in (wall, floor)}
    floor.wait_for_timeout(7000)
    assert wall.evaluate("window.tones") > before[wall]
    assert floor.evaluate("window.tones") == before[floor]
    ask(Role.NURSE, "/alerts", {"place": "cubicle-7"})
    until(floor, f"window.tones > {before[floor]}")


def test_a_wall_with_old_scripts_takes_the_new_ones_and_not_during_an_alarm(wall, ask):
    wall.add_init_script(
        "Math.random = () => 0.05;"
        "document.addEventListener('readystatechange', () => document.body.dataset.build = 'old', { once: true })"
    )
    code = ask(Role.NURSE, "/alerts", {"place": "cubicle-4"})["code"]
    wall.reload()
    expect(wall.locator("#stage")).to_contain_text("4")
    wall.evaluate("window.before = true")
    wall.wait_for_timeout(6000)
    assert wall.evaluate("window.before")
    ask(Role.NURSE, f"/alerts/{code}/acknowledge", {})
    ask(Role.NURSE, f"/alerts/{code}/close", {"outcome": "recovered"})
    until(wall, "window.before === undefined")


def test_a_drill_is_started_from_the_floor_and_says_so_everywhere(wall, floor, ask):
    floor.get_by_text("Practise an alarm").click()
    floor.get_by_role("button", name="Start a drill").click()
    expect(floor.get_by_role("heading", level=1)).to_contain_text("Drill")
    expect(wall.locator("#stage .stage-main")).to_have_class(re.compile("drill"))
    assert [(one["drill"], one["place"]) for one in ask(Role.NURSE, "/alerts?state=open")["items"]] == [
        (True, "reception")
    ]


def test_a_search_at_the_desk_stays_out_of_every_address(window, ask):
    desk = window("/desk", "Reception person")
    for alias in ("Canary Blue", "Canary Red", "Heron"):
        ask(Role.RECEPTION, "/clients", {"alias": alias, "phrase": f"the {alias.lower()} song"})
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(f"{request.method} {request.url}"))

    # Type, Enter: the person, beside a room that goes on. Enter: inside.
    desk.keyboard.type("Heron")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Heron")).to_be_visible()
    ticket = ask(Role.RECEPTION, "/visits", {"purposes": ["consume"]})["ticket"]
    expect(desk.locator("[data-live=desk-room]")).to_contain_text(ticket)
    expect(desk.get_by_role("heading", name="Heron")).to_be_visible()
    expect(desk.get_by_role("button", name=re.compile("Check in"))).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator(".ticket")).to_contain_text("Heron")
    assert [line.split("/", 3)[3] for line in asked if line.startswith("POST")] == ["desk/search", "desk/check-in"]

    # Back is the desk without anybody, and nothing is sent again.
    desk.go_back()
    expect(desk.get_by_role("heading", name="Not let in, because")).to_be_visible()

    # Several fit: the figure in front chooses; nobody fits: the new person has the name that was typed.
    for typed, key, heading in (("canary", "2", "Canary Red"), ("the canary red song", None, "Canary Red")):
        desk.locator("#q").fill(typed)
        desk.keyboard.press("Enter")
        if key is not None:
            expect(desk.get_by_role("heading", name="2 people")).to_be_visible()
            desk.wait_for_load_state()
            desk.keyboard.press(key)
        expect(desk.get_by_role("heading", name=heading)).to_be_visible()
        desk.wait_for_load_state()
        desk.reload()
        expect(desk.get_by_role("heading", name=heading)).to_have_count(0)
    desk.locator("#q").fill("Canary Green")
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name=re.compile("New person")).first.click()
    expect(desk.get_by_label("Alias", exact=True)).to_have_value("Canary Green")
    said = re.compile("canary|heron|song|client=", re.I)
    assert [line for line in asked if said.search(line)] == []


def test_a_ticket_that_is_searched_for_opens_its_visit(window, ask):
    opened = ask(Role.RECEPTION, "/visits", {"purposes": ["consume"]})
    desk = window("/desk", "Reception person")
    desk.keyboard.type(opened["ticket"].lower())
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/desk/visits/{opened['code']}")


def test_a_search_from_another_site_is_refused(window, ask):
    desk = window("/desk", "Reception person")
    answer = desk.request.post(desk.url + "/search", form={"q": "Heron"})
    assert answer.status == 403


@pytest.mark.parametrize("address", ["//[", "http://[", "//elsewhere.example", "https://elsewhere.example/floor"])
def test_an_odd_address_to_go_on_to_is_no_error(window, server, address):
    page = window(f"/sign-in?next={address}")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    page.get_by_label("Staff code or name").first.fill("Nurse person")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(server.url + "/floor")


def test_where_one_goes_on_to_after_signing_in_is_a_path_and_no_search(window):
    page = window("/desk?q=Canary", "Reception person")
    assert page.url.endswith("/desk")
