"""Keeping partners, making referrals and carrying them on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from consumption_room import journal
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.referrals.models import Referral, ReferralEvent, Service
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.referrals import Handover, ReferralState, ServiceKind


@dataclass(frozen=True)
class NewService:
    """A partner to put into the directory."""

    name: str
    kind: ServiceKind
    contact: str | None = None
    eligibility: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class NewReferral:
    """From which visit, to whom, handed over how, and whether the person agreed."""

    visit: str
    service: str
    handover: Handover
    consent: bool


def set_up(policy: Policy, by: Actor, now: datetime) -> None:
    """Put the partners of the policy into the directory, where they are not there yet."""
    for plan in policy.services:
        if db.session.scalar(select(Service.id).where(Service.code == plan.code)) is None:
            add_service(NewService(plan.name, plan.kind, code=plan.code), by, now)


def add_service(asked: NewService, by: Actor, now: datetime) -> Service:
    """Put a partner into the directory."""
    service = Service(name=asked.name, kind=asked.kind, contact=asked.contact, eligibility=asked.eligibility)
    if asked.code:
        service.code = asked.code
    db.session.add(service)
    db.session.flush()
    journal.record(Happened.SERVICE_ADDED, service.code, by, now)
    return service


def change_service(code: str, changes: dict[str, Any], by: Actor, now: datetime) -> Service:
    """Change the named fields of a partner."""
    service = get_service(code)
    for name, value in changes.items():
        setattr(service, name, value)
    journal.record(Happened.SERVICE_CHANGED, service.code, by, now, fields=sorted(changes))
    return service


def get_service(code: str) -> Service:
    """The partner with this code; raise ``NotFound``."""
    service = db.session.scalar(select(Service).where(Service.code == code))
    if service is None:
        raise NotFound("There is no partner with this code.")
    return service


def refer(asked: NewReferral, policy: Policy, by: Actor, now: datetime) -> Referral:
    """Make a referral; it is a draft until it is sent, and without consent it stays one."""
    visit = db.session.scalar(select(Visit).where(Visit.code == asked.visit))
    if visit is None:
        raise FieldsWrong({"visit": ["There is no visit with this code."]})
    service = db.session.scalar(select(Service).where(Service.code == asked.service, Service.closed.is_(False)))
    if service is None:
        raise FieldsWrong({"service": ["There is no open partner with this code."]})
    referral = Referral(
        visit=visit,
        service=service,
        handover=asked.handover,
        consent=asked.consent,
        owner=by.name,
        made_at=now,
        service_day=policy.service_day(now),
        events=[ReferralEvent(event=ReferralState.DRAFT, at=now, by=by.name)],
    )
    db.session.add(referral)
    db.session.flush()
    journal.record(
        Happened.REFERRAL_MADE, referral.code, by, now, visit=visit.code, service=service.code, consent=asked.consent
    )
    return referral


def get(code: str) -> Referral:
    """The referral with this code, locked for the change to come; raise ``NotFound``."""
    referral = db.session.scalar(select(Referral).where(Referral.code == code).with_for_update(of=Referral))
    if referral is None:
        raise NotFound("There is no referral with this code.")
    return referral


def carry_on(code: str, state: ReferralState, reason: str | None, by: Actor, now: datetime) -> Referral:
    """Take a referral's next step. The same step twice is once."""
    referral = get(code)
    if referral.state is not state:
        referral.move_to(state, reason)
        referral.events.append(ReferralEvent(event=state, reason=reason, at=now, by=by.name))
        journal.record(Happened.REFERRAL_MOVED, referral.code, by, now, visit=referral.visit.code, state=state.value)
    return referral
