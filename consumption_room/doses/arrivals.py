"""Coming for a dose: whoever opens a visit is told when the window closes, and nothing else (the wall of law)."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from consumption_room.clients.models import Client
from consumption_room.database import db
from consumption_room.doses.models import Dose
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import queue
from consumption_room.visits.models import Visit
from consumption_room.visits.service import CheckIn
from consumption_room.vocabulary.doses import DoseState
from consumption_room.vocabulary.visits import Purpose, Stage

_OPEN = (DoseState.EXPECTED, DoseState.PRE_CHECK, DoseState.HELD, DoseState.REFERRED)


def with_window(asked: CheckIn, policy: Policy, now: datetime) -> CheckIn:
    """The check-in with the moment until which the person's next dose of the day can be given.

    Nothing is looked up for whoever does not come for a dose; what the desk itself has said stands.
    """
    if Purpose.DOSE not in asked.purposes or asked.client is None or asked.window_closes_at is not None:
        return asked
    client = db.session.scalar(select(Client.id).where(Client.code == asked.client))
    return replace(asked, window_closes_at=_closes_at(client, policy, now)) if client is not None else asked


def window_changed(visit: Visit, by: Actor, policy: Policy, now: datetime) -> None:
    """Tell the queue of the person's next window, or of none, once a dose has been given or has not."""
    if visit.client_id is not None and visit.window_closes_at is not None and visit.stage is not Stage.LEFT:
        queue.dose_window(visit.code, _closes_at(visit.client_id, policy, now), by, now)


def _closes_at(client: int, policy: Policy, now: datetime) -> datetime | None:
    """When the grace after the first of today's open windows ends; ``None`` when none is open or to come."""
    return db.session.scalar(
        select(func.min(Dose.ends_at)).where(
            Dose.client_id == client,
            Dose.service_day == policy.service_day(now),
            Dose.state.in_(_OPEN),
            Dose.ends_at > now,
        )
    )
