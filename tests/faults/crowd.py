"""A crowd of displays in one process and one thread: real wires speaking Socket.IO, cheap enough not to be measured."""

import contextlib
import json
import multiprocessing
import os
import selectors
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Iterator
from multiprocessing.connection import Connection

BEAT_EVERY_S = 2.0
CAME, SHOWED, TALLY, BLINK, LEAVE = "came", "showed", "tally", "blink", "leave"
UPGRADE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cm9vbSByb29tIHJvb20gMQ==\r\n\r\n"
)
BEAT = '42["beat",{"seq":0,"visible":true,"audio":true,"build":"crowd"}]'

Shown = tuple[str, list[tuple[float, float]]]
"""The code of an alarm, and for each display when it was shown there and when that display had come (monotonic)."""


class Crowd:
    """``many`` displays on a port of this machine, in a process of their own."""

    def __init__(self, port: int, many: int, key: str | None, away_s: float = 1) -> None:
        """All of them are connected, or ``RuntimeError``; one that is cut off comes back after ``away_s``."""
        crews = multiprocessing.get_context("spawn")
        self.ours, theirs = crews.Pipe()
        self.process = crews.Process(target=_run, args=(port, many, key, away_s, theirs), daemon=True)
        self.process.start()
        if not (self.ours.poll(30) and self.ours.recv()[0] == CAME):
            self.close()
            raise RuntimeError("The displays could not connect.")

    def shown_by_all(self, within_s: float) -> Shown | None:
        """The next alarm that stands on every display; ``None`` when no further one comes in time."""
        if self.ours.poll(within_s):
            what, shown = self.ours.recv()
            if what == SHOWED:
                found: Shown = shown
                return found
        return None

    def blink(self) -> None:
        """One display, another one each time, goes away, and comes back."""
        self.ours.send(BLINK)

    def tally(self) -> dict[str, int]:
        """On how many displays each alarm was shown that is not on all of them."""
        self.ours.send(TALLY)
        while True:
            what, told = self.ours.recv()
            if what == TALLY:
                found: dict[str, int] = told
                return found

    def close(self) -> None:
        """Switched off."""
        with contextlib.suppress(OSError):
            self.ours.send(LEAVE)
        self.process.join(3)
        self.process.kill()
        self.process.join()


class Wire:
    """One display's WebSocket."""

    def __init__(self, port: int, key: str | None) -> None:
        """On its way; what the far end says comes out of ``hear``."""
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.key, self.came_at = key, float("inf")
        self.buffer = b""
        self.wire.sendall(UPGRADE.format(port=port).encode())
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self._more()
        self.buffer = self.buffer.partition(b"\r\n\r\n")[2]
        self.say("40" + (json.dumps({"key": key}) if key else ""))

    def _more(self) -> bytes:
        more = self.wire.recv(65536)
        if not more:
            raise ConnectionResetError
        return more

    def say(self, *words: str) -> None:
        """Text frames, masked with nothing."""
        self.wire.sendall(b"".join(_masked(word.encode()) for word in words))

    def hear(self) -> Iterator[str]:
        """The text frames that have come."""
        self.buffer += self._more()
        while len(self.buffer) >= 2:
            length, start = self.buffer[1] & 127, 2
            if length == 126:
                length, start = struct.unpack_from("!H", self.buffer.ljust(4, b"\0"), 2)[0], 4
            elif length == 127:
                length, start = struct.unpack_from("!Q", self.buffer.ljust(10, b"\0"), 2)[0], 10
            if len(self.buffer) < start + length:
                return
            said, self.buffer = self.buffer[start : start + length], self.buffer[start + length :]
            yield said.decode()


def _masked(payload: bytes) -> bytes:
    length = len(payload)
    head = bytes([0x81, 0x80 | length]) if length < 126 else bytes([0x81, 0xFE]) + struct.pack("!H", length)
    return head + bytes(4) + payload


class _Displays:
    """The loop over all wires."""

    def __init__(self, port: int, many: int, key: str | None, away_s: float, pipe: Connection) -> None:
        self.port, self.many, self.key, self.away_s, self.pipe = port, many, key, away_s, pipe
        self.look = selectors.DefaultSelector()
        self.look.register(pipe, selectors.EVENT_READ, None)
        self.wires: dict[int, Wire | None] = {}
        self.shown: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
        self.all_have: set[str] = set()
        self.comes_back: dict[int, float] = {}
        self.blinks = 0
        self.told = False

    def run(self) -> None:
        for number in range(self.many):
            self.connect(number)
        beat_at = 0.0
        while True:
            for ready, _ in self.look.select(0.05):
                if ready.data is None:
                    if not self.obey(self.pipe.recv()):
                        os._exit(0)
                else:
                    self.hear(ready.data)
            now = time.monotonic()
            for number in [number for number, at in self.comes_back.items() if at <= now]:
                del self.comes_back[number]
                self.connect(number)
            if now - beat_at >= BEAT_EVERY_S:
                beat_at = now
                for number in list(self.wires):
                    self.say(number, BEAT)

    def connect(self, number: int) -> None:
        try:
            wire = self.wires[number] = Wire(self.port, self.key)
        except OSError:
            self.comes_back[number] = time.monotonic() + self.away_s
            return
        self.look.register(wire.wire, selectors.EVENT_READ, number)

    def lose(self, number: int) -> None:
        if wire := self.wires.get(number):
            self.look.unregister(wire.wire)
            wire.wire.close()
            self.wires[number] = None
            self.comes_back[number] = time.monotonic() + self.away_s

    def say(self, number: int, *words: str) -> None:
        if wire := self.wires.get(number):
            try:
                wire.say(*words)
            except OSError:
                self.lose(number)

    def hear(self, number: int) -> None:
        wire = self.wires.get(number)
        if wire is None:
            return
        try:
            for said in wire.hear():
                self.heard(number, wire, said)
        except OSError:
            self.lose(number)

    def heard(self, number: int, wire: Wire, said: str) -> None:
        if said == "2":
            self.say(number, "3")
        elif said.startswith("40"):
            wire.came_at = time.monotonic()
            self.say(number, BEAT, '421["sync",{"after":0}]')
            if not self.told and all(one and one.came_at < float("inf") for one in self.wires.values()):
                self.told = len(self.wires) == self.many
                self.pipe.send((CAME, None))
        elif said.startswith("431["):
            for alarm in json.loads(said[3:])[0]["alerts"]:
                self.show(number, wire, alarm)
        elif said.startswith('42["alert"'):
            self.show(number, wire, json.loads(said[2:])[1])

    def show(self, number: int, wire: Wire, alarm: dict[str, str]) -> None:
        if alarm["state"] != "raised":
            return
        code = alarm["code"]
        receipts = (json.dumps(["receipt", {"code": code, "stage": stage}]) for stage in ("received", "shown"))
        self.say(number, *(f"42{one}" for one in receipts))
        has = self.shown[code]
        if number not in has and code not in self.all_have:
            has[number] = (time.monotonic(), wire.came_at)
            if len(has) == self.many:
                self.all_have.add(code)
                self.pipe.send((SHOWED, (code, list(self.shown.pop(code).values()))))

    def obey(self, word: str) -> bool:
        if word == BLINK:
            self.lose(self.blinks % self.many)
            self.blinks += 1
        elif word == TALLY:
            self.pipe.send((TALLY, {code: len(has) for code, has in self.shown.items() if code not in self.all_have}))
        return word != LEAVE


def _run(port: int, many: int, key: str | None, away_s: float, pipe: Connection) -> None:
    _Displays(port, many, key, away_s, pipe).run()
