"""Making agreements, writing down what they hold, and carrying them on."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.agreements import rules
from consumption_room.agreements.models import Agreement, AgreementEvent, Condition
from consumption_room.amounts import Micrograms
from consumption_room.clients import service as clients
from consumption_room.clients.rules import FORGOTTEN
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.staff.models import Staff
from consumption_room.vocabulary.agreements import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    ConditionKind,
    Pathway,
)
from consumption_room.vocabulary.consents import ConsentWay

_WITH_CODE = select(Agreement).where(Agreement.code == bindparam("code")).with_for_update(of=Agreement)


@dataclass(frozen=True)
class NewAgreement:
    """For whom, of which kind, led by whom (a staff code; else whoever makes it), and when it is looked at again.

    Without a day it is looked at again when the policy's time for it is over.
    """

    client: str
    kind: AgreementKind
    next_review_on: date | None = None
    goal: str | None = None
    key_worker: str | None = None
    ends_on: date | None = None
    pathways: tuple[Pathway, ...] = ()
    referred_by: str | None = None
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewCondition:
    """What somebody signs up to; hours for voluntary work, a day and an amount (micrograms a day) for a step down."""

    kind: ConditionKind
    what: str | None = None
    hours: int | None = None
    from_on: date | None = None
    amount: Micrograms | None = None


@dataclass(frozen=True)
class Step:
    """What happened, on which day, why, how somebody signed, until when it was extended, who at the police decided."""

    event: AgreementStep
    reason: str | None = None
    on_day: date | None = None
    way: ConsentWay | None = None
    next_review_on: date | None = None
    ends_on: date | None = None
    decided_by: str | None = None


def offer(asked: NewAgreement, policy: Policy, by: Actor, now: datetime) -> Agreement:
    """Offer somebody an agreement; it counts once they have signed. A contract begins with its one fixed condition."""
    client = clients.get(asked.client)
    if client.alias == FORGOTTEN:
        raise OutOfOrder("This person has been forgotten here. Nothing new can be agreed with them.")
    today = policy.service_day(now)
    rules.all_confirmed(asked.kind, asked.confirmed, policy)
    next_review_on = asked.next_review_on or today + policy.review_within
    rules.review_is_ahead(next_review_on, today, policy)
    contract = asked.kind in rules.CONTRACTS
    if contract != (asked.referred_by is not None):
        raise FieldsWrong({"referred_by": ["A contract, and nothing else, says which team of the police referred."]})
    if contract and asked.goal:
        raise FieldsWrong({"goal": ["A contract has conditions, no goals. Please add them one by one."]})
    name, code = _key_worker(asked.key_worker, by)
    agreement = Agreement(
        client=client,
        kind=asked.kind,
        state=AgreementState.OFFERED,
        key_worker=name,
        key_worker_code=code,
        referred_by=asked.referred_by,
        pathways=asked.pathways,
        starts_on=today,
        ends_on=rules.lasts(asked.kind, today, asked.ends_on, policy),
        next_review_on=next_review_on,
        made_at=now,
        made_by=by.name,
        conditions=[],
        events=[],
    )
    try:
        with db.session.begin_nested():
            db.session.add(agreement)
    except IntegrityError as clash:
        raise rules.AlreadyRunning("This person already has an agreement of this kind.") from clash
    journal.record(Happened.AGREEMENT_OFFERED, agreement.code, by, now, kind=asked.kind.value)
    if contract:
        _add(agreement, NewCondition(ConditionKind.NO_REOFFENDING), policy)
    if asked.goal:
        _add(agreement, NewCondition(ConditionKind.GOAL, asked.goal), policy)
    return agreement


def get(code: str) -> Agreement:
    """The agreement with this code, locked for the change to come; raise ``NotFound``."""
    agreement = db.session.scalar(_WITH_CODE, {"code": code})
    if agreement is None:
        raise NotFound("There is no agreement with this code.")
    return agreement


def add_condition(code: str, asked: NewCondition, policy: Policy, by: Actor, now: datetime) -> Agreement:
    """Write down one more thing that somebody signs up to."""
    agreement = get(code)
    _add(agreement, asked, policy)
    journal.record(Happened.AGREEMENT_CHANGED, agreement.code, by, now, condition=asked.kind.value)
    return agreement


def carry_on(code: str, asked: Step, policy: Policy, by: Actor, now: datetime) -> Agreement:
    """Write down what happened, with everything that follows from it for the agreement."""
    agreement, today = get(code), policy.service_day(now)
    on_day = asked.on_day or today
    if not agreement.starts_on <= on_day <= today:
        raise FieldsWrong({"on_day": ["This day lies before the agreement or ahead of us."]})
    theirs = by.staff is not None and by.staff == agreement.key_worker_code
    said = rules.Said(asked.event, asked.reason, asked.way, asked.decided_by, theirs)
    # Asked before anything is changed: a refusal leaves the agreement as it is.
    agreement.take(said)
    rules.review_is_ahead(asked.next_review_on, today, policy)
    if asked.event is AgreementStep.SIGNED:
        agreement.signed_at, agreement.signed_way = now, asked.way
    if asked.event is AgreementStep.EXTENDED:
        agreement.ends_on = rules.extended_to(agreement.ends_on, asked.ends_on, policy)
    if asked.event in rules.OF_THE_POLICE:
        agreement.decided_by = asked.decided_by
    if asked.event is AgreementStep.REVIEWED and asked.next_review_on is None:
        raise FieldsWrong({"next_review_on": ["Please say when it is looked at again."]})
    if agreement.state not in rules.RUNNING:
        agreement.next_review_on = None
    elif asked.next_review_on:
        agreement.next_review_on = asked.next_review_on
    agreement.events.append(AgreementEvent(event=asked.event, reason=asked.reason, on_day=on_day, at=now, by=by.name))
    journal.record(
        Happened.AGREEMENT_MOVED, agreement.code, by, now, event=asked.event.value, state=agreement.state.value
    )
    return agreement


def forget(client_id: int, by: Actor, now: datetime) -> None:
    """Take away what somebody's agreements say in words, and end those that run; what is counted stays."""
    for agreement in db.session.scalars(select(Agreement).where(Agreement.client_id == client_id)).all():
        if agreement.state in rules.RUNNING:
            agreement.take(rules.Said(AgreementStep.WITHDRAWN, FORGOTTEN, None, None, by_key_worker=False))
            agreement.next_review_on = None
            journal.record(Happened.AGREEMENT_MOVED, agreement.code, by, now, state=agreement.state.value)
        for condition in agreement.conditions:
            condition.what = FORGOTTEN if condition.what else None
        for event in agreement.events:
            event.reason = FORGOTTEN if event.reason else None


def _add(agreement: Agreement, asked: NewCondition, policy: Policy) -> None:
    rules.may_hold(agreement.facts, asked.kind, policy)
    rules.is_whole(asked.kind, asked.what, asked.hours, asked.from_on, asked.amount)
    agreement.conditions.append(
        Condition(
            position=len(agreement.conditions) + 1,
            kind=asked.kind,
            what=asked.what,
            hours=asked.hours,
            from_on=asked.from_on,
            amount=asked.amount,
        )
    )
    db.session.flush()


def _key_worker(code: str | None, by: Actor) -> tuple[str, str | None]:
    if code is None:
        return by.name, by.staff
    person = db.session.scalar(select(Staff).where(Staff.code == code, Staff.disabled_at.is_(None)))
    if person is None:
        raise FieldsWrong({"key_worker": ["Nobody who works here has this code."]})
    return person.name, person.code
