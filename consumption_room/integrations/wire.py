"""One request to one address, with little patience: no proxy, no redirect, no second try."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_BYTES = 64 * 1024


class NoAnswer(Exception):
    """Nothing that can be understood came back in time; the message is the kind of trouble, never what was sent."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the beginning of the body."""

    status: int
    body: bytes


def ask(
    url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None, patience_s: float = 5.0
) -> Answer:
    """GET an address, or POST a body to it; raise ``NoAnswer``."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = connect(parts.hostname or "", parts.port, timeout=patience_s)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("GET" if body is None else "POST", path, body, dict(headers or {}))
        answer = line.getresponse()
        return Answer(answer.status, answer.read(MOST_BYTES))
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        raise NoAnswer(type(trouble).__name__) from trouble
    finally:
        line.close()
