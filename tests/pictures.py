"""``make pictures``: the README's pictures, from a demo room made for the purpose, at each screen's real size."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from consumption_room.demonstration import PASSWORD
from tests.servers import free_port

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WALL, DESK, TABLET, PHONE = (1920, 1080), (1366, 768), (1280, 800), (390, 844)


@dataclass
class Demo:
    """A running demo room, as its own words on the screen describe it."""

    process: subprocess.Popen[str]
    url: str
    said: str

    def staff(self, name: str) -> str:
        """The staff code of somebody in the demo."""
        return re.findall(rf"(\w+)  PIN \d+  {name}", self.said)[0]

    def key(self, kind: str) -> str:
        """The key of the demo's first device of a kind."""
        return re.findall(rf"^  {kind} +\S+ +(\S+)$", self.said, re.MULTILINE)[0]


@contextmanager
def demo() -> Iterator[Demo]:
    """A demo room of this run's own, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "consumption-room"), "demo", "--port", str(port)],
            env={**os.environ, "ROOM_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            said = []
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if line.startswith("http://"):
                    break
            url = said[-1].strip()
            _wait(url)
            yield Demo(process, url, "".join(said))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with urlopen(f"{url}/readyz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("The demo room did not open.")


def take_all(browser: Browser, room: Demo) -> None:
    """Every picture, one after the other."""
    wall = window(browser, WALL)
    wall.goto(f"{room.url}/wall?key={room.key('wall')}")
    take(wall, "wall")
    for who, path, size, name in (
        ("Rosa", "/desk", DESK, "desk"),
        ("Nils", "/floor", TABLET, "floor"),
        ("Rosa", "/stock", DESK, "stock"),
        ("Carl", "/referrals", DESK, "referrals"),
        ("Mona", "/reports", DESK, "reports"),
        ("Nils", "/shift", TABLET, "shift"),
        ("Nils", "/incidents", TABLET, "incidents"),
    ):
        take(signed_in(browser, room, who, path, size), name)
    raise_alarm(room)
    take(wall, "wall-alarm")
    nurse = signed_in(browser, room, "Nils", "/floor", TABLET)
    nurse.locator("#alarms a.open").first.click()
    take(nurse, "alarm")
    phone = signed_in(browser, room, "Mona", "/floor", PHONE)
    take(phone, "phone-alarm")
    wall.context.set_offline(True)
    os.killpg(room.process.pid, signal.SIGSTOP)
    wall.wait_for_timeout(8000)
    take(wall, "wall-lost-contact")
    os.killpg(room.process.pid, signal.SIGCONT)


def window(browser: Browser, size: tuple[int, int]) -> Page:
    """A new window of this size."""
    return browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()


def signed_in(browser: Browser, room: Demo, who: str, path: str, size: tuple[int, int]) -> Page:
    """A window where somebody has signed in and opened a screen."""
    page = window(browser, size)
    page.goto(f"{room.url}/sign-in?next={path}")
    page.get_by_label("Staff code or name").first.fill(room.staff(who + ".*"))
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda at: "sign-in" not in at)
    return page


def take(page: Page, name: str) -> None:
    """Take what the person at this window sees."""
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def raise_alarm(room: Demo) -> None:
    """Press the button in cubicle 3."""
    headers: dict[str, Any] = {"Authorization": f"Bearer {room.key('button')}", "Content-Type": "application/json"}
    with urlopen(Request(f"{room.url}/api/v1/alerts", b"{}", headers), timeout=5) as answer:
        answer.read()


def main() -> None:
    """Take them all with the Chromium of this machine."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Pictures need Chromium.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as room, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        take_all(browser, room)
        browser.close()


if __name__ == "__main__":
    main()
