"""Many displays in one process of their own: each a real WebSocket speaking Socket.IO, noting when an alarm came."""

import json
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

import websocket


class Displays:
    """``many`` displays; ``arrivals`` gives, for the last press, when each one heard it (monotonic seconds)."""

    def __init__(self, port: int, many: int, key: str | None) -> None:
        """Connect them all, in another process, so that the presser's clock is not disturbed."""
        self.ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self.process = multiprocessing.get_context("spawn").Process(target=_run, args=(port, many, key, theirs))
        self.process.start()
        if self.ours.recv() != "ready":
            raise RuntimeError("The displays could not connect.")

    def arrivals(self, code: str) -> list[float]:
        """When each display heard of this alarm; waits until all have, at most ten seconds."""
        self.ours.send(code)
        found: list[float] = self.ours.recv()
        return found

    def close(self) -> None:
        """Let them go."""
        self.ours.send(None)
        self.process.join(5)
        self.process.kill()


def _run(port: int, many: int, key: str | None, pipe: Connection) -> None:
    heard: dict[str, dict[int, float]] = {}
    changed = threading.Condition()
    ready = threading.Barrier(many + 1)

    def listen(number: int) -> None:
        socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", suppress_origin=True, timeout=30
        )
        socket.recv()
        socket.send("40" + (json.dumps({"key": key}) if key else ""))
        while not socket.recv().startswith("40"):
            pass
        ready.wait()
        while True:
            said = socket.recv()
            at = time.perf_counter()
            if said == "2":
                socket.send("3")
            elif said.startswith('42["alert"'):
                alarm = json.loads(said[2:])[1]
                if alarm["state"] == "raised":
                    for stage in ("received", "shown"):
                        socket.send("42" + json.dumps(["receipt", {"code": alarm["code"], "stage": stage}]))
                with changed:
                    heard.setdefault(alarm["code"], {}).setdefault(number, at)
                    changed.notify_all()

    for number in range(many):
        threading.Thread(target=listen, args=(number,), daemon=True).start()
    ready.wait()
    pipe.send("ready")
    while (code := pipe.recv()) is not None:
        with changed:
            changed.wait_for(lambda code=code: len(heard.get(code, {})) == many, timeout=10)
            pipe.send(list(heard.pop(code, {}).values()))
