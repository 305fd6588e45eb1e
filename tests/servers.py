"""A real server process on a port of its own, with a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

READY_WITHIN_S = 30


class Server:
    """``consumption-room serve``: started, killed and started again on the same data and the same port."""

    def __init__(
        self, folder: Path, database_url: str = "", threads: int = 60, host: str = "127.0.0.1", **settings: object
    ) -> None:
        """``folder`` holds the database (or its secret alone, with a ``database_url``); more settings by name."""
        self.folder, self.database_url, self.threads, self.host = folder, database_url, threads, host
        self.settings = {f"ROOM_{name.upper()}": str(value) for name, value in settings.items()}
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        # Beyond this machine only behind a proxy, unless a test stands in for one.
        self.more = {} if host == "127.0.0.1" else {"ROOM_HTTPS": "true"}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Started and ready."""
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Nothing of it runs on."""
        self.kill()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "server.log").read_text()

    @property
    def environment(self) -> dict[str, str]:
        """What a command on this room is run with."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROOM_")}
        ours = {"ROOM_DATA_DIR": str(self.folder), "ROOM_DATABASE_URL": self.database_url}
        return clean | ours | self.settings | self.more

    def command(self) -> list[str]:
        """What starts it."""
        serve = [str(Path(sys.executable).parent / "consumption-room"), "serve", "--host", self.host]
        return [*serve, "--port", str(self.port), "--threads", str(self.threads)]

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_ready()

    def run(self, *words: str) -> str:
        """What the command prints for these words, on the same room while it is served."""
        command = Path(sys.executable).parent / "consumption-room"
        done = subprocess.run([command, *words], env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def kill(self) -> None:
        """``kill -9`` to the process and everything it started."""
        if self.process is not None:
            if self.process.poll() is None:
                self._signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Tell it to stop, as a service manager does before an upgrade, and wait until it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=READY_WITHIN_S)
        self.process = None

    def kill_the_worker(self) -> None:
        """``kill -9`` to the process that answers, which holds everything; its master starts another at once."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        while any(Path(f"/proc/{child}").exists() for child in children):  # until its master has seen that it is dead
            time.sleep(0.005)

    def freeze(self) -> None:
        """Stop every process of it where it stands; its connections stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def wait_until_ready(self) -> None:
        """Until it says so itself; fails with its log after half a minute."""
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with urlopen(f"{self.url}/readyz", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"The server did not become ready:\n{self.log}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
