"""Keeping who a person really is, looking at it with a reason, erasing it, and turning the keys."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.clients import service as clients
from consumption_room.database import db, is_postgresql, run
from consumption_room.errors import OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vault import rules
from consumption_room.vault.keys import Key, Keyring, new_key
from consumption_room.vault.models import Identity
from consumption_room.vocabulary.vault import VaultReason


@dataclass(frozen=True)
class Person:
    """Who somebody really is. Never shown when the object is: not in a log, not in a traceback."""

    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    number: str | None = field(default=None, repr=False)


def keep(code: str, person: Person, keyring: Keyring, policy: Policy, by: Actor, now: datetime) -> Identity:
    """Seal a person's identity with a key of its own; what was kept before is replaced."""
    client = clients.get(code)
    rules.born_on(person.birth_date, policy.service_day(now))
    _hold_the_keys()
    own, key = new_key(), keyring.current(may_begin=_nothing_wrapped())
    identity = _kept(client.id)
    if identity is None:
        identity = Identity(client=client)
    identity.wrapped_key = key.seal(own.secret, _about(client.code, "key"))
    identity.vault_key = key.name
    identity.sealed = own.seal(_as_text(person), _about(client.code, "person"))
    identity.has_number = person.number is not None
    identity.kept_at, identity.kept_by = now, by.name
    try:
        with db.session.begin_nested():
            db.session.add(identity)
    except IntegrityError as clash:
        raise OutOfOrder("Somebody else has just put this person into the vault. Please look again.") from clash
    journal.record(Happened.IDENTITY_KEPT, client.code, by, now)
    return identity


def look(code: str, reason: VaultReason, keyring: Keyring, by: Actor, now: datetime) -> Person:
    """Who this is, for somebody who has signed in and says why; the journal keeps that they looked."""
    rules.opens_for(by.staff)
    client = clients.get(code)
    _hold_the_keys()
    identity = _kept(client.id)
    if identity is None or identity.wrapped_key is None or identity.sealed is None:
        raise rules.NothingKept("Nothing is kept in the vault for this person.")
    own = Key(keyring.named(identity.vault_key).open(identity.wrapped_key, _about(client.code, "key")))
    person = _as_person(own.open(identity.sealed, _about(client.code, "person")))
    journal.record(Happened.IDENTITY_SEEN, client.code, by, now, reason=reason.value)
    return person


def erase(client_id: int, by: Actor, now: datetime) -> bool:
    """Destroy a person's key and what it sealed; gives whether there was anything."""
    identity = _kept(client_id)
    if identity is None:
        return False
    identity.wrapped_key = identity.sealed = None
    identity.erased_at, identity.erased_by = now, by.name
    db.session.flush()
    journal.record(Happened.IDENTITY_ERASED, identity.client.code, by, now)
    return True


def turn_keys(keyring: Keyring, by: Actor, now: datetime) -> int:
    """Wrap every person's key with the newest key of the ring; gives how many were wrapped anew. Twice is once."""
    _hold_the_keys(alone=True)
    newest = keyring.current(may_begin=_nothing_wrapped())
    old = _wrapped_otherwise(newest)
    for identity in old:
        about = _about(identity.client.code, "key")
        identity.wrapped_key = newest.seal(
            keyring.named(identity.vault_key).open(str(identity.wrapped_key), about), about
        )
        identity.vault_key = newest.name
    journal.record(Happened.VAULT_KEYS_TURNED, newest.name, by, now, records=len(old))
    return len(old)


def begin_new_key(keyring: Keyring) -> None:
    """Put a new key before the others; the next ``turn_keys`` wraps with it."""
    keyring.current(may_begin=_nothing_wrapped())
    keyring.write([new_key(), *keyring.keys()])


def drop_old_keys(keyring: Keyring) -> int:
    """Forget the keys that wrap nothing any more; gives how many. Older backups can then no longer be opened."""
    _hold_the_keys(alone=True)
    newest, *old = keyring.keys() or [keyring.current(may_begin=_nothing_wrapped())]
    if _wrapped_otherwise(newest):
        raise OutOfOrder("Some records still need an older key. Turn the keys first.")
    keyring.write([newest])
    return len(old)


def _hold_the_keys(*, alone: bool = False) -> None:
    """Nobody turns the keys while a record is written or read, and the reverse; SQLite writes one at a time anyhow."""
    if is_postgresql():
        run(text(f"LOCK TABLE identity IN {'EXCLUSIVE' if alone else 'ROW EXCLUSIVE'} MODE"))


def _kept(client_id: int) -> Identity | None:
    return db.session.scalar(
        select(Identity)
        .where(Identity.client_id == client_id, Identity.erased_at.is_(None))
        .with_for_update(of=Identity)
        .execution_options(populate_existing=True)
    )


def _nothing_wrapped() -> bool:
    return not db.session.scalar(select(func.count()).select_from(Identity).where(Identity.wrapped_key.is_not(None)))


def _wrapped_otherwise(newest: Key) -> Sequence[Identity]:
    return db.session.scalars(
        select(Identity).where(Identity.wrapped_key.is_not(None), Identity.vault_key != newest.name)
    ).all()


def _about(code: str, part: str) -> str:
    """What is bound to the ciphertext: one person's cannot be put in another's place."""
    return f"consumption-room identity {part} {code}"


def _as_text(person: Person) -> bytes:
    said = {"name": rules.plain(person.name), "birth_date": person.birth_date.isoformat(), "number": person.number}
    return json.dumps(said).encode().ljust(512)  # alike in length, so that a short name does not show


def _as_person(text: bytes) -> Person:
    said = json.loads(text)
    return Person(said["name"], date.fromisoformat(said["birth_date"]), said["number"])
