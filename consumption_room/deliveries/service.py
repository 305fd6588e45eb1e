"""Writing down what places outside are to be told, after the fact, and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from consumption_room import journal
from consumption_room.alerts import queries as alerts
from consumption_room.alerts.models import Alert
from consumption_room.database import db, insert_new
from consumption_room.deliveries import rules
from consumption_room.deliveries.models import Delivery, Follower
from consumption_room.errors import NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor, News
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.deliveries import DeliveryState

MOST_AT_ONCE = 500
NO_NEWS_AFTER = timedelta(days=1)
"""An alarm that was over so long ago is told nobody any more: a place may have been out of the settings for months."""

TOLD = frozenset(
    {
        Happened.ALERT_RAISED,
        Happened.ALERT_JOINED,
        Happened.ALERT_ESCALATED,
        Happened.ALERT_ACKNOWLEDGED,
        Happened.ALERT_ON_SCENE,
        Happened.ALERT_RELOCATED,
        Happened.ALERT_CLOSED,
    }
)
"""What is told outside: that there is an alarm and how it goes on, never what was done to whom."""


@dataclass(frozen=True)
class Due:
    """A delivery that is to be tried now."""

    code: str
    event: str
    body: dict[str, Any]


def begin(targets: Sequence[str]) -> None:
    """Follow the journal for these places: a new one is told of what happens from now on."""
    insert_new(Follower, [{"target": target, "seq": journal.last()} for target in targets])


def behind(targets: Sequence[str]) -> int:
    """From which number of the journal on something may have to be written down for one of these places."""
    rows = db.session.scalars(select(Follower.seq).where(Follower.target.in_(targets))).all()
    return min(rows, default=0)


def write_down(targets: Sequence[str], now: datetime) -> int:
    """Write deliveries for what is new in the journal; gives how many rows of it were read at most."""
    read = 0
    for target in targets:
        follower = db.session.scalars(select(Follower).where(Follower.target == target).with_for_update()).one()
        news = journal.news(follower.seq, MOST_AT_ONCE)
        told = [one for one in news if one.what in TOLD]
        by_code = {alert.code: alert for alert in alerts.with_codes({one.subject for one in told})}
        for one in told:
            alert = by_code[one.subject]
            if alert.closed_at is None or now - alert.closed_at < NO_NEWS_AFTER:
                db.session.add(_delivery(target, one, alert, now))
        if news:
            follower.seq = news[-1].seq
        read = max(read, len(news))
    return read


def _delivery(target: str, one: News, alert: Alert, now: datetime) -> Delivery:
    body = {
        "event": one.what,
        "seq": one.seq,
        "code": alert.code,
        "place": alert.place.code,
        "kind": alert.kind.value,
        "state": alert.state.value,
        "step": alert.step,
        "count": alert.count,
        "drill": alert.drill,
        "raised_at": alert.raised_at.isoformat(),
    }
    return Delivery(target=target, seq=one.seq, event=one.what, body=body, written_at=now, next_try_at=now)


def claim(target: str, lease_until: datetime, now: datetime) -> Due | None:
    """The oldest delivery that is due at this place, kept from other processes until the lease ends."""
    found = db.session.scalar(
        select(Delivery)
        .where(Delivery.target == target, Delivery.state == DeliveryState.WAITING, Delivery.next_try_at <= now)
        .order_by(Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    found.tries, found.next_try_at = found.tries + 1, lease_until
    return Due(found.code, found.event, found.body)


def is_due(target: str, now: datetime) -> bool:
    """Whether there is something to try."""
    waiting = select(Delivery.id).where(Delivery.target == target, Delivery.state == DeliveryState.WAITING)
    return db.session.scalar(waiting.where(Delivery.next_try_at <= now).limit(1)) is not None


def arrived(code: str, now: datetime) -> None:
    """The place outside has it."""
    found = get(code)
    if found.state is DeliveryState.WAITING:
        found.state, found.done_at, found.trouble = DeliveryState.SENT, now, None


def failed(code: str, trouble: str, now: datetime) -> None:
    """It did not arrive: try later, or give up."""
    found = get(code)
    if found.state is not DeliveryState.WAITING:
        return
    found.trouble = trouble[:40]
    pause = rules.wait(found.tries)
    if pause is None:
        found.state, found.done_at = DeliveryState.DEAD, now
    else:
        found.next_try_at = now + pause


def get(code: str) -> Delivery:
    """The delivery with this code, locked for the change to come; raise ``NotFound``."""
    found = db.session.scalar(select(Delivery).where(Delivery.code == code).with_for_update())
    if found is None:
        raise NotFound("There is no delivery with this code.")
    return found


def again(code: str, by: Actor, now: datetime) -> Delivery:
    """Try one that was given up once more, from the beginning; one that waits is tried at once."""
    found = get(code)
    if found.state is DeliveryState.SENT:
        raise OutOfOrder("This has arrived already.")
    found.state, found.done_at, found.tries, found.next_try_at = DeliveryState.WAITING, None, 0, now
    journal.record(Happened.DELIVERY_REPEATED, found.code, by, now)
    return found


def forget_old(policy: Policy, now: datetime) -> None:
    """Drop what has arrived, or was given up, past its time."""
    db.session.execute(delete(Delivery).where(Delivery.done_at < now - policy.deliveries_kept))
