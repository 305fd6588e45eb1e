"""How long to wait before a place outside is told again, when to give up, and how a message is signed."""

import hashlib
import hmac
from datetime import timedelta

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
MOST_TRIES = 12
"""About an hour; after that somebody has to look."""


def wait(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed: each time twice as long; ``None`` to give up."""
    if tries >= MOST_TRIES:
        return None
    doubled: timedelta = FIRST_WAIT * 2 ** (tries - 1)
    return min(LONGEST_WAIT, doubled)


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a dot and the body: proves who sent it, and that it is not an old one."""
    return "v1=" + hmac.new(secret, b"%d." % timestamp + body, hashlib.sha256).hexdigest()
