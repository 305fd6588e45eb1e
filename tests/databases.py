"""A database for every test, copied from a template that was migrated and furnished once."""

import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import psycopg
from flask import Flask

from consumption_room import settings
from consumption_room.app import create_app
from consumption_room.database import db
from tests.builders import furnished

POSTGRES = os.environ.get("ROOM_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def application(folder: Path, database_url: str = "") -> Flask:
    """The room's application, with its data in this folder."""
    return create_app(settings.load({}, data_dir=folder, database_url=database_url))


@contextmanager
def opened(folder: Path, database_url: str = "") -> Iterator[Flask]:
    """An application inside its context; its connections are closed at the end."""
    app = application(folder, database_url)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


class SqliteShelf:
    """Two SQLite files, one empty and one furnished, and as many copies as are asked for."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is this run's own."""
        self.empty, self.full = folder / "empty", folder / "full"
        with opened(self.empty):
            flask_migrate.upgrade()
        shutil.copytree(self.empty, self.full)
        with opened(self.full) as app:
            self.cast = furnished(app.extensions["room"].policy)

    def copy(self, folder: Path, *, furniture: bool = True) -> str:
        """A copy in this folder; its address is the default of the settings."""
        folder.mkdir(exist_ok=True)
        shutil.copyfile((self.full if furniture else self.empty) / "room.db", folder / "room.db")
        return ""

    def drop(self, _address: str) -> None:
        """The folder goes with the test."""


class PostgresShelf:
    """Two template databases of this run's own, and as many copies as are asked for."""

    def __init__(self) -> None:
        """Nothing is on the server yet; raises ``psycopg.OperationalError`` when none answers."""
        run = secrets.randbits(31)
        self.name = f"room_test_{run:08x}"
        self.server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
        # Held as long as this run lives: whoever can take it later knows that the run is dead.
        self.server.execute("SELECT pg_advisory_lock(%s)", [run])
        self.numbers = itertools.count(1)
        # A copy takes a third of a second, most of it waiting for the disk: the next one is made during a test.
        self.aside = ThreadPoolExecutor(1)

    def fill(self, folder: Path) -> None:
        """Make the templates; ``folder`` holds the secret of the application that does it."""
        self._sweep()
        empty, full = f"{self.name}_empty", f"{self.name}_full"
        self._make(empty, "template1")
        with opened(folder, self._address(empty)):
            flask_migrate.upgrade()
        self._make(full, empty)
        with opened(folder, self._address(full)) as app:
            self.cast = furnished(app.extensions["room"].policy)
        self.next = self.aside.submit(self._copy, "full")

    def copy(self, folder: Path, *, furniture: bool = True) -> str:
        """The address of a copy."""
        folder.mkdir(exist_ok=True)
        if not furniture:
            return self._copy("empty")
        ready, self.next = self.next, self.aside.submit(self._copy, "full")
        return ready.result()

    def drop(self, address: str) -> None:
        """Let a copy go, whoever still holds on to it."""
        self.aside.submit(self._drop, address.rpartition("/")[2])

    def close(self) -> None:
        """Leave nothing of this run on the server."""
        self.aside.shutdown()
        for name in self._left_by(self.name):
            self._drop(name)
        self.server.close()

    def _sweep(self) -> None:
        """Drop what runs left behind that were killed."""
        for run in {int(name.split("_")[2], 16) for name in self._left_by("room_test_")}:
            if self.server.execute("SELECT pg_try_advisory_lock(%s)", [run]).fetchone() == (True,):
                for name in self._left_by(f"room_test_{run:08x}"):
                    self._drop(name)
                self.server.execute("SELECT pg_advisory_unlock(%s)", [run])

    def _left_by(self, prefix: str) -> list[str]:
        found = self.server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [name for (name,) in found.fetchall()]

    def _copy(self, template: str) -> str:
        name = f"{self.name}_{next(self.numbers)}"
        self._make(name, f"{self.name}_{template}")
        return self._address(name)

    def _make(self, name: str, template: str) -> None:
        self.server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _drop(self, name: str) -> None:
        self.server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _address(self, name: str) -> str:
        return f"{POSTGRES.rpartition('/')[0]}/{name}"


Shelf = SqliteShelf | PostgresShelf
