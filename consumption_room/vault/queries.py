"""Reading about the vault without opening it."""

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.vault.models import Identity


def kept(client_id: int) -> Identity | None:
    """Whether somebody's identity is kept, since when and by whom: the record, still sealed."""
    return db.session.scalar(select(Identity).where(Identity.client_id == client_id, Identity.erased_at.is_(None)))
