"""Finding people by what they can tell us, and putting together what is kept of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select

from consumption_room.clients import bars, flags, likeness, rules, service
from consumption_room.clients.models import Bar, Client, Flag
from consumption_room.database import db
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.records import Likeness
from consumption_room.vocabulary.staff import Role


@dataclass(frozen=True)
class Record:
    """A person, the flags that are meant for one role, every bar there was, and who else it may be."""

    client: Client
    flags: Sequence[Flag]
    bars: Sequence[Bar]
    similar: Sequence["Similar"] = ()


def ending_soon(role: Role | None, policy: Policy, today: date) -> list[tuple[Flag, Client]]:
    """Flags meant for this role that end within the policy's days, the soonest first, and whose they are."""
    rows = db.session.execute(
        select(Flag, Client)
        .join(Client, Client.id == Flag.client_id)
        .where(Flag.ended_at.is_(None), Flag.expires_on.between(today, today + policy.flag_soon))
        .order_by(Flag.expires_on, Flag.id)
    )
    return [(flag, client) for flag, client in rows if role in flag.audience]


@dataclass(frozen=True)
class AtTheDoor:
    """What a record says to whoever lets somebody in, and which roles it says more to."""

    flags: Sequence[Flag]
    bars: Sequence[rules.Standing]
    ask: Sequence[Role]


def at_the_door(client_id: int, role: Role | None, policy: Policy, now: datetime) -> AtTheDoor:
    """What must be known of a person (by row key) at the door; of a flag for others, only whom to ask."""
    standing = flags.standing(client_id, policy.service_day(now))
    others = {one for flag in standing if flags.is_high(flag) and role not in flag.audience for one in flag.audience}
    return AtTheDoor(
        flags.for_role(standing, role),
        bars.standing(client_id, policy, now),
        [one for one in Role if one in others],
    )


def record(code: str, role: Role | None, today: date) -> Record:
    """What is kept under this code, as somebody in this role may see it; raise ``NotFound``."""
    client = service.get(code)
    return Record(client, flags.for_role(flags.standing(client.id, today), role), bars.of_client(client.id))


def find(text: str, phrase_key: bytes, limit: int = 8) -> Sequence[Client]:
    """People whose code or phrase this is, or whose alias begins with it; the best fit first.

    A prefix search on an index: as quick among 20,000 people as among 20. Nothing fits an empty text. A record that
    was brought together with another gives the one that stays.
    """
    folded = rules.folded(text)
    if not folded:
        return []
    exact = db.session.scalars(
        select(Client)
        .where(
            or_(
                Client.code == rules.as_code(text),
                Client.phrase_digest == rules.phrase_digest(text, phrase_key),
                Client.alias_folded == folded,
            )
        )
        .order_by(Client.id)
        .limit(limit)
    ).all()
    if len(exact) == limit:
        return _each_once(exact)
    return _each_once([*exact, *_beginning_with(folded, limit, {client.id for client in exact})])[:limit]


def _beginning_with(folded: str, limit: int, without: Collection[int]) -> Sequence[Client]:
    return db.session.scalars(
        select(Client)
        .where(Client.alias_folded >= folded, Client.alias_folded < folded + "\U0010ffff")
        .where(Client.id.not_in(without))
        .order_by(Client.alias_folded, Client.id)
        .limit(limit - len(without))
    ).all()


def _each_once(found: Sequence[Client]) -> list[Client]:
    return list(dict.fromkeys(service.survivor(client) for client in found))


class Similar(NamedTuple):
    """A record that may be the same person's, and the strongest sign of it."""

    client: Client
    because: Likeness


def similar(alias: str, birth_year: int | None, limit: int = 8) -> list[Similar]:
    """Records that may be of somebody who gives this alias and year, the likeliest first; each look is on an index."""
    folded, sound = rules.folded(alias), likeness.sound_of(alias)
    if not folded:
        return []
    looks = [(Likeness.SAME_ALIAS, Client.alias_folded == folded)]
    if sound:
        looks.append((Likeness.SOUNDS_ALIKE, Client.alias_sound == sound))
    if shape := likeness.shape_of(alias, birth_year):
        looks.append((Likeness.SAME_SHAPE, Client.code_shape == shape))
    found: dict[Client, Likeness] = {}
    for because, fits in looks:
        rows = db.session.scalars(select(Client).where(fits).order_by(Client.id.desc()).limit(limit)).all()
        for client in _each_once(rows):
            found.setdefault(client, because)
    for client in _each_once(_beginning_with(folded, limit, set())):
        found.setdefault(client, Likeness.BEGINS_ALIKE)
    order = list(Likeness)
    by_sign = sorted(found.items(), key=lambda one: order.index(one[1]))
    return [Similar(client, because) for client, because in by_sign[:limit]]
