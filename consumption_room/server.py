"""The production server: gunicorn with threads, one worker, and the room's own threads beside the requests."""

import gc
import importlib.util
import os
import socket
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from consumption_room import database, watch
from consumption_room.app import create_app, schema_is_current
from consumption_room.errors import Unsafe
from consumption_room.integrations import outbox
from consumption_room.live import pump
from consumption_room.logs import keep_logs
from consumption_room.outward import is_this_machine
from consumption_room.settings import Settings
from consumption_room.timekeeping.service import EVERY_S, comparison

NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs"})


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, started from the command line's own settings and nothing else."""

    def __init__(self, settings: Settings) -> None:
        """``settings`` say where to listen and with how many threads."""
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """One worker of many threads: each open display holds one."""
        chosen: dict[str, Any] = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": self.settings.threads,
            "timeout": 60,
            "graceful_timeout": 2,
            "keepalive": 15,
            "loglevel": "warning",
            "post_worker_init": start_threads,
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker: threads and connections do not survive a fork."""
        keep_logs()
        return create_app(self.settings)


def start_threads(worker: Any) -> None:
    """Start the pump and the watch in the worker that answers requests."""
    app: Flask = worker.wsgi
    gc.collect()
    gc.freeze()  # what was made at the start stays: without this, looking it through now and then delays an alarm
    stop = pump.start(app)
    pump.keep_doing("watch", watch.Rounds(app).step, watch.EVERY_S, stop)
    pump.keep_doing("clock", lambda: comparison.ask(app.extensions["room"].settings.time_server), EVERY_S, stop)
    for name, step in outbox.parts(app):
        pump.keep_doing(name, step, outbox.LOOK_EVERY_S, stop)


def serve(settings: Settings) -> None:
    """Serve until told to stop; raise ``Unsafe`` instead when something could lose an alarm or leak a name."""
    check(settings)
    Server(settings).run()


def check(settings: Settings) -> None:
    """Raise ``Unsafe`` with the reason and the remedy when this installation must not be served."""
    for unfit in ("eventlet", "gevent"):
        if importlib.util.find_spec(unfit):
            raise Unsafe(f"{unfit} is installed here and delays alarms by seconds; uninstall it.")
    if os.environ.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false"}:
        raise Unsafe("FLASK_DEBUG is set: error pages would show what people told us. Unset it.")
    if not settings.https and not is_this_machine(settings.host):
        raise Unsafe(
            f"Serving {settings.host} without TLS would send sign-ins in clear. "
            "Serve 127.0.0.1 behind a TLS proxy and set https = true."
        )
    if settings.url.startswith("sqlite") and (kind := _file_system(settings.data_dir)) in NETWORK_FILE_SYSTEMS:
        raise Unsafe(f"The data folder lies on a network file system ({kind}), where SQLite's locks do not hold.")
    outbox.places(settings)
    app = create_app(settings)
    with app.app_context():
        database.check_engine()
        if not schema_is_current():
            raise Unsafe("The database is not up to date. Run: consumption-room setup")
        database.db.engine.dispose()


def check_port(settings: Settings) -> None:
    """Raise ``Unsafe`` when another program, perhaps another room, listens where this one would."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as taken:
            raise Unsafe(f"Port {settings.port} on {settings.host} cannot be used: {taken.strerror}.") from taken


def _file_system(folder: Path) -> str:
    """The kind of file system a folder lies on, from the kernel's table; empty where there is none."""
    table = Path("/proc/mounts")
    if not table.exists():
        return ""
    mounts = [line.split()[1:3] for line in table.read_text().splitlines()]
    fitting = [(len(at), kind) for at, kind in mounts if folder.is_relative_to(at)]
    return max(fitting)[1] if fitting else ""
