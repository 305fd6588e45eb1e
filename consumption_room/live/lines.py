"""The lines to displays: how many there may be, who is shown out, and one word sent on all of them at once."""

import contextlib
import socket
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import structlog
from socketio.packet import EVENT, Packet
from wsproto.frame_protocol import FrameProtocol

from consumption_room import clock

SAYS_WHO_WITHIN_S = 5.0
"""How long a line may hold a thread without having been let in."""

SETTLES_WITHIN_S = 1.0
"""A line so young may still be waiting for the library's own greeting, and hears through the library."""

DEAD_AFTER_MS = 6_000
"""How long the far end may leave unconfirmed what it was sent, beats each two seconds, before its thread comes back."""

_LINE = "room.line"
_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0) | getattr(socket, "MSG_NOSIGNAL", 0)

log = structlog.get_logger()


@dataclass(eq=False)
class Line:
    """A socket that holds a thread: since when, and since when and as whom it was let in."""

    wire: socket.socket | None
    since: float
    let_in_at: float | None = None
    sid: str = ""


class Lines:
    """The threads that sockets may hold: those not reserved for requests, and none for a silent stranger."""

    def __init__(self, inner: Callable[..., Any], most: int) -> None:
        """``inner`` is the application with its sockets; ``most`` is how many sockets there may be."""
        self.inner, self.most = inner, most
        self._guard = threading.Lock()
        self._lines: list[Line] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Let a request through; a socket only while there is a place for it (503)."""
        if environ.get("HTTP_UPGRADE", "").lower() != "websocket":
            return self.inner(environ, start_response)
        line = environ[_LINE] = Line(environ.get("gunicorn.socket"), clock.monotonic())
        with self._guard:
            full = len(self._lines) >= self.most
            if not full:
                self._lines.append(line)
        if full:
            log.warning("a socket was refused", trouble="all places for displays are taken")
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"All places for displays are taken."]
        try:
            return self.inner(environ, start_response)
        finally:
            with self._guard:  # the server closes the wire only after this, never while somebody sends on it
                self._lines.remove(line)

    def keep(self, environ: dict[str, Any], sid: str) -> None:
        """The socket of this request was let in, and is called ``sid`` from now on."""
        if line := environ.get(_LINE):
            line.sid, line.let_in_at = sid, clock.monotonic()
            _give_up_on_the_dead(line)

    def let_go(self, sid: str) -> None:
        """This one has said goodbye: nothing more is sent to it, even while its wire still stands."""
        with self._guard:
            for line in self._lines:
                if line.sid == sid:
                    line.sid = ""

    def show_out(self) -> None:
        """Cut off every socket that was not let in in time, so that its thread comes back."""
        now = clock.monotonic()
        with self._guard:
            strangers = [
                line for line in self._lines if line.let_in_at is None and now - line.since > SAYS_WHO_WITHIN_S
            ]
            for line in strangers:
                _cut(line)

    def send(self, event: str, said: dict[str, Any], to: Container[str] | None = None) -> set[str]:
        """Send one event on every settled line, or on those of ``to``; gives who has it now.

        The library has a thread for each display, and hundreds of answers compete with them. Here the same bytes go
        out on all wires in one go. Nobody waits: a wire that takes nothing has not been read for minutes, and is cut
        so that the display comes again and asks for the whole list.
        """
        frame, now, reached = _frame(event, said), clock.monotonic(), set()
        with self._guard:
            for line in self._lines:
                settled = line.let_in_at is not None and now - line.let_in_at > SETTLES_WITHIN_S
                if line.wire is None or not line.sid or not settled or not (to is None or line.sid in to):
                    continue
                if _sent(line.wire, frame):
                    reached.add(line.sid)
                else:
                    _cut(line)
        return reached


def _frame(event: str, said: dict[str, Any]) -> bytes:
    """A Socket.IO event in an Engine.IO message in a WebSocket frame."""
    words: str = "4" + Packet(EVENT, data=[event, said]).encode()
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(words, fin=True))


def _sent(wire: socket.socket, frame: bytes) -> bool:
    with contextlib.suppress(OSError):
        return wire.send(frame, _AT_ONCE) == len(frame)
    return False


def _give_up_on_the_dead(line: Line) -> None:
    """A far end that died without a word would hold its thread for a quarter of an hour: the library only forgets."""
    if line.wire is not None:
        with contextlib.suppress(OSError, AttributeError):  # not on every system, nor on every kind of wire
            line.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_MS)


def _cut(line: Line) -> None:
    if line.wire is not None:
        with contextlib.suppress(OSError):
            line.wire.shutdown(socket.SHUT_RDWR)
