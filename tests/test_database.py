"""One way to write: all or nothing, in the order of asking, once for each press; on both databases."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from consumption_room import database, journal
from consumption_room.database import check_engine, db, insert_new, transaction, wal_is_safe
from consumption_room.errors import Busy, Unsafe
from consumption_room.events import Happened
from consumption_room.inventory.models import Item
from consumption_room.turnstile import FairLock
from consumption_room.visits.models import TurnedAway
from consumption_room.vocabulary.stock import ItemKind
from tests.builders import NINA, NINE, client
from tests.databases import opened

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


def item(code: str = "gloves") -> Item:
    """An item that is not in the catalogue yet."""
    return Item(code=code, name=code.capitalize(), kind=ItemKind.OTHER, minimum=0)


def there(code: str = "gloves") -> bool:
    """Whether an item has been stored."""
    db.session.rollback()
    return db.session.scalar(select(Item.id).where(Item.code == code)) is not None


def goes_wrong_after(*acts: Callable[[], Any]) -> None:
    """A transaction in which something fails at the end."""
    with transaction():
        for act in acts:
            act()
        db.session.flush()
        raise ZeroDivisionError


def at_once(app: Any, act: Callable[[int], Any], times: int) -> list[Any]:
    """Do something in several threads at the same moment, each in a context of its own."""
    start = threading.Barrier(times)

    def one(number: int) -> Any:
        with app.app_context():
            start.wait(30)
            return act(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(lambda number: Context().run(one, number), range(times)))


class TestOneTransaction:
    """Everything inside holds, or nothing does."""

    def test_what_was_done_holds_for_everybody(self, room):
        with transaction():
            db.session.add(item())
        assert there()

    def test_an_error_undoes_everything_before_it(self, room):
        with pytest.raises(ZeroDivisionError):
            goes_wrong_after(lambda: db.session.add(item()))
        assert not there()

    def test_what_was_undone_is_not_in_the_journal_either(self, room):
        before = journal.last()
        with pytest.raises(ZeroDivisionError):
            goes_wrong_after(lambda: journal.record(Happened.ITEM_ADDED, "gloves", NINA, NINE))
        client()
        assert [row.what for row in journal.after(before)] == ["client.registered"]

    def test_a_transaction_inside_another_is_refused_and_the_outer_one_undone(self, room):
        with pytest.raises(RuntimeError, match="already open"):
            goes_wrong_after(lambda: db.session.add(item()), client)
        assert not there()
        with transaction():
            db.session.add(item())
        assert there()

    def test_a_savepoint_undoes_its_own_part_only(self, room):
        with transaction():
            db.session.add(item("gloves"))
            with pytest.raises(IntegrityError), db.session.begin_nested():
                db.session.add(item("swab"))
            db.session.add(item("masks"))
        assert (there("gloves"), there("masks")) == (True, True)

    def test_what_waits_for_a_commit_is_told_after_it_and_not_after_an_error(self, app):
        told: list[bool] = []
        database.after_commit(app, lambda _: told.append(True))
        with transaction():
            db.session.add(item())
            assert told == []
        assert told == [True]
        with pytest.raises(ZeroDivisionError):
            goes_wrong_after(lambda: db.session.add(item("masks")))
        assert told == [True]

    def test_a_reader_does_not_see_what_is_not_committed(self, app):
        def look(_: int) -> bool:
            return there()

        with transaction():
            db.session.add(item())
            db.session.flush()
            assert at_once(app, look, 1) == [False]
        assert at_once(app, look, 1) == [True]

    def test_adding_what_is_known_passes_it_over(self, room):
        rows = [{"code": code, "name": code, "kind": ItemKind.OTHER, "minimum": 0} for code in ("swab", "gloves")]
        with transaction():
            insert_new(Item, rows)
        assert there("gloves")
        assert db.session.scalar(select(Item.name).where(Item.code == "swab")) == "Alcohol swab"


class TestMoments:
    """All moments are aware, and UTC in the database."""

    def test_a_moment_without_a_zone_is_refused(self, room):
        with pytest.raises(StatementError, match="without a time zone"):
            db.session.scalars(select(TurnedAway).where(TurnedAway.at == datetime(2026, 11, 20, 9)))  # noqa: DTZ001

    def test_a_moment_comes_back_as_the_same_moment_in_utc(self, room):
        local = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
        with transaction():
            db.session.add(TurnedAway(reason="full", at=local, service_day=local.date()))
        kept = db.session.scalars(select(TurnedAway.at)).one()
        assert (kept, kept.utcoffset()) == (local, timedelta(0))

    def test_moments_are_compared_across_zones(self, room):
        with transaction():
            db.session.add(TurnedAway(reason="full", at=NINE, service_day=NINE.date()))
        just_before = (NINE - timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-11)))
        assert db.session.scalar(select(func.count()).select_from(TurnedAway).where(TurnedAway.at > just_before)) == 1


class TestFairLock:
    """Whoever asks first is served first, and nobody waits for ever."""

    def test_it_serves_in_the_order_of_asking(self):
        lock, order = FairLock(), []

        def wait(number: int) -> None:
            with lock.held(10):
                order.append(number)

        threads = [threading.Thread(target=wait, args=(number,)) for number in range(20)]
        with lock.held(1):
            for asked, thread in enumerate(threads):
                thread.start()
                while len(lock._queue) <= asked:
                    time.sleep(0.001)
        for thread in threads:
            thread.join()
        assert order == list(range(20))

    def test_it_says_busy_in_time_and_lets_the_next_one_in(self):
        lock = FairLock()

        def hurry() -> float:
            asked = time.monotonic()
            with pytest.raises(Busy), lock.held(0.05):
                pass
            return time.monotonic() - asked

        with ThreadPoolExecutor(1) as other, lock.held(1):
            assert 0.04 <= other.submit(hurry).result() < 5
        with lock.held(0.05):
            pass

    def test_an_error_inside_frees_it(self):
        lock = FairLock()
        with pytest.raises(ZeroDivisionError), lock.held(1):
            raise ZeroDivisionError
        with lock.held(0.05):
            pass


class TestEngineRules:
    """An engine that could lose what it said it had stored is refused."""

    @pytest.mark.parametrize(
        ("version", "safe"),
        [
            ((3, 6, 23), True),
            ((3, 7, 0), False),
            ((3, 40, 1), False),
            ((3, 51, 2), False),
            ((3, 51, 3), True),
            ((3, 53, 4), True),
        ],
    )
    def test_wal_is_used_on_a_fixed_library_only(self, version, safe):
        assert wal_is_safe(version) is safe

    def test_the_engine_in_use_is_safe(self, room):
        check_engine()

    @on_sqlite
    def test_sqlite_is_opened_by_the_rules(self, room):
        def pragma(name: str) -> Any:
            return db.session.execute(text(f"PRAGMA {name}")).scalar()

        wal = wal_is_safe(database.sqlite_driver.sqlite_version_info)
        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == (
            "wal" if wal else "truncate",
            2,
            1,
        )

    @on_sqlite
    def test_sqlite_without_full_synchronous_is_refused(self, room):
        db.session.rollback()
        with db.engine.connect() as connection:  # goes back into the pool as it is, and is the next one out
            connection.connection.driver_connection.execute("PRAGMA synchronous = NORMAL")
        with pytest.raises(Unsafe, match="synchronous = FULL"):
            check_engine()

    @on_sqlite
    def test_wal_on_an_affected_library_is_refused(self, room, monkeypatch):
        monkeypatch.setattr(database.sqlite_driver, "sqlite_version_info", (3, 40, 1))
        with db.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode = WAL")
        with pytest.raises(Unsafe, match="TRUNCATE journal"):
            check_engine()

    def test_an_affected_library_gets_the_truncate_journal(self, tmp_path, monkeypatch):
        monkeypatch.setattr(database.sqlite_driver, "sqlite_version_info", (3, 40, 1))
        with opened(tmp_path):
            assert db.session.execute(text("PRAGMA journal_mode")).scalar() == "truncate"
            check_engine()

    @on_postgresql
    def test_postgresql_without_synchronous_commit_is_refused(self, room, database_url):
        name = database_url.rpartition("/")[2]
        with db.engine.connect() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
            connection.commit()
        db.session.remove()
        db.engine.dispose()
        with pytest.raises(Unsafe, match="synchronous_commit = off"):
            check_engine()


class TestTwoWriters:
    """A write takes its lock at the beginning: nobody reads a balance that somebody else is about to change."""

    @on_sqlite
    def test_a_write_begins_immediately(self, room, tmp_path):
        with transaction():
            stranger = database.sqlite_driver.connect(str(tmp_path / "data" / "room.db"), timeout=0)
            with pytest.raises(database.sqlite_driver.OperationalError, match="locked"):
                stranger.execute("BEGIN IMMEDIATE")
            stranger.close()

    @on_sqlite
    def test_a_read_takes_no_lock(self, room, tmp_path):
        assert not there()
        stranger = database.sqlite_driver.connect(str(tmp_path / "data" / "room.db"), timeout=0)
        stranger.execute("BEGIN IMMEDIATE")
        stranger.close()

    def test_what_two_writers_read_and_add_to_adds_up(self, app):
        def one_more(_: int) -> None:
            with transaction():
                row = db.session.scalars(select(Item).where(Item.code == "swab").with_for_update()).one()
                row.minimum += 1

        before = db.session.scalars(select(Item.minimum).where(Item.code == "swab")).one()
        at_once(app, one_more, 8)
        db.session.rollback()
        assert db.session.scalars(select(Item.minimum).where(Item.code == "swab")).one() == before + 8
