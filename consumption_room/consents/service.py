"""Noting what a person agrees to, and what they no longer agree to."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.clients import service as clients
from consumption_room.consents import rules
from consumption_room.consents.models import Consent
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.consents import ConsentEnding, ConsentScope, ConsentWay
from consumption_room.wordings import Wordings


@dataclass(frozen=True)
class Agreement:
    """To what a person agrees, how they said so, which text they were shown, and until when at most."""

    scope: ConsentScope
    way: ConsentWay = ConsentWay.SPOKEN
    language: str | None = None
    version: int | None = None
    whom: str = ""
    expires_on: date | None = None


def give(code: str, asked: Agreement, wordings: Wordings, policy: Policy, by: Actor, now: datetime) -> Consent:
    """Note an agreement of the person with this code; it takes the place of the one before."""
    client = clients.get(code)
    newest = wordings.newest[asked.scope]
    rules.must_be_the_newest(asked.version, newest)
    rules.names_whom(asked.scope, asked.whom)
    wording = wordings.read(asked.scope, [asked.language or client.language or ""])
    expires_at = rules.ends(_end_of(asked.expires_on, policy), policy.consent_lasts[asked.scope], now)
    for before in _standing(client.id, asked.scope, asked.whom):
        before.end(ConsentEnding.REPLACED, by.name, now)
    db.session.flush()
    consent = Consent(
        client=client,
        scope=asked.scope,
        whom=asked.whom,
        version=wording.version,
        language=wording.language,
        digest=wording.digest,
        way=asked.way,
        given_at=now,
        noted_by=by.name,
        expires_at=expires_at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(consent)
    except IntegrityError as clash:
        raise rules.AlreadyNoted("This has just been noted by somebody else.") from clash
    journal.record(
        Happened.CONSENT_GIVEN,
        consent.code,
        by,
        now,
        scope=asked.scope.value,
        version=wording.version,
        way=asked.way.value,
    )
    return consent


def withdraw(code: str, consent: str, by: Actor, now: datetime) -> Consent:
    """End an agreement at once: nothing rests on it from this transaction on. Twice is once."""
    client = clients.get(code)
    found = db.session.scalar(
        select(Consent).where(Consent.code == consent, Consent.client_id == client.id).with_for_update(of=Consent)
    )
    if found is None:
        raise NotFound("This person has no such agreement.")
    _withdraw(found, by, now)
    return found


def withdraw_all(code: str, by: Actor, now: datetime) -> int:
    """End everything a person has agreed to, seen by whoever does it or not; gives how many stood."""
    standing = _standing(clients.get(code).id)
    for consent in standing:
        _withdraw(consent, by, now)
    return len(standing)


def forget(client_id: int, by: Actor, now: datetime) -> None:
    """End everything a person agreed to, and forget which partners they named."""
    for consent in _standing(client_id):
        _withdraw(consent, by, now)
    named = Consent.client_id == client_id, Consent.scope == ConsentScope.PARTNER
    db.session.execute(update(Consent).where(*named).values(whom="–"))


def _withdraw(consent: Consent, by: Actor, now: datetime) -> None:
    if consent.ended_at is None:
        consent.end(ConsentEnding.WITHDRAWN, by.name, now)
        journal.record(Happened.CONSENT_WITHDRAWN, consent.code, by, now, scope=consent.scope.value)


def _standing(client_id: int, scope: ConsentScope | None = None, whom: str = "") -> list[Consent]:
    rows = select(Consent).where(Consent.client_id == client_id, Consent.ended_at.is_(None)).with_for_update(of=Consent)
    if scope is not None:
        rows = rows.where(Consent.scope == scope, Consent.whom == whom)
    return list(db.session.scalars(rows))


def _end_of(day: date | None, policy: Policy) -> datetime | None:
    """The moment a day is over by the room's own clock."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=policy.timezone)
