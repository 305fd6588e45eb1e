"""Reading what people have agreed to, and the gate in the wall of law."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from consumption_room.consents import rules
from consumption_room.consents.models import Consent
from consumption_room.database import db
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.consents import ConsentScope
from consumption_room.wordings import Wordings


def may_see(client_id: int, scope: ConsentScope, now: datetime) -> bool:
    """Whether one side of the wall may see the other for this person at this moment. Ask it in each request anew."""
    standing = db.session.scalars(
        select(Consent)
        .where(Consent.client_id == client_id, Consent.scope == scope, Consent.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    return rules.may_see([one.facts for one in standing], scope, now)


def must_see(client_id: int, scope: ConsentScope, now: datetime) -> None:
    """Raise ``NotAgreed`` unless ``may_see``."""
    if not may_see(client_id, scope, now):
        raise rules.NotAgreed("The person has not agreed to this, so it is not shown.")


def agreed(client_id: Any, scope: ConsentScope, now: datetime) -> ColumnElement[bool]:
    """The same gate as a condition inside a question: ``.where(agreed(Visit.client_id, scope, now))``."""
    standing = aliased(Consent)  # never the asker's own, or the question would answer itself
    return exists().where(
        standing.client_id == client_id,
        standing.scope == scope,
        standing.ended_at.is_(None),
        standing.given_at <= now,
        standing.expires_at > now,
    )


def of_client(client_id: int, scopes: Collection[ConsentScope]) -> Sequence[Consent]:
    """Everything a person ever agreed to within these scopes, newest first."""
    return db.session.scalars(
        select(Consent).where(Consent.client_id == client_id, Consent.scope.in_(scopes)).order_by(Consent.id.desc())
    ).all()


def to_ask(client_id: int, policy: Policy, wordings: Wordings, now: datetime) -> list[ConsentScope]:
    """What this person is to be asked at the door: never asked, ended, run out, or asked with an older text."""
    found = of_client(client_id, policy.asked_at_check_in)
    last = {one.scope: one.facts for one in reversed(found)}
    return rules.to_ask(policy.asked_at_check_in, last, wordings.newest, now)
