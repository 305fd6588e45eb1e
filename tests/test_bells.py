"""A broadcast reaches every display that lives, whatever the others do at that moment."""

import socket
import threading
import time
from collections.abc import Callable

import pytest
from engineio.socket import Socket
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from consumption_room import presence, signals
from consumption_room.live.lines import SETTLES_WITHIN_S, Lines
from consumption_room.live.sockets import Bells

ALARM = {"code": "abc", "state": "raised"}


class Dying(Socket):
    """A display whose line breaks between the look at it and the word to it."""

    looks = 0

    @property
    def closed(self) -> bool:
        """Still there at the first look, gone at every later one."""
        self.looks += 1
        return self.looks > 1

    @closed.setter
    def closed(self, _value: bool) -> None:
        """The library says so when it makes one."""


@pytest.fixture
def bells(app):
    """The bells of an application with two displays that have only just come: one dies as it is told."""
    found: Bells = app.extensions["room.bells"]
    server = found.socketio.server
    for name, line in {"dies": Dying(server.eio, "dies"), "lives": Socket(server.eio, "lives")}.items():
        server.eio.sockets[name] = line
        sid = server.manager.connect(name, "/")
        presence.register.add(presence.Display(sid=sid, label=name, device=None, staff=None))
    yield found
    for display in presence.register.all():
        presence.register.drop(display.sid)


def test_a_display_that_dies_as_it_is_told_keeps_the_alarm_from_nobody(bells):
    bells.ring(signals.ALERT, ALARM)
    assert '"abc"' in bells.socketio.server.eio.sockets["lives"].queue.get_nowait().encode()


@pytest.fixture
def connect():
    """Open a line under a name, settled; gives the far end of its wire."""
    leave = threading.Event()

    def stay(environ, _start_response):
        lines.keep(environ, environ["name"])
        leave.wait(30)

    lines, far_ends, holding = Lines(stay, most=10), [], []

    def connecting(name: str, prepare: Callable[[socket.socket], None] = lambda _wire: None) -> socket.socket:
        wire, far = socket.socketpair()
        prepare(wire)
        far.settimeout(5)
        environ = {"HTTP_UPGRADE": "websocket", "gunicorn.socket": wire, "name": name}
        holding.append((threading.Thread(target=lines, args=(environ, None)), wire))
        holding[-1][0].start()
        far_ends.append(far)
        return far

    connecting.lines = lines
    yield connecting
    leave.set()
    for thread, wire in holding:
        thread.join()
        wire.close()
    for far in far_ends:
        far.close()


def fill(wire: socket.socket) -> None:
    """Send until the far end, which never reads, can take no more."""
    wire.setblocking(False)
    try:
        while True:
            wire.send(b"x" * 65536)
    except BlockingIOError:
        wire.setblocking(True)


def said(far: socket.socket) -> list[str]:
    """The text frames that came to this end of a wire, read as a browser would."""
    reader = Connection(ConnectionType.CLIENT)
    reader.receive_data(far.recv(65536))
    return [event.data for event in reader.events() if isinstance(event, TextMessage)]


def test_a_wire_nobody_reads_is_cut_and_keeps_the_alarm_from_nobody(connect):
    stuck, reads = connect("stuck", fill), connect("reads")
    time.sleep(SETTLES_WITHIN_S + 0.2)
    began = time.monotonic()
    reached = connect.lines.send("alert", ALARM)
    assert time.monotonic() - began < 1
    assert reached == {"reads"}
    assert said(reads) == ['42["alert",{"code":"abc","state":"raised"}]']
    while stuck.recv(1 << 20):  # what it had not read, and then the end: it comes again and asks for the whole list
        pass


def test_only_those_meant_are_told(connect):
    one, other = connect("one"), connect("other")
    time.sleep(SETTLES_WITHIN_S + 0.2)
    assert connect.lines.send("self_test", {"id": "t"}, to={"other"}) == {"other"}
    assert said(other) == ['42["self_test",{"id":"t"}]']
    one.settimeout(0.2)
    with pytest.raises(TimeoutError):
        one.recv(10)


def test_a_line_that_has_only_just_come_hears_through_the_library(connect):
    connect("young")
    time.sleep(0.2)
    assert connect.lines.send("alert", ALARM) == set()
