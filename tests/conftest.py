"""Fixtures: every test gets a room of its own, on both databases, with the clock stopped at nine."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import Context
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consumption_room import clock
from consumption_room.database import db
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.builders import NINE, Cast
from tests.databases import PostgresShelf, Shelf, SqliteShelf, opened
from tests.servers import Server


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Injure the room on one worker from the beginning, one fault after another: side by side they disturb each other.

    Every other file goes as a whole to whichever worker is free, the long ones in a browser first.
    """
    for item in items:
        injury = item.path.parent.name == "faults"
        item.add_marker(pytest.mark.xdist_group("faults" if injury else item.path.stem))
    browsers = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path.parent.name != "faults", item.path not in browsers))


def _missing(what: str, variable: str, reason: object) -> None:
    """Say why a test cannot run here: a skip, or a failure where the run was told to insist."""
    sentence = f"{what} cannot be used: {reason}"
    if os.environ.get(variable) == "1":
        pytest.fail(f"{sentence} ({variable}=1 insists on it)", pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def sqlite_shelf(tmp_path_factory: pytest.TempPathFactory) -> SqliteShelf:
    """Migrated and furnished SQLite files, to be copied."""
    return SqliteShelf(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresShelf]:
    """Migrated and furnished PostgreSQL databases of this run's own, to be copied; dropped afterwards."""
    try:
        shelf = PostgresShelf()
    except psycopg.OperationalError as trouble:
        _missing("PostgreSQL", "REQUIRE_POSTGRES", trouble)
        raise
    try:
        shelf.fill(tmp_path_factory.mktemp("postgresql"))
        yield shelf
    finally:
        shelf.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the database this test runs on; a test that asks for it runs on both."""
    return str(request.param)


@pytest.fixture
def shelf(engine: str, request: pytest.FixtureRequest) -> Shelf:
    """Where copies of this engine's templates come from."""
    found: Shelf = request.getfixturevalue("sqlite_shelf" if engine == "sqlite" else "postgres_shelf")
    return found


@pytest.fixture
def cast(shelf: Shelf) -> Cast:
    """Who works in the furnished room, and its devices' keys."""
    return shelf.cast


@pytest.fixture
def database_url(shelf: Shelf, tmp_path: Path) -> Iterator[str]:
    """The address of a furnished database of this test's own."""
    address = shelf.copy(tmp_path / "data")
    yield address
    shelf.drop(address)


@pytest.fixture
def empty_url(shelf: Shelf, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of this test's own, with nothing in it."""
    address = shelf.copy(tmp_path / "data", furniture=False)
    yield address
    shelf.drop(address)


class Caller(FlaskClient):
    """A test client whose requests share nothing with the test that makes them."""

    def open(self, *args: Any, **more: Any) -> TestResponse:
        """One request, in a context of its own; what the test read before belongs to an older picture."""
        if has_app_context():
            db.session.rollback()
        return Context().run(super().open, *args, **more)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application of a furnished room, with its context open, at nine in the morning."""
    with clock.stopped_at(NINE), opened(tmp_path / "data", database_url) as app:
        app.test_client_class = Caller
        yield app


@pytest.fixture
def room(app: Flask) -> Policy:
    """The furnished room, open for services; gives its policy."""
    policy: Policy = app.extensions["room"].policy
    return policy


@pytest.fixture
def fast_forward(app: Flask) -> Iterator[Callable[..., datetime]]:
    """Let time pass: ``fast_forward(seconds=31)`` gives the moment it is then."""
    with ExitStack() as held:

        def forward(**by: float) -> datetime:
            moment = clock.now() + timedelta(**by)
            held.enter_context(clock.stopped_at(moment))
            return moment

        yield forward


@pytest.fixture
def client_as(app: Flask, cast: Cast) -> Callable[[Role | DeviceKind | None], FlaskClient]:
    """A test client with the key of a program in this role, or of this device, or (``None``) without any key."""

    def client(who: Role | DeviceKind | None) -> FlaskClient:
        caller = app.test_client()
        if who is not None:
            caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {cast.keys[who]}"
        return caller

    return client


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where a real Chromium is on this machine."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        _missing("Chromium", "REQUIRE_BROWSER", "no chromium on the path")
    return str(found)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A real Chromium, driven through Playwright; sound may play without a tap, as in kiosk mode."""
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - a second's import that few tests need

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
            )
        except Error as trouble:
            _missing("Chromium", "REQUIRE_BROWSER", trouble)
            raise
        yield browser
        browser.close()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A real server process over a furnished room; the keys of its devices are in ``cast``."""
    with Server(tmp_path / "data", database_url) as running:
        yield running
