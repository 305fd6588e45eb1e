"""Raising, answering and closing alarms. A press is stored before anybody is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from consumption_room import journal
from consumption_room.alerts import aftermath, endings, escalation, rules, timeline
from consumption_room.alerts.models import Alert, AlertAnswer, AlertEntry, AlertSilence, Receipt
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Place
from consumption_room.database import db, insert_new
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits.models import Stay, Visit
from consumption_room.vocabulary.alarms import (
    AlarmAction,
    AlarmKind,
    AlarmState,
    Cause,
    NaloxoneRoute,
    Outcome,
    ReceiptStage,
)


@dataclass(frozen=True)
class Press:
    """A call for help: where, of what kind, in which visit if known; without a place, where the device stands."""

    kind: AlarmKind = AlarmKind.OVERDOSE
    place: str | None = None
    visit: str | None = None
    drill: bool = False


@dataclass(frozen=True)
class Action:
    """Something done during an alarm; ``at`` only when it was not just now."""

    action: AlarmAction
    at: datetime | None = None
    value: str | None = None
    lot: str | None = None
    route: NaloxoneRoute | None = None


@dataclass(frozen=True)
class Seen:
    """What a display told us about an alarm."""

    alert: str
    display: str
    stage: ReceiptStage
    at: datetime
    whose: str | None = None
    """The code of the device or the person behind the display."""


# Built once: putting a statement together takes as long as running it, and somebody is waiting for help.
_OPEN_AT = (
    select(Alert)
    .where(Alert.place_id == bindparam("place"), Alert.kind == bindparam("kind"), Alert.drill == bindparam("drill"))
    .where(Alert.state.in_(rules.JOINABLE))
    .order_by(Alert.id.desc())
    .limit(1)
    # Locked, and looked at again: it may be closed, or moved to another door, at this very moment.
    .with_for_update(of=Alert)
    .execution_options(populate_existing=True)
)
_SEATED_IN = (
    select(Visit.id, Visit.code)
    .join(Stay, Stay.visit_id == Visit.id)
    .where(Stay.cubicle_id == bindparam("cubicle"), Stay.ended_at.is_(None))
)


def raise_alarm(press: Press, policy: Policy, by: Actor, now: datetime) -> tuple[Alert, bool]:
    """Store a call for help with every step of its ladder; gives the alarm, and whether it is a new one.

    A press at the same place and of the same kind within the joining time joins the open alarm and rings it louder.
    """
    if press.place is None and by.place is None:
        raise FieldsWrong({"place": ["Please say where: this device has no place of its own."]})
    place = cubicles.place(press.place) if press.place else cubicles.place_of_a_device(by.place or "")
    code = place.code
    if open_alert := _open_alert_at(place, press, policy, now):
        open_alert.count += 1
        open_alert.last_pressed_at = now
        journal.record(Happened.ALERT_JOINED, open_alert.code, by, now, count=open_alert.count)
        return open_alert, False
    visit_id, visit_code = _visit_at(place, press)
    alert = Alert(
        place=place,
        kind=press.kind,
        priority=policy.priority[press.kind],
        drill=press.drill,
        visit_id=visit_id,
        raised_at=now,
        raised_by=by.name,
        last_pressed_at=now,
        service_day=policy.service_day(now),
        steps=escalation.steps(policy, press.kind, now),
        confirm_by=now + policy.confirm_within,
        raised_from=by.staff or by.device,
    )
    db.session.add(alert)
    db.session.flush()
    aftermath.freeze(alert, by, now)
    journal.record(
        Happened.ALERT_RAISED,
        alert.code,
        by,
        now,
        visit=visit_code,
        place=code,
        kind=press.kind.value,
        drill=press.drill,
    )
    return alert, True


def _open_alert_at(place: Place, press: Press, policy: Policy, now: datetime) -> Alert | None:
    alert = db.session.scalar(_OPEN_AT, {"place": place.id, "kind": press.kind, "drill": press.drill})
    return alert if alert and rules.joins(alert.last_pressed_at, policy.join_within, now) else None


def _visit_at(place: Place, press: Press) -> tuple[int | None, str | None]:
    if press.visit is not None:
        visit = db.session.execute(select(Visit.id, Visit.code).where(Visit.code == press.visit)).first()
        # An unknown visit must never stop an alarm.
        return (visit.id, visit.code) if visit else (None, None)
    if place.cubicle_id is None:
        return None, None
    seated = db.session.execute(_SEATED_IN, {"cubicle": place.cubicle_id}).first()
    return (seated.id, seated.code) if seated else (None, None)


def get(code: str) -> Alert:
    """The alarm with this code, locked for the change to come; raise ``NotFound``."""
    alert = db.session.scalar(select(Alert).where(Alert.code == code).with_for_update(of=Alert))
    if alert is None:
        raise NotFound("There is no alarm with this code.")
    return alert


def acknowledge(code: str, policy: Policy, by: Actor, now: datetime) -> Alert:
    """Say, by name, that somebody is coming: the first name stands, and every later one is noted as an answer too.

    If nobody is there in time, everybody is called again.
    """
    alert = get(code)
    if alert.state is AlarmState.RAISED:
        alert.move_to(AlarmState.ACKNOWLEDGED)
        alert.acknowledged_at, alert.responder = now, by.name
        escalation.expect_arrival(alert, policy, now)
        journal.record(Happened.ALERT_ACKNOWLEDGED, alert.code, by, now)
        _answer(alert, by, now)
    elif alert.closed_at is None and _answer(alert, by, now):
        journal.record(Happened.ALERT_ANSWERED, alert.code, by, now)
    return alert


def _answer(alert: Alert, by: Actor, now: datetime) -> bool:
    """Note who answered; whether that is news."""
    if any(answer.name == by.name for answer in alert.answers):
        return False
    alert.answers.append(AlertAnswer(name=by.name, staff=by.staff, at=now))
    return True


def silence(code: str, policy: Policy, by: Actor, now: datetime) -> Alert:
    """Silence this alarm on the screens of one person, for a time that ends by itself; every screen says who did.

    Only what rings already can be silenced, never what comes later: another alarm, another press, another step.
    """
    alert = get(code)
    whose = by.staff or by.device or ""
    if alert.closed_at is None and not any(one.whose == whose and one.until > now for one in alert.silences):
        alert.silences.append(AlertSilence(name=by.name, whose=whose, at=now, until=now + policy.silent_for))
        journal.record(Happened.ALERT_SILENCED, alert.code, by, now)
    return alert


def on_scene(code: str, by: Actor, now: datetime) -> Alert:
    """Say that somebody is at the person's side. Twice is once; without an acknowledgement it is one too."""
    alert = get(code)
    if not rules.at_least(alert.state, AlarmState.ON_SCENE):
        alert.move_to(AlarmState.ON_SCENE)
        alert.on_scene_at = now
        if alert.acknowledged_at is None:
            alert.acknowledged_at, alert.responder = now, by.name
        journal.record(Happened.ALERT_ON_SCENE, alert.code, by, now)
    return alert


