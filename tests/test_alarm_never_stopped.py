"""What must not stop an alarm: a stalled sender, an old key, strangers at the door."""

import socket
import time

import pytest
import requests

from consumption_room.vocabulary.staff import DeviceKind, Role
from tests.servers import Server
from tests.test_live import Display


@pytest.fixture
def press(server, cast):
    """Press with somebody's key; gives the answer and how long it took in seconds."""

    def pressing(who=DeviceKind.BUTTON, body=None, **headers):
        began = time.monotonic()
        answer = requests.post(
            f"{server.url}/api/v1/alerts",
            json=body or {},
            headers={"Authorization": f"Bearer {cast.keys[who]}"} | headers,
            timeout=15,
        )
        return answer, time.monotonic() - began

    return pressing


def raw(server: Server, said: bytes) -> socket.socket:
    """A connection that says this much and then nothing more."""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    line.sendall(said)
    return line


def test_a_sender_who_stalls_holds_up_nobody(server, press):
    stalled = raw(
        server,
        b"POST /alarm HTTP/1.1\r\nHost: room\r\nContent-Type: application/json\r\nIdempotency-Key: slow\r\n"
        b"Content-Length: 10\r\n\r\n{",
    )
    time.sleep(0.5)
    answer, took = press()
    assert answer.status_code == 201
    assert took < 2
    stalled.close()


def test_strangers_cannot_take_the_threads_that_alarms_need(server, press):
    knock = (
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: room\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    strangers = [raw(server, knock) for _ in range(server.threads + 10)]
    time.sleep(1)
    answer, took = press()
    assert answer.status_code == 201
    assert took < 2
    for stranger in strangers:
        stranger.close()


def test_a_silent_stranger_is_shown_out(server):
    knock = (
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: room\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    stranger = raw(server, knock)
    stranger.settimeout(12)
    while stranger.recv(4096):
        pass
    stranger.close()


def test_a_flood_of_wrong_passwords_leaves_alarms_through(server, press):
    form = b"who=Nobody&password=wrong"
    tries = [
        raw(
            server,
            b"POST /sign-in HTTP/1.1\r\nHost: room\r\nAuthorization: Bearer x\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s" % (len(form), form),
        )
        for _ in range(30)
    ]
    answer, took = press()
    assert answer.status_code == 201
    assert took < 4
    for one in tries:
        one.close()


def test_an_old_key_rings_anew_when_its_alarm_is_over(server, press, cast):
    first, _ = press(**{"Idempotency-Key": "always-the-same"})
    again, _ = press(**{"Idempotency-Key": "always-the-same"})
    assert (first.json()["code"], first.status_code) == (again.json()["code"], again.status_code)
    nurse = {"Authorization": f"Bearer {cast.keys[Role.NURSE]}"}
    for step, body in (("acknowledge", {}), ("close", {"outcome": "false-alarm"})):
        requests.post(
            f"{server.url}/api/v1/alerts/{first.json()['code']}/{step}", json=body, headers=nurse, timeout=10
        ).raise_for_status()
    anew, _ = press(**{"Idempotency-Key": "always-the-same"})
    assert anew.status_code == 201
    assert anew.json()["code"] != first.json()["code"]


def test_a_revoked_wall_stops_hearing_within_a_second(server, cast):
    wall = Display(server.url, cast.keys[DeviceKind.WALL], answers=False)
    wall.client.reconnection = False
    server.run("device", "revoke", cast.devices[DeviceKind.WALL])
    until = time.monotonic() + 3
    while wall.client.connected and time.monotonic() < until:
        time.sleep(0.05)
    assert not wall.client.connected
