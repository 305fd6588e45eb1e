"""A naive room: it emits once, keeps its timers in memory, stores when it gets round to it, and beats as by default."""

import queue
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory
from flask_socketio import SocketIO
from gunicorn.app.base import BaseApplication
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

SCRIPTS = Path(__file__).parents[3] / "static" / "vendor" / "socket.io-client"
FIRST_STEP_AFTER_S = 2.0
STORE_EVERY_S = 0.5
WALL = """<!doctype html><title>Wall</title><p id="line-lost" hidden>Not connected.</p><ul id="open"></ul>
<script type="module">
import { io } from "/scripts/socket.io.esm.min.js";
const socket = io({ transports: ["websocket"] });
socket.on("alert", (alert) => {
  document.querySelector("#open").innerHTML += `<li data-field="place">${alert.place.replace("cubicle-", "")}</li>`;
});
socket.on("disconnect", () => { document.querySelector("#line-lost").hidden = false; });
socket.on("connect", () => { document.querySelector("#line-lost").hidden = true; });
</script>"""
FLOOR = """<!doctype html><title>Floor</title><button id="bell">Alarm in cubicle 3</button><p id="said"></p>
<script type="module">
document.querySelector("#bell").addEventListener("click", async () => {
  const body = JSON.stringify({ place: "cubicle-3", kind: "overdose" });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/v1/alerts", { method: "POST", headers, body });
  document.querySelector("#said").textContent = answer.ok ? "Sent." : "";
});
</script>"""

metadata = MetaData()
stored = Table("naive_alarm", metadata, Column("code", String, primary_key=True), Column("place", String))


def make(address: str) -> Flask:
    """The whole of it; ``address`` is a database of its own."""
    # Whoever waits for a lock waits a second, and then gives up.
    waits = {"timeout": 1} if address.startswith("sqlite") else {}
    engine = create_engine(address, connect_args=waits)
    metadata.create_all(engine)
    app = Flask("naive")
    socketio = SocketIO(app, async_mode="threading")
    to_store: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    with engine.connect() as connection:
        alarms = {row.code: _alarm(row.code, row.place) for row in connection.execute(select(stored))}

    def store() -> None:
        while True:
            time.sleep(STORE_EVERY_S)
            rows = [to_store.get() for _ in range(to_store.qsize())]
            try:
                with engine.begin() as connection:
                    for row in rows:
                        connection.execute(insert(stored), row)
            except SQLAlchemyError as trouble:
                print("could not store", type(trouble).__name__, flush=True)

    def escalate(code: str) -> None:
        alarms[code]["step"] += 1
        socketio.emit("alert", alarms[code])

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    @app.get("/wall")
    def wall() -> str:
        return WALL

    @app.get("/floor")
    def floor() -> str:
        return FLOOR

    @app.get("/api/v1/devices")
    def devices() -> dict[str, Any]:
        return {"items": [{"kind": "wall", "able": True} for _ in socketio.server.eio.sockets]}

    @app.get("/scripts/<name>")
    def script(name: str) -> Response:
        return send_from_directory(SCRIPTS, name)

    @app.post("/api/v1/alerts")
    def press() -> tuple[dict[str, Any], int]:
        alarm = _alarm(secrets.token_hex(6), str(request.get_json()["place"]))
        alarms[alarm["code"]] = alarm
        socketio.emit("alert", alarm)
        to_store.put({"code": alarm["code"], "place": alarm["place"]})
        timer = threading.Timer(FIRST_STEP_AFTER_S, escalate, [alarm["code"]])
        timer.daemon = True
        timer.start()
        return alarm, 201

    @app.post("/api/v1/alerts/<code>/on-scene")
    def on_scene(code: str) -> dict[str, Any]:
        return alarms[code]

    @app.get("/api/v1/alerts")
    def open_alarms() -> dict[str, Any]:
        return {"items": list(alarms.values()), "next": None}

    threading.Thread(target=store, daemon=True).start()
    return app


def _alarm(code: str, place: str) -> dict[str, Any]:
    return {"code": code, "place": place, "state": "raised", "step": 0, "seq": 0}


class Server(BaseApplication):  # type: ignore[misc]
    """The same gunicorn as the room's."""

    def __init__(self, address: str, bind: str) -> None:
        """``bind`` is an address and a port."""
        self.address, self.bind = address, bind
        super().__init__()

    def load_config(self) -> None:
        """One worker of many threads."""
        chosen = {"bind": self.bind, "worker_class": "gthread", "threads": 180, "loglevel": "warning"}
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker."""
        return make(self.address)


if __name__ == "__main__":
    Server(*sys.argv[1:3]).run()
