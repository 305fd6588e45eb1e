"""The ladder: steps taken while nobody confirms, answers or arrives. Every promise is a row with a due time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from consumption_room import journal
from consumption_room.alerts import rules
from consumption_room.alerts.models import Alert, AlertStep
from consumption_room.database import db
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.alarms import AlarmKind, AlarmState, WaitsFor

EVERYBODY = "Everybody"
"""Who is called when somebody said they were coming, and nobody is there."""


def steps(policy: Policy, kind: AlarmKind, now: datetime) -> list[AlertStep]:
    """The ladder of an alarm raised now."""
    return [
        AlertStep(
            number=rung.number,
            audience=rung.audience,
            all_call=rung.all_call,
            roles=rung.roles,
            due_at=due,
            waits_for=WaitsFor.ANSWER,
        )
        for rung, due in rules.ladder(policy, kind, now)
    ]


def expect_arrival(alert: Alert, policy: Policy, now: datetime) -> None:
    """Somebody is coming: promise to call everybody if nobody has arrived in time."""
    number = max((step.number for step in alert.steps), default=0) + 1
    alert.steps.append(
        AlertStep(
            number=number,
            audience=EVERYBODY,
            all_call=True,
            due_at=now + policy.arrive_within,
            waits_for=WaitsFor.ARRIVAL,
        )
    )


def take_due(policy: Policy, by: Actor, now: datetime) -> Sequence[AlertStep]:
    """Take every step that is due and still needed; lay aside those that an answer or an arrival has made needless.

    A step that was taken because nobody arrived is followed by another, until somebody does. Two processes that sweep
    at once take no step twice: the alarm is locked, and the one that comes second passes it over.
    """
    is_due = (AlertStep.done_at.is_(None), AlertStep.due_at <= now)
    # The alarm first and its steps after it, as everybody locks them; one being answered now waits for the next round.
    alerts = db.session.scalars(
        select(Alert)
        .where(or_(Alert.confirm_by <= now, Alert.id.in_(select(AlertStep.alert_id).where(*is_due))))
        .order_by(Alert.id)
        .with_for_update(of=Alert, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    by_id = {alert.id: alert for alert in alerts}
    due = db.session.scalars(
        select(AlertStep)
        .where(AlertStep.alert_id.in_(by_id), *is_due)
        .order_by(AlertStep.due_at, AlertStep.number)
        .execution_options(populate_existing=True)
    ).all()
    for alert in by_id.values():
        if alert.confirm_by is not None and alert.confirm_by <= now:
            alert.confirm_by = None
            if alert.confirmed_at is None and alert.state is AlarmState.RAISED:
                take_next(alert, by, now, "no display has shown it")
    for step in due:
        if step.done_at is None:
            _lay_to_rest(by_id[step.alert_id], step, policy, by, now)
    return due


def _lay_to_rest(alert: Alert, step: AlertStep, policy: Policy, by: Actor, now: datetime) -> None:
    if not rules.is_needed(step.waits_for, alert.state):
        step.done_at, step.needed = now, False
        return
    _take(alert, step, by, now, f"no {step.waits_for.value}")
    if step.waits_for is WaitsFor.ARRIVAL:
        expect_arrival(alert, policy, now)


def take_next(alert: Alert, by: Actor, now: datetime, why: str = "asked for") -> None:
    """Take the next step of the ladder at once; nothing when all are taken, or the alarm is over.

    The promise to call everybody when nobody arrives is none of these: it stands until it is due.
    """
    step = next((step for step in alert.steps if step.done_at is None and step.waits_for is WaitsFor.ANSWER), None)
    if step is not None and alert.closed_at is None:
        _take(alert, step, by, now, why)


def _take(alert: Alert, step: AlertStep, by: Actor, now: datetime, why: str) -> None:
    step.done_at, step.needed = now, True
    alert.step = max(alert.step, step.number)
    journal.record(Happened.ALERT_ESCALATED, alert.code, by, now, step=step.number, why=why)


def call_more(codes: Collection[str], by: Actor, now: datetime) -> None:
    """No display can tell of these alarms: take their first step at once, if nobody has answered or taken it yet."""
    alerts = db.session.scalars(
        select(Alert)
        .where(Alert.code.in_(codes), Alert.state == AlarmState.RAISED, Alert.step == 0)
        .order_by(Alert.id)
        .with_for_update(of=Alert)
        .execution_options(populate_existing=True)
    )
    for alert in alerts:
        take_next(alert, by, now, "no display is able")


def confirm(alerts: Collection[int], now: datetime) -> None:
    """A display that is not the raiser's own has shown these alarms; the first to do so stands."""
    db.session.execute(
        update(Alert)
        .where(Alert.id.in_(alerts), Alert.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .execution_options(synchronize_session=False)
    )
