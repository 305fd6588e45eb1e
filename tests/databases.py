"""A database for every test, copied from a template that was migrated and furnished once."""

import gc
import itertools
import os
import secrets
import shutil
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import flask_migrate
import psycopg
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import text
from werkzeug.routing import Rule

from consumption_room import settings
from consumption_room.app import create_app
from consumption_room.database import db
from tests.builders import furnished

POSTGRES = os.environ.get("ROOM_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


class Compiled(BytecodeCache):
    """Templates that some application of this process has compiled already: each test has one of its own."""

    code: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What is known of it."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """To be known."""
        self.code[bucket.key] = bucket.bytecode_to_string()


class Remembered(Rule):
    """A route that some application of this process has compiled already: that is most of making one."""

    builders: ClassVar[dict[tuple[str, bool, str], Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        asked = (self.rule, append_unknown, repr(self.defaults))
        if asked not in self.builders:
            self.builders[asked] = super()._compile_builder(append_unknown)
        return self.builders[asked]


Flask.url_rule_class = Remembered
# Hundreds of applications come and go in one process: looking through all that stays, again and again, costs a fifth.
gc.freeze()
gc.set_threshold(100_000, 50, 100)


def application(folder: Path, database_url: str = "") -> Flask:
    """The room's application, with its data in this folder."""
    app = create_app(settings.load({}, data_dir=folder, database_url=database_url))
    app.jinja_env.bytecode_cache = Compiled()
    return app


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
        # A copy takes a third of a second, most of it waiting for the disk, and to drop one takes as long: those that
        # come back are made again what they were, beside the next test, and lent out anew.
        self.aside = ThreadPoolExecutor(1)
        self.ready: deque[Future[str]] = deque()
        self.bare: set[str] = set()

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
        self.furniture = Furniture(self._address(full))
        self.ready.append(self.aside.submit(self._copy, "full"))

    def copy(self, folder: Path, *, furniture: bool = True) -> str:
        """The address of a copy."""
        folder.mkdir(exist_ok=True)
        if not furniture:
            address = self._copy("empty")
            self.bare.add(address)
            return address
        return self.ready.popleft().result() if self.ready else self._copy("full")

    def drop(self, address: str) -> None:
        """Take a copy back, whoever still holds on to it."""
        if address in self.bare:
            self.aside.submit(self._drop, address.rpartition("/")[2])
        else:
            self.ready.append(self.aside.submit(self._as_new, address))

    def close(self) -> None:
        """Leave nothing of this run on the server."""
        self.aside.shutdown()
        for name in self._left_by(self.name):
            self._drop(name)
        self.server.close()

    def _as_new(self, address: str) -> str:
        with suppress(psycopg.Error):
            if self.furniture.put_back(address):
                return address
        self._drop(address.rpartition("/")[2])
        return self._copy("full")

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


class Furniture:
    """What stands in a furnished PostgreSQL database, to be put back as it was into a copy that was used."""

    def __init__(self, template: str) -> None:
        """Read from the template."""
        with psycopg.connect(template) as connection:
            self.shape = connection.execute(SHAPE).fetchall()
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
            self.tables = [name for (name,) in found]
            self.rows = {name: self._rows_of(connection, name) for name in self.tables}
            self.counters = connection.execute(
                "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
            ).fetchall()

    def put_back(self, address: str) -> bool:
        """Leave there what this holds, and nobody connected; ``False`` when it is another database by now."""
        with psycopg.connect(address) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if connection.execute(SHAPE).fetchall() != self.shape:
                return False
            # What may only be added to is emptied all the same, and nobody waits for the disk.
            connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
            connection.execute("; ".join(f'DELETE FROM "{table}"' for table in self.tables))
            for table, rows in self.rows.items():
                if rows:
                    with connection.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
                        copy.write(rows)
            for counter in self.counters:
                connection.execute("SELECT setval(%s::regclass, %s, %s)", counter)
        return True

    def _rows_of(self, connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
            return b"".join(bytes(block) for block in copy)


SHAPE = """
SELECT relname, attname, atttypid::regtype::text, attnotnull::text
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND attnum > 0
UNION ALL
SELECT tgrelid::regclass::text, tgname, tgenabled::text, '' FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
ORDER BY 1, 2, 3, 4"""
"""Every column, trigger and constraint of a database."""

Shelf = SqliteShelf | PostgresShelf


def everything_stored(engine: str, folder: Path) -> bytes:
    """Every byte of the database's files; on PostgreSQL every row of every table, as text."""
    if engine == "sqlite":
        return b"".join(path.read_bytes() for path in sorted(folder.glob("room.db*")))
    with db.engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        rows = [connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars().all() for table in tables]
    return "\n".join(str(line) for some in rows for line in some).encode()
