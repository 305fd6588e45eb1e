"""Finding people by what they can tell us."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from consumption_room.clients import rules
from consumption_room.clients.models import Client
from consumption_room.database import db


def find(text: str, phrase_key: bytes, limit: int = 8) -> Sequence[Client]:
    """People whose code or phrase this is, or whose alias begins with it; the best fit first.

    A prefix search on an index: as quick among 20,000 people as among 20. Nothing fits an empty text.
    """
    folded = rules.folded(text)
    if not folded:
        return []
    exact = db.session.scalars(
        select(Client)
        .where(
            or_(
                Client.code == text.strip().lower(),
                Client.phrase_digest == rules.phrase_digest(text, phrase_key),
                Client.alias_folded == folded,
            )
        )
        .order_by(Client.id)
        .limit(limit)
    ).all()
    if len(exact) == limit:
        return exact
    begins = db.session.scalars(
        select(Client)
        .where(Client.alias_folded >= folded, Client.alias_folded < folded + "\U0010ffff")
        .where(Client.id.not_in([client.id for client in exact]))
        .order_by(Client.alias_folded, Client.id)
        .limit(limit - len(exact))
    ).all()
    return [*exact, *begins]
