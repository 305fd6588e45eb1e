"""P1 and P21 on PostgreSQL: its sessions are cut while alarms are raised, and its wake-ups are lost."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import requests

from tests import evidence
from tests.databases import POSTGRES
from tests.faults.builds import ANSWERED, Build, naive_server
from tests.faults.measures import FIGURES_ARE_TAKEN, at_most, many
from tests.faults.test_storing import is_lost, note, rings_and_is_stored
from tests.servers import Server

SECONDS = many("ROOM_CUT_SESSIONS_S", 3)
ARRIVES_S = 2
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
LISTENING = f"{CUT} AND query LIKE 'LISTEN%'"


@pytest.fixture
def engine() -> str:
    """Sessions are PostgreSQL's."""
    return "postgresql"


@pytest.fixture
def naive_on_postgresql(tmp_path, postgres_shelf):
    """The naive room with its table in a database like ours."""
    address = postgres_shelf.copy(tmp_path / "naive", furniture=False)
    with naive_server(tmp_path / "naive", address) as server:
        yield Build(server, None)
    postgres_shelf.drop(address)


class Cutter:
    """Cuts sessions again and again, in a thread of its own, until told to stop."""

    def __init__(self, address: str, statement: str, every_s: float) -> None:
        """Nothing is cut yet."""
        self.statement, self.every_s = statement, every_s
        self.connection = psycopg.connect(address, autocommit=True)
        self.stop = threading.Event()
        self.cut = 0
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Cutter":
        """At work."""
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Done."""
        self.stop.set()
        self.thread.join()
        self.connection.close()

    def _run(self) -> None:
        while not self.stop.wait(self.every_s):
            self.cut += len(self.connection.execute(self.statement).fetchall())


def answered_while_sessions_are_cut(build: Build, seconds: float) -> tuple[set[str], int]:
    """Raise alarms for so long while every session is cut five times a second; gives the answered, and the cuts."""
    answered: set[str] = set()
    session = requests.Session()
    until = time.monotonic() + seconds
    with Cutter(build.server.database_url, CUT, 0.2) as cutter:
        while time.monotonic() < until:
            answer = build.press(session)
            if answer.status_code in ANSWERED:
                answered.add(answer.json()["code"])
                build.somebody_is_there(answer.json()["code"], session)
            else:
                assert answer.status_code == 507
    return answered, cutter.cut


def test_an_alarm_that_was_answered_is_there_however_many_sessions_are_cut(ours, engine):
    answered, cut = answered_while_sessions_are_cut(ours, SECONDS)
    assert answered
    assert cut
    assert answered <= ours.open_alarms().keys()
    evidence.note(
        "Alarms answered 201 and lost, while database sessions are terminated",
        f"0 lost of {len(answered)} with {cut} sessions terminated",
        threshold="0",
        engine=engine,
        command=f"ROOM_CUT_SESSIONS_S={SECONDS} pytest tests/faults/test_sessions.py",
    )


def test_the_naive_room_loses_alarms_when_its_sessions_are_cut(naive_on_postgresql):
    naive = naive_on_postgresql
    answered: set[str] = set()
    for _ in range(5):
        answered |= answered_while_sessions_are_cut(naive, 2)[0]
        time.sleep(1)
        naive.server.kill()
        naive.server.start()
        if lost := answered - naive.open_alarms().keys():
            break
    assert lost


@contextmanager
def away(address: str) -> Iterator[None]:
    """The database lets nobody in inside the block."""
    name = address.rpartition("/")[2]
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_an_alarm_rings_while_the_database_is_away_and_is_stored_afterwards(ours, displays):
    (display,) = displays(ours, 1)
    took = rings_and_is_stored(ours, display, away(ours.server.database_url), 3)
    note("A press while the database server lets nobody in", took, "", engine="postgresql")


def test_the_naive_room_says_yes_and_loses_an_alarm_while_its_database_is_away(naive_on_postgresql):
    assert is_lost(naive_on_postgresql, away(naive_on_postgresql.server.database_url), 1)


def test_alarms_arrive_from_another_process_when_no_wake_up_does(ours, engine, database_url):
    with Server(ours.server.folder, database_url) as neighbour:
        display = ours.display(neighbour)
        with Cutter(database_url, LISTENING, 0.05) as cutter:
            worst = 0.0
            for _ in range(5):
                code = ours.alarm()
                began = time.monotonic()
                assert display.shows({code}, at_most(ARRIVES_S))
                worst = max(worst, time.monotonic() - began)
        neighbour.freeze()
        began = time.monotonic()
        answer = ours.press()
        hung = time.monotonic() - began
        neighbour.thaw()
        # It may have been stopped with the journal's lock in its hand.
        assert answer.status_code in {*ANSWERED, 507}
        assert hung <= at_most(ARRIVES_S)
        display.close()
    assert cutter.cut
    assert worst <= ARRIVES_S or not FIGURES_ARE_TAKEN
    evidence.note(
        "An alarm reaches another process's display while every wake-up is lost",
        f"{worst:.2f} s at most",
        threshold=f"at most {ARRIVES_S} s",
        engine=engine,
        command="pytest tests/faults/test_sessions.py",
    )


def test_an_alarm_never_arrives_from_another_naive_process(naive_on_postgresql, tmp_path):
    naive = naive_on_postgresql
    with naive_server(tmp_path / "naive", naive.server.database_url) as neighbour:
        display = naive.display(neighbour)
        assert not display.shows({naive.alarm()}, ARRIVES_S)
        display.close()
