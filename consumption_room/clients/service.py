"""Registering people, and changing what we hold about them."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from consumption_room import journal
from consumption_room.clients import rules
from consumption_room.clients.models import Bar, BarOverride, Client, Flag
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.vocabulary.people import AgeBand, Area, Sex

_WITH_CODE = select(Client).where(Client.code == bindparam("code"))
# Many may hold a record at once; bringing it together with another waits for all of them.
_WITH_CODE_HELD = _WITH_CODE.with_for_update(read=True, key_share=True)
_AS_IT_IS_NOW = {"populate_existing": True}


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
        age_band=asked.age_band,
        sex=asked.sex,
        home_area=asked.home_area,
        language=asked.language,
        registered_at=now,
    )
    client.call(asked.alias, asked.birth_year)
    db.session.add(client)
    db.session.flush()
    journal.record(Happened.CLIENT_REGISTERED, client.code, by, now)
    return client


def change(code: str, changes: dict[str, Any], phrase_key: bytes, by: Actor, now: datetime) -> Client:
    """Change the fields named in ``changes``; the journal keeps which, never what they were."""
    client = held(code)
    named, changes = sorted(changes), dict(changes)
    rules.one_age(changes.get("birth_year", client.birth_year), changes.get("age_band", client.age_band))
    client.call(changes.pop("alias", client.alias), changes.pop("birth_year", client.birth_year))
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
    """Take away what could name a person or find them again; what they are counted by stays. Twice is once.

    Records that were brought together with this one are forgotten with it, and so is what flags and bars say.
    """
    client = get(code)
    take_away(client)
    journal.record(Happened.CLIENT_FORGOTTEN, client.code, by, now)
    return client


def take_away(client: Client) -> None:
    """Take away what could name a person; whoever asks for it writes down that it was done."""
    records = _with_all_that_lead_to(client)
    for record in records:
        record.call(rules.FORGOTTEN, None)
        record.phrase_digest = record.language = None
    keys = [record.id for record in records]
    bars = select(Bar.id).where(Bar.client_id.in_(keys))
    for forgetting in (
        update(Flag).where(Flag.client_id.in_(keys)).values(text=rules.FORGOTTEN),
        update(Bar).where(Bar.client_id.in_(keys)).values(notes=rules.FORGOTTEN),
        update(Bar).where(Bar.client_id.in_(keys), Bar.lifted_at.is_not(None)).values(lifted_reason=rules.FORGOTTEN),
        update(BarOverride).where(BarOverride.bar_id.in_(bars)).values(reason=rules.FORGOTTEN),
    ):
        db.session.execute(forgetting)


def _with_all_that_lead_to(client: Client) -> list[Client]:
    found = [client]
    for record in found:  # grows while it is read: records were brought together one after another
        found += db.session.scalars(select(Client).where(Client.merged_into_id == record.id)).all()
    return found


def get(code: str) -> Client:
    """The person with this code; of two records that were brought together, the one that stays; raise ``NotFound``."""
    return survivor(_known(db.session.scalar(_WITH_CODE, {"code": rules.as_code(code)})))


def held(code: str) -> Client:
    """As ``get``, and until this transaction ends the record is not brought together with another."""
    given = {"code": rules.as_code(code)}
    client = _known(db.session.scalar(_WITH_CODE_HELD, given, execution_options=_AS_IT_IS_NOW))
    stays = survivor(client)
    return client if stays is client else held(stays.code)


def _known(client: Client | None) -> Client:
    if client is None:
        raise NotFound("Nobody here has this code.")
    return client


def survivor(client: Client) -> Client:
    """The record that holds everything of this person: this one, unless it was brought together with another."""
    while client.merged_into_id is not None:
        client = db.session.get_one(Client, client.merged_into_id)
    return client
