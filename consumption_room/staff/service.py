"""Adding people and devices, and proving that somebody is who they say."""

import hashlib
import secrets
import threading
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import bindparam, func, or_, select

from consumption_room import journal
from consumption_room.database import db, new_code
from consumption_room.errors import Busy, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.staff import rules
from consumption_room.staff.models import Device, Staff
from consumption_room.vocabulary.staff import DeviceKind, Role

# Columns, not an object: this is asked before every request, an alarm's among them.
_WITH_KEY = select(Device.code, Device.kind, Device.place, Device.role).where(
    Device.key_hash == bindparam("key_hash"), Device.revoked_at.is_(None)
)
_hasher = PasswordHasher()
# A witness's PIN is checked at every dose, while the person waits: OWASP's least (19 MiB, two passes, one lane). What
# keeps a PIN is that a few wrong tries shut it; no hash keeps six digits from whoever holds the database.
_pin_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_hashing = threading.BoundedSemaphore(2)
_PATIENCE_S = 2.0


def _of_nobody(hasher: PasswordHasher) -> str:
    """The hash of nothing, which costs as much to check as a real one, and is made without waiting for one."""
    salt, digest = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${digest}"


# Verified against when nobody has that name, so that a wrong name takes as long as a wrong password, or a wrong PIN.
_NOBODY, _NOBODYS_PIN = _of_nobody(_hasher), _of_nobody(_pin_hasher)


@dataclass(frozen=True)
class KnownDevice:
    """A device that has proved itself with its key."""

    code: str
    kind: DeviceKind
    place: str | None
    role: Role | None


@dataclass(frozen=True)
class NewStaff:
    """A person to add; without a password one is made up."""

    name: str
    role: Role
    password: str | None = None
    pin: str | None = None


@dataclass(frozen=True)
class NewDevice:
    """A device to add; a program (``api``) has a role, everything else has a place."""

    kind: DeviceKind
    place: str | None = None
    role: Role | None = None


@dataclass(frozen=True)
class Try:
    """A try to sign in: as whom, if anybody has that name, and whether the password or PIN fits."""

    code: str | None
    fits: bool
    with_pin: bool = False


def add(asked: NewStaff, by: Actor, now: datetime) -> tuple[Staff, str]:
    """Add a person; gives them and their password, which is not kept."""
    password = asked.password or new_code(12)
    person = Staff(
        name=asked.name,
        role=asked.role,
        password_hash=_hasher.hash(password),
        pin_hash=_pin_hasher.hash(asked.pin) if asked.pin else None,
        added_at=now,
    )
    db.session.add(person)
    db.session.flush()
    journal.record(Happened.STAFF_ADDED, person.code, by, now, role=asked.role.value)
    return person, password


def disable(code: str, by: Actor, now: datetime) -> Staff:
    """Let somebody in no more; their open sessions die with it. Twice is once."""
    person = get(code)
    if person.disabled_at is None:
        person.disabled_at = now
        person.epoch = new_code()
        journal.record(Happened.STAFF_DISABLED, person.code, by, now)
    return person


def reset(code: str, password: str | None, pin: str | None, by: Actor, now: datetime) -> tuple[Staff, str]:
    """Give somebody a new password (made up when ``None``) and, if given, a new PIN; unlocks them too."""
    person = get(code)
    password = password or new_code(12)
    person.password_hash = _hasher.hash(password)
    if pin:
        person.pin_hash = _pin_hasher.hash(pin)
    person.failures, person.pin_failures, person.locked_until = 0, 0, None
    person.disabled_at, person.epoch = None, new_code()
    journal.record(Happened.STAFF_RESET, person.code, by, now)
    return person, password


def get(code: str) -> Staff:
    """The member of staff with this code; raise ``NotFound``."""
    person = db.session.scalar(select(Staff).where(Staff.code == code))
    if person is None:
        raise NotFound("Nobody who works here has this code.")
    return person


