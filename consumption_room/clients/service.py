"""Registering people, and changing what we hold about them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from consumption_room import journal
from consumption_room.clients import rules
from consumption_room.clients.models import Client
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.vocabulary.people import AgeBand, Area, Sex

_WITH_CODE = select(Client).where(Client.code == bindparam("code"))


@dataclass(frozen=True)
class NewClient:
    """What a person chooses to tell us; only the alias is needed."""

    alias: str
    birth_year: int | None = None
    age_band: AgeBand | None = None
    sex: Sex | None = None
    home_area: Area | None = None
    language: str | None = None
    phrase: str | None = None


def register(asked: NewClient, phrase_key: bytes, by: Actor, now: datetime) -> Client:
    """Make a record for a person; the code it gets is random."""
    rules.one_age(asked.birth_year, asked.age_band)
    client = Client(
        phrase_digest=rules.phrase_digest(asked.phrase, phrase_key) if asked.phrase else None,
        birth_year=asked.birth_year,
        age_band=asked.age_band,
        sex=asked.sex,
        home_area=asked.home_area,
        language=asked.language,
        registered_at=now,
    )
    client.call(asked.alias)
    db.session.add(client)
    db.session.flush()
    journal.record(Happened.CLIENT_REGISTERED, client.code, by, now)
    return client


def change(code: str, changes: dict[str, Any], phrase_key: bytes, by: Actor, now: datetime) -> Client:
    """Change the fields named in ``changes``; the journal keeps which, never what they were."""
    client = get(code)
    named, changes = sorted(changes), dict(changes)
    rules.one_age(changes.get("birth_year", client.birth_year), changes.get("age_band", client.age_band))
    if "alias" in changes:
        client.call(changes.pop("alias"))
    if "phrase" in changes:
        phrase = changes.pop("phrase")
        client.phrase_digest = rules.phrase_digest(phrase, phrase_key) if phrase else None
    known = {field.name for field in fields(NewClient)}
    for name, value in changes.items():
        if name in known:
            setattr(client, name, value)
    journal.record(Happened.CLIENT_CHANGED, client.code, by, now, fields=named)
    return client


def forget(code: str, by: Actor, now: datetime) -> Client:
    """Take away what could name a person or find them again; what they are counted by stays. Twice is once."""
    client = get(code)
    client.call(rules.FORGOTTEN)
    client.phrase_digest = client.birth_year = client.language = None
    journal.record(Happened.CLIENT_FORGOTTEN, client.code, by, now)
    return client


def get(code: str) -> Client:
    """The person with this code; raise ``NotFound``."""
    client = db.session.scalar(_WITH_CODE, {"code": code.strip().lower()})
    if client is None:
        raise NotFound("Nobody here has this code.")
    return client
