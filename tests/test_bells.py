"""A broadcast reaches every display that lives, whatever the others do at that moment."""

from engineio.socket import Socket

from consumption_room.live.sockets import Bells


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


def test_a_display_that_dies_as_it_is_told_keeps_the_alarm_from_nobody(app):
    bells: Bells = app.extensions["room.bells"]
    server = bells.socketio.server
    lines = {"dies": Dying(server.eio, "dies"), "lives": Socket(server.eio, "lives")}
    for name, line in lines.items():
        server.eio.sockets[name] = line
        server.manager.connect(name, "/")

    bells.ring("alert", {"code": "abc", "state": "raised"})

    assert '"abc"' in lines["lives"].queue.get_nowait().encode()
