"""Forgetting one person: their key is destroyed and what could name them goes; counts, ledgers and chains stay."""

from datetime import datetime

from consumption_room import database
from consumption_room.agreements import service as agreements
from consumption_room.clients import service as clients
from consumption_room.consents import service as consents
from consumption_room.database import transaction
from consumption_room.errors import RuleBroken
from consumption_room.journal import Actor
from consumption_room.vault import service as vault
from consumption_room.visits import queries as visits


class StillInside(RuleBroken):
    """The person is in the room now."""

    code = "still-inside"


def erase(code: str, by: Actor, now: datetime) -> None:
    """Forget the person with this code, and see to it that the database's file holds nothing of them either.

    Raises ``StillInside`` while they have an open visit. Older backups still open until they expire.
    """
    with transaction():
        client = clients.get(code)
        if visits.open_visit_of(client.id) is not None:
            raise StillInside("This person is in the room now. Please wait until they have left.")
        agreements.forget(client.id, by, now)
        vault.erase(client.id, by, now)
        consents.forget(client.id, by, now)
        clients.forget(code, by, now)
    database.scrub()
