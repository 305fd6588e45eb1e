"""Bars: closing something to a person for a time, looking at it again, letting them in for a day, lifting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, exists, select

from consumption_room import journal
from consumption_room.clients import rules, service
from consumption_room.clients.models import Bar, BarOverride
from consumption_room.database import db, insert_new
from consumption_room.errors import NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.records import BarReason, BarScope

# Built once: asked in every check-in and before every intake.
_STANDING = (
    select(Bar.code, Bar.reason, Bar.scope, Bar.ends_at, Bar.review_on)
    .where(
        Bar.client_id == bindparam("client"),
        Bar.lifted_at.is_(None),
        Bar.starts_at <= bindparam("now"),
        Bar.ends_at > bindparam("now"),
    )
    .where(~exists().where(BarOverride.bar_id == Bar.id, BarOverride.service_day == bindparam("day")))
    .order_by(Bar.id)
)


@dataclass(frozen=True)
class NewBar:
    """What is closed, why, until when, who decided it (whoever notes it), and when it is looked at again (half-way)."""

    reason: BarReason
    notes: str
    scope: BarScope
    ends_at: datetime
    decided_by: str | None = None
    review_on: date | None = None
    starts_at: datetime | None = None


def decide(code: str, asked: NewBar, policy: Policy, by: Actor, now: datetime) -> Bar:
    """Close something to the client with this code; it holds from now unless a later start is said."""
    client = service.held(code)
    starts_at = asked.starts_at or now
    review_on = asked.review_on or policy.service_day(starts_at + (asked.ends_at - starts_at) / 2)
    rules.bar_is_whole(starts_at, asked.ends_at, review_on, policy, now)
    bar = Bar(
        client=client,
        reason=asked.reason,
        notes=asked.notes,
        scope=asked.scope,
        starts_at=starts_at,
        ends_at=asked.ends_at,
        review_on=review_on,
        decided_by=asked.decided_by or by.name,
        made_at=now,
        made_by=by.name,
    )
    db.session.add(bar)
    db.session.flush()
    journal.record(
        Happened.BAR_DECIDED,
        bar.code,
        by,
        now,
        client=client.code,
        reason=bar.reason.value,
        scope=bar.scope.value,
        ends_at=bar.ends_at.isoformat(timespec="seconds"),
        review_on=bar.review_on.isoformat(),
    )
    return bar


def standing(client_id: int, policy: Policy, now: datetime) -> list[rules.Standing]:
    """The bars of a person (by row key) that hold now: begun, not over, not lifted, and not overridden today."""
    given = {"client": client_id, "now": now, "day": policy.service_day(now)}
    return [rules.Standing(*row) for row in db.session.execute(_STANDING, given)]


def of_client(client_id: int) -> Sequence[Bar]:
    """Every bar that a person (by row key) ever had, the newest first."""
    return db.session.scalars(select(Bar).where(Bar.client_id == client_id).order_by(Bar.id.desc())).all()


def not_over(now: datetime) -> Sequence[Bar]:
    """Every bar that is not over, the one to be looked at soonest first."""
    return db.session.scalars(
        select(Bar).where(Bar.ends_at > now, Bar.lifted_at.is_(None)).order_by(Bar.review_on, Bar.id)
    ).all()


def review(client: str, code: str, review_on: date, policy: Policy, by: Actor, now: datetime) -> Bar:
    """Note that a bar was looked at and stays, and when it is looked at again."""
    bar = _still_there(client, code, now)
    rules.bar_is_whole(now, bar.ends_at, review_on, policy, now)
    bar.review_on = review_on
    journal.record(Happened.BAR_REVIEWED, bar.code, by, now, review_on=review_on.isoformat())
    return bar


def override(client: str, code: str, reason: str, policy: Policy, by: Actor, now: datetime) -> Bar:
    """Let the person in for the rest of this day of the room, whatever the bar says. Twice is once."""
    bar = _still_there(client, code, now)
    day = policy.service_day(now)
    known = select(BarOverride.id).where(BarOverride.bar_id == bar.id, BarOverride.service_day == day)
    if db.session.scalar(known) is None:
        insert_new(BarOverride, [{"bar_id": bar.id, "service_day": day, "reason": reason, "by": by.name, "at": now}])
        journal.record(Happened.BAR_OVERRIDDEN, bar.code, by, now, service_day=day.isoformat())
    return bar


def lift(client: str, code: str, reason: str, by: Actor, now: datetime) -> Bar:
    """End a bar before its time, with the reason. Twice is once."""
    bar = _get(client, code)
    if bar.lifted_at is None:
        bar.lifted_at, bar.lifted_by, bar.lifted_reason = now, by.name, reason
        journal.record(Happened.BAR_LIFTED, bar.code, by, now)
    return bar


def _still_there(client: str, code: str, now: datetime) -> Bar:
    bar = _get(client, code)
    if bar.lifted_at is not None or bar.ends_at <= now:
        raise OutOfOrder("This bar is over.")
    return bar


def _get(client: str, code: str) -> Bar:
    bar = db.session.scalar(
        select(Bar).where(Bar.code == code, Bar.client_id == service.get(client).id).with_for_update(of=Bar)
    )
    if bar is None:
        raise NotFound("There is no bar with this code on this record.")
    return bar