def check(who: str, secret: str, *, with_pin: bool = False) -> Try:
    """Whether these are somebody's code or name and password (or PIN): slow on purpose, so never in a transaction.

    Raises ``Busy`` when too many others are being checked at the same time.
    """
    person = db.session.scalar(
        select(Staff)
        .where(or_(Staff.code == who.strip().lower(), func.lower(Staff.name) == who.strip().lower()))
        .where(Staff.disabled_at.is_(None))
        .order_by(Staff.id)
    )
    kept = (person.pin_hash if with_pin else person.password_hash) if person else None
    # A flood of tries must leave processors to alarms.
    if not _hashing.acquire(timeout=_PATIENCE_S):
        raise Busy("Many people are signing in at this moment. Please try again.")
    try:
        return Try(
            person.code if person else None, _matches(kept or (_NOBODYS_PIN if with_pin else _NOBODY), secret), with_pin
        )
    finally:
        _hashing.release()


def sign_in(tried: Try, policy: Policy, now: datetime) -> Staff | None:
    """The person who was checked, or ``None`` after a wrong try, which is counted; the caller commits either way.

    Raises ``TooManyTries`` while locked. Wrong PINs shut the PIN until the next password, never the password.
    """
    person = prove(tried, policy, now)
    if person is not None:
        if not tried.with_pin:
            person.failures, person.locked_until = 0, None
        journal.record(Happened.STAFF_SIGNED_IN, person.code, actor(person), now, pin=tried.with_pin)
    return person


def prove(tried: Try, policy: Policy, now: datetime) -> Staff | None:
    """The person who was checked, without signing them in: a witness. Counts and raises as ``sign_in`` does."""
    person = db.session.scalar(select(Staff).where(Staff.code == tried.code).with_for_update())
    if person is None:
        return None
    rules.may_try(tried.with_pin, person.pin_failures, person.locked_until, policy.sign_in_tries, now)
    if tried.fits:
        person.pin_failures = 0
        return person
    if tried.with_pin:
        person.pin_failures += 1
        locked = person.pin_failures == policy.sign_in_tries
    else:
        person.failures += 1
        locked = person.failures >= policy.sign_in_tries
        if locked:
            person.failures, person.locked_until = 0, now + policy.locked_for
    if locked:
        journal.record(Happened.STAFF_LOCKED_OUT, person.code, Actor(name="Somebody"), now, pin=tried.with_pin)
    return None


def sign_out(person: Staff, by: Actor, now: datetime) -> None:
    """Note that somebody ended their session."""
    journal.record(Happened.STAFF_SIGNED_OUT, person.code, by, now)


def _matches(kept: str, secret: str) -> bool:
    try:
        return _hasher.verify(kept, secret)
    except VerificationError:
        return False


def actor(person: Staff, device: KnownDevice | None = None) -> Actor:
    """This person acting, on this device."""
    return Actor(
        name=person.name,
        role=person.role,
        staff=person.code,
        device=device.code if device else None,
        device_kind=device.kind if device else None,
        place=device.place if device else None,
    )


def device_actor(device: KnownDevice) -> Actor:
    """This device acting by itself; a program acts in its role."""
    name = (
        f"{device.role or device.kind} at {device.place}" if device.place else f"{device.role or device.kind} program"
    )
    return Actor(name=name, role=device.role, device=device.code, device_kind=device.kind, place=device.place)


def add_device(asked: NewDevice, by: Actor, now: datetime) -> tuple[Device, str]:
    """Enrol a device; gives it and its key, which is shown once and not kept."""
    rules.api_needs_a_role(asked.kind, asked.role)
    key = secrets.token_urlsafe(32)
    device = Device(kind=asked.kind, place=asked.place, role=asked.role, key_hash=key_hash(key), added_at=now)
    db.session.add(device)
    db.session.flush()
    journal.record(Happened.DEVICE_ADDED, device.code, by, now, kind=asked.kind.value, place=asked.place)
    return device, key


def revoke_device(code: str, by: Actor, now: datetime) -> Device:
    """Make a device's key worthless. Twice is once."""
    device = db.session.scalar(select(Device).where(Device.code == code))
    if device is None:
        raise NotFound("No device has this code.")
    if device.revoked_at is None:
        device.revoked_at = now
        journal.record(Happened.DEVICE_REVOKED, device.code, by, now)
    return device


def device_with(key: str) -> KnownDevice | None:
    """The device that holds this key, unless it was revoked."""
    found = db.session.execute(_WITH_KEY, {"key_hash": key_hash(key)}).first()
    return KnownDevice(*found) if found else None


def key_hash(key: str) -> str:
    """What is kept of a key: keys are long and random, so a plain SHA-256 is enough."""
    return hashlib.sha256(key.encode()).hexdigest()
