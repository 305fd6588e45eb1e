"""The outbox: tells places outside of alarms, in threads of its own; nobody inside ever waits for it."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from flask import Flask

from consumption_room import clock, journal
from consumption_room.database import db, transaction
from consumption_room.deliveries import rules, service
from consumption_room.deliveries.service import Due
from consumption_room.errors import Unsafe
from consumption_room.gate import here
from consumption_room.integrations import wire
from consumption_room.integrations.messages import Messages
from consumption_room.outward import Webhook
from consumption_room.settings import Settings

LOOK_EVERY_S = 0.5
PATIENCE_S = 10.0
LEASE = timedelta(seconds=90)
FORGET_EVERY_S = 600.0

log = structlog.get_logger()


class NotTaken(Exception):
    """The place outside did not take it; the message is a status or the kind of trouble."""


@dataclass(frozen=True)
class Place:
    """A place outside: what it is called in the outbox, and how it is told."""

    name: str
    tell: Callable[[Due], None]


@dataclass(frozen=True)
class Hook:
    """A webhook with its secret."""

    webhook: Webhook
    secret: bytes

    def tell(self, due: Due) -> None:
        """Post it, signed; raise ``NotTaken`` unless the answer is 2xx."""
        body = json.dumps(due.body, separators=(",", ":")).encode()
        timestamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "consumption-room",
            "Room-Event": due.event,
            "Room-Delivery": due.code,
            "Room-Timestamp": str(timestamp),
            "Room-Signature": rules.signature(self.secret, timestamp, body),
        }
        try:
            status = wire.ask(self.webhook.url, body=body, headers=headers, patience_s=PATIENCE_S).status
        except wire.NoAnswer as trouble:
            raise NotTaken(str(trouble)) from trouble
        if not 200 <= status < 300:
            raise NotTaken(f"answered {status}")


@dataclass(frozen=True)
class Word:
    """Everybody whom apprise tells, as one place."""

    messages: Messages

    def tell(self, due: Due) -> None:
        """Send one short message; raise ``NotTaken`` when not everybody took it."""
        if not self.messages.send(due.body):
            raise NotTaken("not sent")


def places(settings: Settings) -> list[Place]:
    """Every place that the settings name; raise ``Unsafe`` when one cannot be told at all."""
    found: dict[str, Place] = {}
    for webhook in settings.webhook:
        if (name := name_of(webhook.url)) in found:
            raise Unsafe(f"Two webhooks lead to the same address at {name}.")
        found[name] = Place(name, Hook(webhook, webhook.secret()).tell)
    if settings.notify_urls:
        found["messages"] = Place("messages", Word(Messages(settings.notify_urls)).tell)
    return list(found.values())


def name_of(url: str) -> str:
    """What a place is called on screens and in logs: its host, and a digest for the rest, which may be a secret."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname}{port} {hashlib.sha256(url.encode()).hexdigest()[:6]}"


class Outbox:
    """Follows the journal for every place outside, and tells each in a thread of its own."""

    def __init__(self, app: Flask, to: list[Place]) -> None:
        """Nothing runs yet."""
        self.app, self.places = app, to
        self.names = [place.name for place in to]
        self.begun = False
        self.looked = 0
        self.forgotten_at = clock.monotonic()

    def follow(self) -> None:
        """Write down what is new; most rounds only look whether anything is."""
        with self.app.app_context():
            if not self.begun:
                with transaction():
                    service.begin(self.names)
                self.looked = service.behind(self.names)
                self.begun = True
            last = journal.last()
            news = journal.news(self.looked, service.MOST_AT_ONCE) if last > self.looked else []
            if any(one.what in service.TOLD for one in news) or len(news) == service.MOST_AT_ONCE:
                with transaction():
                    service.write_down(self.names, clock.now())
                self.looked = service.behind(self.names)
            elif news:
                self.looked = news[-1].seq
            if clock.monotonic() - self.forgotten_at > FORGET_EVERY_S:
                self.forgotten_at = clock.monotonic()
                with transaction():
                    service.forget_old(here.policy(), clock.now())

    def tell(self, place: Place) -> None:
        """Tell one place everything that is due; no transaction is open while it answers."""
        with self.app.app_context():
            while (due := self._next(place.name)) is not None:
                try:
                    place.tell(due)
                except NotTaken as trouble:
                    log.warning("a place outside did not take it", place=place.name, trouble=str(trouble))
                    with transaction():
                        service.failed(due.code, str(trouble), clock.now())
                    continue
                with transaction():
                    service.arrived(due.code, clock.now())

    def _next(self, name: str) -> Due | None:
        is_due = service.is_due(name, clock.now())
        db.session.rollback()
        if not is_due:
            return None
        with transaction():
            now = clock.now()
            return service.claim(name, now + LEASE, now)


def parts(app: Flask) -> list[tuple[str, Callable[[], None]]]:
    """What is to be done again and again, each in a thread of its own; nothing where nobody outside is told."""
    outbox = Outbox(app, places(app.extensions["room"].settings))
    if not outbox.places:
        return []
    return [
        ("outbox", outbox.follow),
        *((f"tell {place.name}", functools.partial(outbox.tell, place)) for place in outbox.places),
    ]
