"""A lost code, recovered by what the person knows: one record or none, never a list of people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from consumption_room import journal
from consumption_room.clients import likeness, rules, service
from consumption_room.clients.models import Client, RecoveryTry
from consumption_room.database import db
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy


@dataclass(frozen=True)
class Known:
    """What somebody knows of their own record; two things at least."""

    alias: str | None = None
    letters: str | None = None
    birth_year: int | None = None
    phrase: str | None = None


def recover(asked: Known, phrase_key: bytes, policy: Policy, by: Actor, now: datetime) -> Client | None:
    """The one record that everything said fits, or ``None``, which does not say whether none or several did.

    Raises ``FieldsWrong`` for fewer than two things, and ``TooManyTries`` when this station has asked too often. A try
    counts whatever came of it; the journal knows how many things were said, never what.
    """
    said = rules.two_things([asked.alias, asked.letters, asked.birth_year, asked.phrase])
    station = by.device or by.staff or by.name
    db.session.execute(delete(RecoveryTry).where(RecoveryTry.at <= now - policy.recovery_within))
    tries = db.session.scalar(select(func.count()).where(RecoveryTry.station == station)) or 0
    rules.may_recover(tries, policy)
    db.session.add(RecoveryTry(station=station, at=now))
    fitting = {
        service.survivor(client) for client in db.session.scalars(select(Client).where(*_fits(asked, phrase_key)))
    }
    found = fitting.pop() if len(fitting) == 1 else None
    if found is None:
        journal.record(Happened.RECOVERY_FAILED, station, by, now, things=said)
    else:
        journal.record(Happened.CLIENT_RECOVERED, found.code, by, now, things=said)
    return found


def _fits(asked: Known, phrase_key: bytes) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = []
    if asked.alias is not None:
        sound = likeness.sound_of(asked.alias)
        same = Client.alias_folded == rules.folded(asked.alias)
        fits.append(or_(same, Client.alias_sound == sound) if sound else same)
    if asked.phrase is not None:
        fits.append(Client.phrase_digest == rules.phrase_digest(asked.phrase, phrase_key))
    if asked.birth_year is not None:
        fits.append(Client.birth_year == asked.birth_year)
    if asked.letters is not None:
        fits.append(func.replace(Client.code, "-", "").contains(rules.some_letters(asked.letters), autoescape=True))
    return fits
