"""Several server processes on one database: an alarm pressed at one is heard at the other, woken or not (H5)."""

import contextlib

import psycopg
import pytest

from consumption_room.vocabulary.staff import DeviceKind
from tests.servers import Server
from tests.test_live import Display
from tests.test_server import ask


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_lost_wake_up_between_processes_loses_no_alarm(server, cast, tmp_path):
    (tmp_path / "other").mkdir()
    with (
        Server(tmp_path / "other", server.database_url) as other,
        psycopg.connect(server.database_url.replace("+psycopg", ""), autocommit=True) as operator,
        contextlib.closing(Display(other.url, cast.keys[DeviceKind.WALL])) as wall,
    ):
        ask(f"{server.url}/api/v1/alerts", cast.keys[DeviceKind.BUTTON], {"place": "cubicle-1"})
        wall.hears("alert", lambda said: said["place"] == "cubicle-1")
        deafened = operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        ).fetchall()
        assert len(deafened) == 2
        ask(f"{server.url}/api/v1/alerts", cast.keys[DeviceKind.BUTTON], {"place": "cubicle-2"})
        wall.hears("alert", lambda said: said["place"] == "cubicle-2")
