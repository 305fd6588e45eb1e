"""A board that missed a change: the version in the next beat says so, and the page asks for all of itself again."""

import re
from typing import Any

import pytest
import requests
from playwright.sync_api import WebSocketRoute, expect

from consumption_room.vocabulary.staff import DeviceKind, Role

pytestmark = pytest.mark.browser


@pytest.fixture
def engine() -> str:
    """What a page does with a version is the same on both databases."""
    return "sqlite"


def test_a_page_that_missed_a_change_is_whole_again_with_the_next_beat(browser: Any, server: Any, cast: Any):
    page, lost = browser.new_page(), []

    def lose_every_board(line: WebSocketRoute) -> None:
        room = line.connect_to_server()
        room.on_message(lambda said: lost.append(said) if str(said).startswith('42["board"') else line.send(said))

    page.route_web_socket(re.compile("/socket.io/"), lose_every_board)
    page.goto(f"{server.url}/wall?key={cast.keys[DeviceKind.WALL]}")
    expect(page.locator("#foot-displays b")).to_have_text("1", timeout=15_000)

    opened = requests.post(
        f"{server.url}/api/v1/visits",
        json={"purposes": ["consume"]},
        headers={"Authorization": f"Bearer {cast.keys[Role.RECEPTION]}"},
        timeout=10,
    )
    expect(page.locator(".wall-side")).to_contain_text(opened.json()["ticket"], timeout=6000)
    assert lost, "the change was not told by itself"
    page.context.close()
