"""The database: our typed base, the rules of each engine, and the only place that commits."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Date, Engine, Executable, MetaData, String, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase

from consumption_room.columns import UtcDateTime
from consumption_room.errors import Busy, Unsafe
from consumption_room.turnstile import FairLock

try:
    import pysqlite3.dbapi2 as _bundled
except ImportError:  # no wheel for this machine: the standard library's SQLite, with its version checked below
    _bundled = sqlite3

sqlite_driver: Any = _bundled
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
WRITE_LOCK_SECONDS = 10.0
URGENT_SECONDS = 2.0
_WRITES = "room_writes"
_NEWS = "room_news"
_CONNECTION = "room_connection"


class Model(DeclarativeBase):
    """The base of every stored thing."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_by_%(column_0_N_name)s",
            "uq": "one_%(table_name)s_per_%(column_0_N_name)s",
            "ck": "%(constraint_name)s",
            "fk": "%(table_name)s_%(column_0_name)s_is_a_%(referred_table_name)s",
            "pk": "%(table_name)s_key",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        date: Date(),
        str: String(),
    }


def new_code(length: int = 12) -> str:
    """An unguessable code without look-alike characters: 5 bits a character, nearly."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


db = SQLAlchemy(metadata=Model.metadata)


@dataclass
class Room:
    """What an application keeps beside its engine: the write lock, and who wants to know of a commit."""

    lock: FairLock | None
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit: list[Callable[[Sequence[Any]], None]] = field(default_factory=list)


def _room() -> Room:
    room: Room = current_app.extensions["room.database"]
    return room


def before_commit(app: Flask, act: Callable[[], None]) -> None:
    """Run ``act`` inside every transaction, after the work and before the commit."""
    app.extensions["room.database"].before_commit.append(act)


def after_commit(app: Flask, tell: Callable[[Sequence[Any]], None]) -> None:
    """Call ``tell`` after every commit with what was said in it; it is quick, and leaves the session alone."""
    app.extensions["room.database"].after_commit.append(tell)


@contextmanager
def transaction(*, urgent: bool = False) -> Iterator[None]:
    """Everything inside holds, or nothing does. Opened by the ways in, never by a service, and never inside another.

    ``urgent`` is for alarms: next in line, and told soon when there is no getting through. Raises ``Busy`` when
    SQLite's write lock is not to be had in ten seconds, or two when urgent.
    """
    room, session = _room(), db.session
    if session().info.get(_WRITES):
        raise RuntimeError("A transaction is already open: services combine, they do not commit.")
    session.rollback()  # whatever was read before belongs to an older picture
    patience = URGENT_SECONDS if urgent else WRITE_LOCK_SECONDS
    turn: AbstractContextManager[None] = room.lock.held(patience, urgent=urgent) if room.lock else nullcontext()
    with turn:
        session().info[_WRITES] = True
        try:
            session().info[_CONNECTION] = _begin(patience)
            yield
            for act in room.before_commit:
                act()
            session.commit()
            news = session().info.get(_NEWS, [])
        except BaseException:
            session.rollback()
            raise
        finally:
            session().info.clear()  # what was undone leaves nothing behind, not even what the journal would have said
    for tell in room.after_commit:
        tell(news)


def one_picture() -> None:
    """Begin to read anew, so that everything read from here on is of one moment; for long readings, at the edge."""
    db.session.rollback()
    if is_postgresql():  # a transaction of SQLite reads one picture anyhow
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def say_after_commit(news: Sequence[Any]) -> None:
    """Give this to whoever waits for the commit of this transaction: codes and words, never who somebody is."""
    db.session().info.setdefault(_NEWS, []).extend(news)


def run(statement: Executable, given: Any = None) -> CursorResult[Any]:
    """Run a statement over tables inside the open transaction, without the mapper's work (it flushes nothing)."""
    connection: Connection = db.session().info[_CONNECTION]
    return connection.execute(statement, given)


def _begin(patience: float) -> Connection:
    try:
        return db.session.connection(execution_options={_WRITES: patience})
    except (OperationalError, sqlite_driver.OperationalError) as locked:
        raise Busy("The room is very busy; please try again.") from locked


def insert_new(table: type[Model], rows: list[dict[str, Any]]) -> None:
    """Add the rows that are not there yet; a row that breaks a unique constraint is already known and passed over."""
    into = postgresql.insert if is_postgresql() else sqlite.insert
    db.session.execute(into(table).on_conflict_do_nothing(), rows)


def table_of(model: type[Model]) -> Table:
    """The table under a model, for statements that need none of the mapper's work."""
    table: Any = model.__table__
    return cast("Table", table)


def is_postgresql() -> bool:
    """Whether this application speaks to PostgreSQL."""
    return db.engine.dialect.name == "postgresql"


def scrub() -> None:
    """Let nothing that was erased lie on in the database's own files: old pages, old versions of rows."""
    if is_postgresql():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return
    raw = db.engine.raw_connection()
    try:
        raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    finally:
        raw.close()


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite keeps committed transactions in WAL mode: 3.7.0 to 3.51.2 may lose one at a WAL reset."""
    return not (3, 7, 0) <= version <= (3, 51, 2)


def init_app(app: Flask, url: str) -> None:
    """Bind the application to its database and set the engine's rules."""
    on_sqlite = url.startswith("sqlite")
    options: dict[str, Any] = {"hide_parameters": True, "pool_size": 16, "max_overflow": 64, "pool_timeout": 10}
    if on_sqlite:
        options |= {
            "module": sqlite_driver,
            "connect_args": {"timeout": WRITE_LOCK_SECONDS, "check_same_thread": False},
        }
    else:
        options |= {"pool_pre_ping": True, "connect_args": {"options": "-c lock_timeout=10s -c timezone=UTC"}}
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    app.extensions["room.database"] = Room(lock=FairLock() if on_sqlite else None)
    with app.app_context():
        if on_sqlite:
            _keep_sqlite_rules(db.engine)


def _keep_sqlite_rules(engine: Engine) -> None:
    mode = "WAL" if wal_is_safe(sqlite_driver.sqlite_version_info) else "TRUNCATE"

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN loses savepoints
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA journal_mode = {mode}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")  # what is taken out of a row is taken out of the file
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        patience = connection.get_execution_options().get(_WRITES)
        if patience is None:
            driver.execute("BEGIN")
            return
        if connection.info.get(_WRITES) != patience:  # another process may be writing
            driver.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            connection.info[_WRITES] = patience
        driver.execute("BEGIN IMMEDIATE")


def check_engine() -> None:
    """Refuse an engine that could lose what it said it had stored; raise ``Unsafe`` with the setting to change."""
    with db.engine.connect() as connection:
        if is_postgresql():
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                if connection.exec_driver_sql(f"SHOW {setting}").scalar() == "off":
                    raise Unsafe(
                        f"PostgreSQL runs with {setting} = off: a power cut would lose stored alarms. Turn it on."
                    )
            return
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()).lower()
        if mode == "wal" and not wal_is_safe(sqlite_driver.sqlite_version_info):
            raise Unsafe(
                f"SQLite {sqlite_driver.sqlite_version} can lose a commit in WAL mode; use the TRUNCATE journal."
            )
        if connection.exec_driver_sql("PRAGMA synchronous").scalar() not in (2, 3):
            raise Unsafe("SQLite runs without synchronous = FULL: a power cut would lose stored alarms.")
