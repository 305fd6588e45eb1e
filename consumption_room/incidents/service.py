"""Closing an emergency into a record, writing and signing it, and following it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from consumption_room import journal
from consumption_room.alerts import endings
from consumption_room.alerts import rules as alert_rules
from consumption_room.alerts import service as alerts
from consumption_room.alerts.models import Alert
from consumption_room.database import db
from consumption_room.doses import holds
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.incidents import queries, rules
from consumption_room.incidents.models import FollowUp, Incident
from consumption_room.journal import Actor
from consumption_room.vocabulary.alarms import AlarmKind, Cause, Outcome
from consumption_room.vocabulary.incidents import TaskState


@dataclass(frozen=True)
class NewTask:
    """Something to be done: what, by whom, and until when or at the person's next check-in."""

    what: str
    owner: str
    due_on: date | None = None
    at_check_in: bool = False


def close(code: str, outcome: Outcome, causes: tuple[Cause, ...], by: Actor, now: datetime) -> Alert:
    """End an alarm with its outcome; a real emergency leaves the draft of its record. Twice is once."""
    alert = alerts.close(code, outcome, causes, by, now)
    if alert_rules.is_emergency(alert.kind, alert.drill, outcome) and queries.record_of(alert.id) is None:
        incident = Incident(
            alert=alert,
            drafted_at=now,
            substances=queries.said_substances(alert.visit_id),
            causes=alert.causes,
        )
        db.session.add(incident)
        db.session.flush()
        journal.record(Happened.INCIDENT_DRAFTED, alert.code, by, now)
        client = queries.client_of(alert.visit_id)
        if alert.kind is AlarmKind.OVERDOSE and client is not None:
            holds.after_an_emergency(client, by, now)
    return alert


def get(code: str) -> Incident:
    """The record of the alarm with this code, locked for the change to come; raise ``NotFound``."""
    incident = db.session.scalar(
        select(Incident)
        .join(Alert, Alert.id == Incident.alert_id)
        .where(Alert.code == code)
        .with_for_update(of=Incident)
    )
    if incident is None:
        raise NotFound("There is no record for an alarm with this code.")
    return incident


def change(code: str, changes: Mapping[str, Any], by: Actor, now: datetime) -> Incident:
    """Write in a record; after signing only the debrief. ``changes`` holds the fields that were sent."""
    incident = get(code)
    changed = {name: value for name, value in changes.items() if getattr(incident, name) != value}
    rules.may_change(incident.signed_at is not None, changed)
    endings.may_be_because(incident.alert.kind, changed.get("causes", ()))
    for name, value in changed.items():
        setattr(incident, name, value)
    if (incident.debriefed_at is None) is not (incident.debriefed_by is None):
        raise FieldsWrong({"debriefed_by": ["Please say when the debrief was held, and who held it."]})
    if incident.debriefed_at is not None and not incident.alert.raised_at <= incident.debriefed_at <= now:
        raise FieldsWrong({"debriefed_at": ["This moment lies before the alarm or in the future."]})
    if changed:
        db.session.flush()
        journal.record(Happened.INCIDENT_CHANGED, code, by, now, fields=sorted(changed))
    return incident


def sign(code: str, by: Actor, now: datetime) -> Incident:
    """Sign a complete record by name; raise ``NotComplete``. Twice is once: the first name stands."""
    incident = get(code)
    if incident.signed_at is None:
        rules.may_sign(incident.missing)
        incident.signed_at, incident.signed_by = now, by.name
        db.session.flush()
        journal.record(Happened.INCIDENT_SIGNED, code, by, now)
    return incident


def add_task(code: str, asked: NewTask, by: Actor, now: datetime) -> FollowUp:
    """Say what is still to be done about an emergency."""
    incident = get(code)
    client = queries.client_of(incident.alert.visit_id)
    rules.may_follow_up(asked.due_on, asked.at_check_in, client is not None)
    return follow_up(incident.alert, asked, client if asked.at_check_in else None, by, now)


def follow_up(alert: Alert, asked: NewTask, client: int | None, by: Actor, now: datetime) -> FollowUp:
    """Put a follow-up on the list, for the next check-in of the person with this row key if one is given."""
    task = FollowUp(
        alert_id=alert.id,
        what=asked.what,
        owner=asked.owner,
        due_on=asked.due_on,
        client_id=client,
        made_at=now,
        made_by=by.name,
    )
    db.session.add(task)
    db.session.flush()
    journal.record(Happened.FOLLOW_UP_MADE, task.code, by, now, alert=alert.code)
    return task


def finish_task(code: str, task: str, by: Actor, now: datetime) -> FollowUp:
    """It has been done. Twice is once: the first name stands."""
    found = db.session.scalar(
        select(FollowUp)
        .join(Alert, Alert.id == FollowUp.alert_id)
        .where(Alert.code == code, FollowUp.code == task)
        .with_for_update(of=FollowUp)
    )
    if found is None:
        raise NotFound("There is no follow-up with this code.")
    if found.state is TaskState.OPEN:
        found.state, found.done_at, found.done_by = TaskState.DONE, now, by.name
        journal.record(Happened.FOLLOW_UP_DONE, found.code, by, now, alert=code)
    return found
