"""Reading records and follow-ups for screens, and what an emergency call is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import selectinload

from consumption_room.alerts.models import Alert
from consumption_room.alerts.rules import CLINICAL
from consumption_room.clients import rules as client_rules
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.incidents import clusters
from consumption_room.incidents.clusters import Emergency, Intakes, Warned
from consumption_room.incidents.models import FollowUp, Incident
from consumption_room.policy.room import Policy
from consumption_room.visits import queries as visits
from consumption_room.visits.models import Episode, Visit
from consumption_room.vocabulary.alarms import Outcome
from consumption_room.vocabulary.incidents import TaskState
from consumption_room.vocabulary.people import AgeBand
from consumption_room.vocabulary.visits import Substance

_WHOLE = (selectinload(Incident.tasks), selectinload(Incident.alert).selectinload(Alert.entries))


def record_of(alert_id: int) -> Incident | None:
    """The record of an alarm, if it has one."""
    return db.session.scalar(select(Incident).where(Incident.alert_id == alert_id))


def incident(code: str) -> Incident:
    """The record of the alarm with this code, with its follow-ups; raise ``NotFound``."""
    found = db.session.scalar(
        select(Incident).join(Alert, Alert.id == Incident.alert_id).where(Alert.code == code).options(*_WHOLE)
    )
    if found is None:
        raise NotFound("There is no record for an alarm with this code.")
    return found


def page(*, unsigned_only: bool, after: str | None = None, limit: int = 50) -> Sequence[Incident]:
    """Records, the newest first, or those before the one with this code."""
    rows = select(Incident).order_by(Incident.id.desc()).limit(limit).options(*_WHOLE)
    if unsigned_only:
        rows = rows.where(Incident.signed_at.is_(None))
    if after is not None:
        rows = rows.where(Incident.id < select(Incident.id).where(Incident.code == after).scalar_subquery())
    return db.session.scalars(rows).all()


def unsigned() -> Sequence[Incident]:
    """Every record that still waits for a name, the oldest first: the reminder of the floor and of the shift."""
    return db.session.scalars(select(Incident).where(Incident.signed_at.is_(None)).order_by(Incident.id)).all()


def waits_for(client_id: int | None) -> bool:
    """Whether something waits for this person's next check-in."""
    if client_id is None:
        return False
    waiting = exists().where(FollowUp.client_id == client_id, FollowUp.state == TaskState.OPEN)
    return bool(db.session.scalar(select(waiting)))


def said_substances(visit_id: int | None) -> tuple[Substance, ...]:
    """What the person of a visit said they would take, the latest intake; nothing when nobody knows."""
    if visit_id is None:
        return ()
    said = select(Episode.substances).where(Episode.visit_id == visit_id).order_by(Episode.id.desc()).limit(1)
    return db.session.scalar(said) or ()


def client_of(visit_id: int | None) -> int | None:
    """The row key of the person of a visit, if they have a record."""
    if visit_id is None:
        return None
    return db.session.scalar(select(Visit.client_id).where(Visit.id == visit_id))


def visit_code(visit_id: int | None) -> str | None:
    """The code of a visit by its row key."""
    return db.session.scalar(select(Visit.code).where(Visit.id == visit_id)) if visit_id is not None else None


@dataclass(frozen=True)
class Person:
    """What an emergency call is told of somebody: never who they are."""

    age: AgeBand | None
    substances: tuple[Substance, ...]


def person_of(alert: Alert, today: date) -> Person:
    """The age band and the substances said at intake of whoever the alarm is about, as far as anybody knows."""
    code = visit_code(alert.visit_id)
    client = visits.visit(code).client if code else None
    age = client_rules.age_band(client.birth_year, client.age_band, today) if client else None
    return Person(age, said_substances(alert.visit_id))


def cluster(policy: Policy, now: datetime) -> Warned | None:
    """Whether more people became unwell close together than chance explains; for four hours after the newest."""
    today = policy.service_day(now)
    ids = db.session.execute(
        select(Alert.raised_at, Alert.visit_id)
        .where(Alert.service_day.between(today - timedelta(days=clusters.HISTORY_DAYS + 1), today))
        .where(Alert.kind.in_(sorted(CLINICAL)), Alert.drill.is_(False), Alert.raised_at <= now)
        .where(or_(Alert.outcome.is_(None), Alert.outcome != Outcome.FALSE_ALARM))
        .order_by(Alert.raised_at)
    ).all()
    if len(ids) < clusters.LEAST or ids[-1].raised_at <= now - clusters.WINDOW:
        return None
    newest = ids[-1].raised_at
    said = dict(
        db.session.execute(
            select(Episode.visit_id, Episode.substances)
            .where(Episode.visit_id.in_({one.visit_id for one in ids if one.visit_id}))
            .order_by(Episode.id)
        ).all()
    )
    emergencies = [Emergency(one.raised_at, said.get(one.visit_id, ())) for one in ids]
    return clusters.warn(emergencies, _intakes(policy, newest), newest)


def _intakes(policy: Policy, newest: datetime) -> Intakes:
    since, today = newest - clusters.WINDOW, policy.service_day(newest)
    days = Episode.service_day.between(today - timedelta(days=clusters.HISTORY_DAYS), today)
    counted = select(
        func.sum(case((Episode.registered_at > since, 1), else_=0)),
        func.sum(case((Episode.registered_at <= since, 1), else_=0)),
    ).where(days, Episode.registered_at <= newest)
    recent, before = db.session.execute(counted).one()
    return Intakes(recent or 0, before or 0)
