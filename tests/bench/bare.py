"""The bare servers: one commits a row and emits it, one commits a row; nothing else stands in between."""

import sys
from pathlib import Path
from typing import Any

from flask import Flask
from flask_socketio import SocketIO
from gunicorn.app.base import BaseApplication
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, event, insert

from consumption_room.database import sqlite_driver

metadata = MetaData()
row = Table("row", metadata, Column("id", Integer, primary_key=True), Column("said", String))


def make(folder: Path) -> Flask:
    """A Flask application over the same SQLite, with the same durability, as the room's."""
    engine = create_engine(
        f"sqlite:///{folder / 'bare.db'}",
        module=sqlite_driver,
        connect_args={"check_same_thread": False, "timeout": 10},
    )

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    metadata.create_all(engine)
    app = Flask("bare")
    socketio = SocketIO(app, async_mode="threading", ping_interval=5, ping_timeout=4)

    def commit() -> None:
        with engine.begin() as connection:
            connection.execute(insert(row), {"said": "something"})

    @app.post("/press")
    def press() -> tuple[dict[str, str], int]:
        commit()
        socketio.emit("alert", {"code": "bare", "state": "raised"})
        return {"code": "bare"}, 201

    @app.post("/row")
    def one_row() -> tuple[dict[str, str], int]:
        commit()
        return {"ok": "yes"}, 201

    return app


class Server(BaseApplication):  # type: ignore[misc]
    """The same gunicorn as the room's."""

    def __init__(self, folder: Path, port: int) -> None:
        """Listen on loopback."""
        self.folder, self.port = folder, port
        super().__init__()

    def load_config(self) -> None:
        """One worker of many threads."""
        chosen = {"bind": f"127.0.0.1:{self.port}", "worker_class": "gthread", "threads": 180, "loglevel": "warning"}
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker."""
        return make(self.folder)


if __name__ == "__main__":
    Server(Path(sys.argv[1]), int(sys.argv[2])).run()
