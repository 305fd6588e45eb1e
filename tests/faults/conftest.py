"""Fixtures of the faults: a room of ours and a naive one, and displays on them that are switched off at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.builders import Cast
from tests.faults.builds import Build, Display, naive_server
from tests.servers import Server


@pytest.fixture
def engine() -> str:
    """One database is enough where a fault is not about it."""
    return "sqlite"


@pytest.fixture
def ours(server: Server, cast: Cast) -> Build:
    """Our room, served."""
    return Build(server, cast)


@pytest.fixture
def naive(tmp_path: Path) -> Iterator[Build]:
    """The naive room, served."""
    with naive_server(tmp_path / "naive") as server:
        yield Build(server, None)


@pytest.fixture
def displays() -> Iterator[Callable[..., list[Display]]]:
    """So many displays on a room."""
    made: list[Display] = []

    def connected(build: Build, many: int) -> list[Display]:
        new = [build.display() for _ in range(many)]
        made.extend(new)
        return new

    yield connected
    for display in made:
        display.close()


@pytest.fixture
def wall_of(browser: Any) -> Iterator[Callable[[Build], Page]]:
    """The wall of a room in a real browser."""
    contexts = []

    def opened(build: Build) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1920, "height": 1080}))
        page: Page = contexts[-1].new_page()
        page.goto(build.wall_address())
        return page

    yield opened
    for context in contexts:
        context.close()
