"""What a person says that they are about to take, registered before it happens."""

from dataclasses import dataclass
from datetime import datetime

from consumption_room import journal
from consumption_room.clients import admission
from consumption_room.database import db
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import rules
from consumption_room.visits import service as visits
from consumption_room.visits.models import Episode
from consumption_room.vocabulary.visits import Route, Substance


@dataclass(frozen=True)
class Intake:
    """What a person is about to take, as they say it."""

    substances: tuple[Substance, ...]
    route: Route
    assisted: bool = False
    switched_from_smoking: bool = False


def register_intake(code: str, asked: Intake, policy: Policy, by: Actor, now: datetime) -> Episode:
    """Register an own-drug consumption before it happens; a visit may hold none, one or several.

    Raises ``Barred`` for somebody who came in for something else because own drugs are closed to them.
    """
    visit = visits.get(code)
    rules.may_consume(visit.ticket, visit.stage)
    rules.may_have_switched(asked.switched_from_smoking, asked.route)
    if visit.client_id is not None:
        admission.may_consume(visit.client_id, policy, now)
    episode = Episode(
        visit=visit,
        substances=asked.substances,
        route=asked.route,
        assisted=asked.assisted,
        switched_from_smoking=asked.switched_from_smoking,
        registered_at=now,
        service_day=policy.service_day(now),
    )
    db.session.add(episode)
    db.session.flush()
    journal.record(Happened.EPISODE_REGISTERED, episode.code, by, now, visit=visit.code, assisted=asked.assisted)
    return episode
