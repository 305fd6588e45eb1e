"""A herd of displays in a process of its own: each comes back whenever it is cut off, and asks for the whole list."""

import contextlib
import json
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

import websocket


class Herd:
    """``many`` displays on a port of this machine."""

    def __init__(self, port: int, many: int, key: str | None) -> None:
        """On their way."""
        crews = multiprocessing.get_context("spawn")
        self.ours, theirs = crews.Pipe()
        self.process = crews.Process(target=_run, args=(port, many, key, theirs), daemon=True)
        self.process.start()

    def complete(self, codes: set[str], within_s: float) -> int:
        """How many of them have been told all of these since they last came, once all have or the time is over."""
        self.ours.send((codes, within_s))
        found: int = self.ours.recv()
        return found

    def close(self) -> None:
        """Let them go."""
        self.process.kill()
        self.process.join()


def _run(port: int, many: int, key: str | None, pipe: Connection) -> None:
    known: dict[int, set[str]] = {number: set() for number in range(many)}
    changed = threading.Condition()

    def told(number: int, alarms: list[dict[str, str]]) -> None:
        with changed:
            known[number] |= {alarm["code"] for alarm in alarms}
            changed.notify_all()

    def stay(number: int) -> None:
        line = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", suppress_origin=True, timeout=30
        )
        line.recv()
        line.send("40" + (json.dumps({"key": key}) if key else ""))
        while True:
            said = line.recv()
            if not said or said.startswith("44"):
                return
            if said == "2":
                line.send("3")
            elif said.startswith("40"):
                line.send('421["sync",{"after":0}]')
            elif said.startswith("431["):
                told(number, json.loads(said[3:])[0]["alerts"])
            elif said.startswith('42["alert"'):
                told(number, [json.loads(said[2:])[1]])

    def come_again(number: int) -> None:
        while True:
            with contextlib.suppress(OSError, websocket.WebSocketException):
                stay(number)
            with changed:
                known[number].clear()
            time.sleep(0.5)

    for number in range(many):
        threading.Thread(target=come_again, args=(number,), daemon=True).start()
    while True:
        codes, within_s = pipe.recv()
        with changed:
            changed.wait_for(lambda codes=codes: all(codes <= has for has in known.values()), within_s)
            pipe.send(sum(codes <= has for has in known.values()))
