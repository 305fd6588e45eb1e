"""Flags: putting one on a record, saying that one was seen, ending one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.clients import rules, service
from consumption_room.clients.models import Flag
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.records import FlagPriority
from consumption_room.vocabulary.staff import Role


@dataclass(frozen=True)
class NewFlag:
    """What some roles should know, how much it asks of them, and until which day."""

    text: str
    audience: tuple[Role, ...] = (Role.RECEPTION, Role.NURSE)
    """Those who serve the person, unless somebody says otherwise."""
    priority: FlagPriority = FlagPriority.NORMAL
    expires_on: date | None = None


def put(code: str, asked: NewFlag, policy: Policy, by: Actor, now: datetime) -> Flag:
    """Put a flag on the record of the client with this code."""
    client = service.held(code)
    flag = Flag(
        client_id=client.id,
        text=asked.text,
        priority=asked.priority,
        audience=asked.audience,
        expires_on=rules.flag_ends(asked.expires_on, policy.service_day(now), policy),
        made_at=now,
        made_by=by.name,
    )
    db.session.add(flag)
    db.session.flush()
    journal.record(
        Happened.FLAG_PUT,
        flag.code,
        by,
        now,
        client=client.code,
        priority=flag.priority.value,
        audience=[role.value for role in flag.audience],
        expires_on=flag.expires_on.isoformat(),
    )
    return flag


def standing(client_id: int, today: date) -> Sequence[Flag]:
    """Every flag of a person (by row key) that is not over on this day of the room, the gravest first."""
    found = db.session.scalars(
        select(Flag)
        .where(Flag.client_id == client_id, Flag.ended_at.is_(None), Flag.expires_on >= today)
        .order_by(Flag.id)
    )
    return sorted(found, key=lambda flag: not is_high(flag))


def is_high(flag: Flag) -> bool:
    """Whether a flag must be seen before the person is let in."""
    return flag.priority is FlagPriority.HIGH


def for_role(flags: Sequence[Flag], role: Role | None) -> list[Flag]:
    """Those flags that are meant for somebody in this role; the others are not theirs to see."""
    return [flag for flag in flags if role in flag.audience]


def note_seen(seen: Sequence[Flag], by: Actor, now: datetime, visit: str | None = None) -> None:
    """Keep in the journal who has seen which flags, letting the person of a visit in."""
    for flag in seen:
        journal.record(Happened.FLAG_SEEN, flag.code, by, now, visit=visit)


def see(client: str, code: str, by: Actor, now: datetime) -> Flag:
    """Say that one flag was seen, outside a check-in."""
    flag = _get(client, code, by)
    note_seen([flag], by, now)
    return flag


def end(client: str, code: str, by: Actor, now: datetime) -> Flag:
    """Take a flag down before its day. Twice is once."""
    flag = _get(client, code, by)
    if flag.ended_at is None:
        flag.ended_at, flag.ended_by = now, by.name
        journal.record(Happened.FLAG_ENDED, flag.code, by, now)
    return flag


def _get(client: str, code: str, by: Actor) -> Flag:
    flag = db.session.scalar(
        select(Flag).where(Flag.code == code, Flag.client_id == service.get(client).id).with_for_update(of=Flag)
    )
    if flag is None or by.role not in flag.audience:
        raise NotFound("There is no flag with this code on this record, or it is not meant for you.")
    return flag