def relocate(code: str, place: str, by: Actor, now: datetime) -> Alert:
    """Correct where an open alarm is; it rings again, because somebody may be running to the wrong door.

    The visit is the one at the right place: what is noted for a person must not fall to whoever sits at the wrong one.
    """
    alert = get(code)
    if alert.closed_at is None and alert.place.code != place:
        wrong = alert.place
        alert.place = cubicles.place(place)
        alert.visit_id, _ = _visit_at(alert.place, Press())
        alert.count += 1
        alert.last_pressed_at = now  # as a press: what was silenced at the wrong door sounds at the right one
        aftermath.freeze(alert, by, now)
        aftermath.release(wrong, by, now)
        journal.record(Happened.ALERT_RELOCATED, alert.code, by, now, place=place)
    return alert


def note(code: str, asked: Action, by: Actor, now: datetime) -> AlertEntry:
    """Put something that was done on the alarm's timeline, on the server's time."""
    alert = get(code)
    at = asked.at or now
    rules.happened_in_time(at, alert.raised_at, now)
    said = timeline.read(asked.action, asked.value, asked.route)
    entry = AlertEntry(
        action=asked.action,
        value=said.value,
        route=said.route,
        lot=asked.lot,
        at=at,
        recorded_at=now,
        recorded_by=by.name,
    )
    alert.entries.append(entry)
    db.session.flush()
    journal.record(Happened.ALERT_ACTION, alert.code, by, now, action=asked.action.value)
    return entry


def close(code: str, outcome: Outcome, causes: tuple[Cause, ...], by: Actor, now: datetime) -> Alert:
    """End an alarm with an outcome that its kind can have, by name. The same outcome twice is once."""
    alert = get(code)
    if alert.state is AlarmState.CLOSED and alert.outcome is outcome:
        return alert
    endings.may_end(alert.kind, outcome, causes)
    alert.move_to(AlarmState.CLOSED)
    alert.closed_at, alert.closed_by, alert.outcome, alert.causes = now, by.name, outcome, causes
    aftermath.release(alert.place, by, now)
    journal.record(Happened.ALERT_CLOSED, alert.code, by, now, outcome=outcome.value)
    return alert


def escalate(code: str, by: Actor, now: datetime) -> Alert:
    """Take the next step of the ladder at once."""
    alert = get(code)
    escalation.take_next(alert, by, now)
    return alert


def keep_receipts(seen: Sequence[Seen], now: datetime) -> None:
    """Store what displays said; what is already known, or about an alarm nobody knows, is passed over."""
    wanted = select(Alert.code, Alert.id, Alert.raised_from).where(Alert.code.in_({one.alert for one in seen}))
    known = {code: (key, raised_from) for code, key, raised_from in db.session.execute(wanted)}
    rows = [
        {"alert_id": known[one.alert][0], "display": one.display, "stage": one.stage, "at": one.at}
        for one in seen
        if one.alert in known
    ]
    if rows:
        insert_new(Receipt, rows)
    shown = {
        known[one.alert][0]
        for one in seen
        if one.alert in known and one.stage is ReceiptStage.SHOWN and rules.confirms(one.whose, known[one.alert][1])
    }
    if shown:
        escalation.confirm(shown, now)
