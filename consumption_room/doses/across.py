"""Through the wall of law, from the side of treatment: what own use may see of it, and on which days somebody came."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from consumption_room.consents import queries as consents
from consumption_room.database import db
from consumption_room.doses import rules
from consumption_room.doses.models import Dose
from consumption_room.vocabulary.consents import ConsentScope
from consumption_room.vocabulary.doses import DoseState

# What was given at another place says nothing about coming here.
_CAME = rules.GIVEN - {DoseState.ELSEWHERE}
_STAYED_AWAY = (DoseState.MISSED, DoseState.ABSENT)


@dataclass(frozen=True)
class Days:
    """On which days of the room somebody had a dose, and on which they had none and did not come."""

    came: list[date]
    stayed_away: list[date]


def last_given_at(client_id: int, now: datetime) -> datetime | None:
    """When somebody last had a prescribed dose here, and nothing else of it: neither drug nor amount.

    Raises ``NotAgreed`` unless they agreed that the room sees it. The agreement is asked for twice, by the rule and in
    the question itself, so that neither alone can let anything by.
    """
    scope = ConsentScope.OWN_USE_SEES_TREATMENT
    consents.must_see(client_id, scope, now)
    return db.session.scalar(
        select(func.max(Dose.given_at)).where(
            Dose.client_id == client_id,
            Dose.state.in_(sorted(_CAME)),
            consents.agreed(Dose.client_id, scope, now),
        )
    )


def days(client_id: int, first: date, last: date) -> Days:
    """When somebody came for their doses, for those who keep their plan: days only, never an amount."""
    rows = db.session.execute(
        select(Dose.service_day, Dose.state)
        .where(Dose.client_id == client_id, Dose.service_day.between(first, last))
        .distinct()
    ).all()
    came = {day for day, state in rows if state in _CAME}
    away = {day for day, state in rows if state in _STAYED_AWAY}
    return Days(sorted(came), sorted(away - came))
