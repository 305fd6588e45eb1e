"""Reading agreements for screens: what is due, what runs, who came, and what a contract partner may be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from consumption_room.agreements import rules
from consumption_room.agreements.models import Agreement
from consumption_room.consents import queries as consents
from consumption_room.database import db
from consumption_room.doses import across as doses
from consumption_room.errors import NotFound
from consumption_room.vocabulary.agreements import AgreementKind, AgreementStep
from consumption_room.vocabulary.consents import ConsentScope


@dataclass(frozen=True)
class Attendance:
    """On which days somebody came to what was agreed, and on which they stayed away."""

    came: list[date]
    stayed_away: list[date]


def agreement(code: str, kinds: Collection[AgreementKind]) -> Agreement:
    """One agreement of these kinds with everything in it; raise ``NotFound``, also when it is of another kind."""
    found = db.session.scalar(select(Agreement).where(Agreement.code == code, Agreement.kind.in_(kinds)))
    if found is None:
        raise NotFound("There is no agreement with this code.")
    return found


def due(kinds: Collection[AgreementKind], by: date) -> Sequence[Agreement]:
    """Running agreements that are to be looked at again by this day, the longest overdue first."""
    return db.session.scalars(
        select(Agreement)
        .where(Agreement.kind.in_(kinds), Agreement.state.in_(rules.RUNNING), Agreement.next_review_on <= by)
        .order_by(Agreement.next_review_on, Agreement.id)
    ).all()


def page(
    kinds: Collection[AgreementKind], *, running_only: bool, before: str | None = None, limit: int = 50
) -> Sequence[Agreement]:
    """The newest agreements of these kinds, or those before the one with this code."""
    rows = select(Agreement).where(Agreement.kind.in_(kinds)).order_by(Agreement.id.desc()).limit(limit)
    if running_only:
        rows = rows.where(Agreement.state.in_(rules.RUNNING))
    if before is not None:
        rows = rows.where(Agreement.id < select(Agreement.id).where(Agreement.code == before).scalar_subquery())
    return db.session.scalars(rows).all()


def attendance(of: Agreement, today: date) -> Attendance:
    """Who came and when, as the key worker or navigator wrote it down; to a plan with a prescription, also for doses.

    Somebody who came for anything on a day came on that day.
    """
    came = {event.on_day for event in of.events if event.event is AgreementStep.CAME}
    away = {event.on_day for event in of.events if event.event is AgreementStep.STAYED_AWAY}
    if of.kind is AgreementKind.TREATMENT:
        dosed = doses.days(of.client_id, of.starts_on, min(of.ends_on, today))
        came, away = came | set(dosed.came), away | set(dosed.stayed_away)
    return Attendance(sorted(came), sorted(away - came))


def for_the_partner(code: str, today: date, now: datetime) -> Attendance:
    """What the police team behind a contract may be told, and nothing else; raise ``NotAgreed`` without a live consent.

    Never what somebody uses, never that they were in the room: only what was agreed in the contract counts as coming.
    """
    contract = agreement(code, rules.CONTRACTS)
    consents.must_see(contract.client_id, ConsentScope.CONTRACT_ATTENDANCE, now)
    return attendance(contract, today)
