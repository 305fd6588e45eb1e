"""What the treatment side may see of a person's own use: one question, with the wall of law inside it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from consumption_room.consents import queries as consents
from consumption_room.database import db
from consumption_room.visits.models import Episode, Visit
from consumption_room.vocabulary.consents import ConsentScope


def own_use(client_id: int, now: datetime, limit: int = 20) -> Sequence[Episode]:
    """A person's newest own-drug episodes; raise ``NotAgreed`` unless they agreed that treatment sees them.

    The agreement is asked for twice, by the rule and in the question itself, so that neither alone can let anything by.
    """
    scope = ConsentScope.TREATMENT_SEES_OWN_USE
    consents.must_see(client_id, scope, now)
    return db.session.scalars(
        select(Episode)
        .join(Visit, Visit.id == Episode.visit_id)
        .where(Visit.client_id == client_id, consents.agreed(Visit.client_id, scope, now))
        .order_by(Episode.id.desc())
        .limit(limit)
    ).all()
