"""One question to a time server (SNTP, RFC 4330): how far is it ahead of this machine's clock?"""

import secrets
import socket
import struct
from datetime import UTC, datetime, timedelta

from consumption_room import clock, outward

PORT = 123
PATIENCE_S = 2.0
_QUESTION = struct.Struct("!B39xQ")
"""Version 4, client; everything else is empty but the moment of sending, where a random number stands: the server says
it again, so that nobody who did not see the question can answer it."""
_ANSWER = struct.Struct("!BB22xQQQ")
_CLIENT = 0b00_100_011
_SERVER_MODE, _NOT_SET = 4, 3
_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_TICKS, _ERA = 1 << 32, 1 << 64


class NoTime(Exception):
    """The time server did not answer, or does not know the time itself."""


def ask(server: str, patience_s: float = PATIENCE_S) -> timedelta:
    """How far ``server`` (``host`` or ``host:port``) is ahead of this machine; raise ``NoTime`` when it cannot say."""
    nonce = secrets.randbits(64)
    try:
        host, port = outward.host_and_port(server)
        address = socket.getaddrinfo(host, port or PORT, type=socket.SOCK_DGRAM)[0]
        with socket.socket(*address[:3]) as line:
            line.settimeout(patience_s)
            line.connect(address[4])
            asked_at = clock.now()
            line.send(_QUESTION.pack(_CLIENT, nonce))
            answer = line.recv(1024)
            heard_at = clock.now()
    except (OSError, ValueError) as trouble:
        raise NoTime(type(trouble).__name__) from trouble
    return ahead(answer, nonce, asked_at, heard_at)


def ahead(answer: bytes, nonce: int, asked_at: datetime, heard_at: datetime) -> timedelta:
    """What an answer says; raise ``NoTime`` unless it is one to our question, from a server that knows the time."""
    if len(answer) < _ANSWER.size:
        raise NoTime("The answer is too short.")
    head, stratum, origin, received, sent = _ANSWER.unpack_from(answer)
    if head & 0b111 != _SERVER_MODE or origin != nonce:
        raise NoTime("This is no answer to our question.")
    if head >> 6 == _NOT_SET or not 1 <= stratum <= 15 or not sent:
        raise NoTime("The time server does not know the time itself.")
    return (_later(received, asked_at) + _later(sent, heard_at)) / 2


def _later(ticks: int, than: datetime) -> timedelta:
    """How much later the server's moment is than ours; the era, which ends in 2036, is the one next to ours."""
    ours = (than - _EPOCH) // timedelta(microseconds=1) * _TICKS // 1_000_000
    difference = (ticks - ours) % _ERA
    return timedelta(seconds=(difference - (_ERA if difference >= _ERA // 2 else 0)) / _TICKS)
