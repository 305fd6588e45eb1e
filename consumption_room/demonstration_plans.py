"""What people in the demo room have agreed to: texts, plans, a contract, and one sealed name, all invented."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from consumption_room.agreements import service as agreements
from consumption_room.agreements.models import Agreement
from consumption_room.clients.models import Client
from consumption_room.consents import service as consents
from consumption_room.database import db
from consumption_room.gate import here
from consumption_room.journal import Actor
from consumption_room.vault import service as vault
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.agreements import AgreementKind, AgreementStep, ConditionKind, Pathway
from consumption_room.vocabulary.consents import ConsentScope, ConsentWay

ASKED = 60
"""So many of the newest visitors have been asked; every seventh of them not yet."""


def agree(by: Actor, now: datetime) -> None:
    """Let the newest visitors agree to what is asked at the door, and three of them have a plan."""
    people = _newest()
    for number, person in enumerate(people):
        if number % 7:
            for scope in here.policy().asked_at_check_in:
                _agree(person, scope, by, now)
    if len(people) >= 3:
        _treated(people[0], by, now)
        _treated(people[1], by, now)
        _diverted(people[2], by, now)


def _newest() -> Sequence[Client]:
    newest = select(Visit.client_id).where(Visit.client_id.is_not(None)).order_by(Visit.id.desc()).limit(ASKED)
    return db.session.scalars(select(Client).where(Client.id.in_(newest)).order_by(Client.id)).all()


def _agree(person: Client, scope: ConsentScope, by: Actor, now: datetime) -> None:
    asked = consents.Agreement(scope, ConsentWay.SPOKEN, "en")
    consents.give(person.code, asked, here.wordings(), here.policy(), by, now)


def _treated(person: Client, by: Actor, now: datetime) -> None:
    today = here.policy().service_day(now)
    plan = agreements.offer(
        agreements.NewAgreement(
            person.code, AgreementKind.TREATMENT, today + timedelta(days=9), "Sleep in a bed of my own"
        ),
        here.policy(),
        by,
        now,
    )
    step = agreements.NewCondition(ConditionKind.REDUCTION, None, None, today + timedelta(days=60), 180_000)
    agreements.add_condition(plan.code, step, here.policy(), by, now)
    _go_on(plan, AgreementStep.SIGNED, by, now, way=ConsentWay.SIGNED)
    _agree(person, ConsentScope.TREATMENT_SEES_OWN_USE, by, now)
    invented = vault.Person("Vera Quillfeather", date(1979, 3, 14))
    vault.keep(person.code, invented, here.keyring(), here.policy(), by, now)


def _diverted(person: Client, by: Actor, now: datetime) -> None:
    today = here.policy().service_day(now)
    contract = agreements.offer(
        agreements.NewAgreement(
            person.code,
            AgreementKind.DIVERSION,
            today + timedelta(days=20),
            pathways=(Pathway.HOUSING, Pathway.FINANCES),
            referred_by="Checkpoint team",
            confirmed=tuple(line.code for line in here.policy().eligibility),
        ),
        here.policy(),
        by,
        now,
    )
    work = agreements.NewCondition(ConditionKind.VOLUNTARY_WORK, hours=20)
    agreements.add_condition(contract.code, work, here.policy(), by, now)
    _go_on(contract, AgreementStep.SIGNED, by, now, way=ConsentWay.SIGNED)
    _go_on(contract, AgreementStep.CAME, by, now)
    _agree(person, ConsentScope.CONTRACT_ATTENDANCE, by, now)


def _go_on(plan: Agreement, step: AgreementStep, by: Actor, now: datetime, way: ConsentWay | None = None) -> None:
    agreements.carry_on(plan.code, agreements.Step(step, way=way), here.policy(), by, now)
