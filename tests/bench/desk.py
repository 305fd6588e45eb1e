"""The desk with 20,000 people on record, and how soon a change stands on every open board."""

import logging
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import insert

from consumption_room import clock, settings, setup
from consumption_room.app import create_app, upgrade
from consumption_room.clients import rules
from consumption_room.clients.models import Client
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.staff import service as staff
from consumption_room.vocabulary.staff import Role

PEOPLE = 20_000
LOOK_UPS = 300
CHANGES = 60
BOARDS = ("/wall", "/floor", "/desk")
PASSWORD = "a long password"
_FIRST, _SECOND = (
    ("Blue", "Red", "Grey", "Quiet", "Tall", "Late", "Ødem", "Little"),
    ("Heron", "Fox", "Wolf", "Åge", "Ace"),
)

# Painted, not only in the document: the second frame after the change.
_WATCH = """ticket => new Promise(resolve => {
  const look = () => document.body.textContent.includes(ticket)
    && (watcher.disconnect(), requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now()))));
  const watcher = new MutationObserver(look);
  watcher.observe(document.body, {childList: true, subtree: true, characterData: true});
  look();
})"""


def p95(took: list[float]) -> float:
    """The nearest-rank 95th percentile."""
    return round(sorted(took)[-(-95 * len(took) // 100) - 1], 1)


def measure_look_ups() -> dict[str, float]:
    """Milliseconds of server time for the desk's search: by alias, the beginning of one, code and phrase."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings.load({}, data_dir=folder))
        with app.app_context():
            upgrade()
            with transaction():
                setup.furnish(here.policy(), clock.now())
                person, _ = staff.add(
                    staff.NewStaff("Rosa", Role.RECEPTION, PASSWORD, "4711"), setup.THE_ROOM, clock.now()
                )
                who = person.code
            texts = _fill()
        took = _time(app, who, texts)
        with app.app_context():
            db.engine.dispose()
    return {"people": PEOPLE, "median_ms": round(statistics.median(took), 1), "p95_ms": p95(took)}


def _fill() -> list[str]:
    """People on record; gives what is typed to find some of them."""
    chance, now, key = random.Random(1), clock.now(), here.phrase_key()
    people = []
    for number in range(PEOPLE):
        alias = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)} {number}"
        people.append(
            {
                "code": f"{number:04x}-bnch"[-9:],
                "alias": alias,
                "alias_folded": rules.folded(alias),
                "phrase_digest": rules.phrase_digest(f"my phrase {number}", key),
                "registered_at": now,
            }
        )
    with transaction():
        db.session.execute(insert(Client), people)
    texts = []
    for number in range(LOOK_UPS):
        one = chance.choice(people)
        texts.append([one["alias"], str(one["alias"])[:4], one["code"], f"my phrase {number}"][number % 4])
    return [str(text) for text in texts]


def _time(app: Flask, who: str, texts: list[str]) -> list[float]:
    desk = app.test_client()
    _send(desk, "/sign-in", "/sign-in", who=who, password=PASSWORD)
    token = _token(desk, "/desk")
    took = []
    for text in texts:
        began = time.perf_counter()
        answer = desk.post("/desk/search", data={"csrf_token": token, "q": text})
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
    return took[10:]


def _token(browser: FlaskClient, page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(page).text)
    if found is None:
        raise RuntimeError(f"{page} has no token.")
    return found[1]


def _send(browser: FlaskClient, page: str, address: str, **fields: str) -> None:
    browser.post(address, data={"csrf_token": _token(browser, page), **fields})


def measure_changes(
    url: str, sign_in: Callable[[Page], Any], check_in: Callable[[], tuple[str, Callable[[], object]]]
) -> dict[str, float]:
    """Milliseconds from before a check-in is sent until the last of three open boards has painted its ticket."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pages = []
        for path in BOARDS:
            page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
            page.goto(url + "/sign-in")
            sign_in(page)
            page.goto(url + path)
            pages.append(page)
        time.sleep(3)
        took = []
        for number in range(CHANGES):
            began = time.time() * 1000
            ticket, leave = check_in()
            took.append(max(page.evaluate(_WATCH, ticket) for page in pages) - began)
            leave()
            time.sleep(0.5 + number % 5 / 10)
        browser.close()
    return {"boards": len(BOARDS), "median_ms": round(statistics.median(took)), "p95_ms": p95(took)}
