"""Forgetting one person: their key is destroyed and what could name them goes; counts, ledgers and chains stay."""

from datetime import datetime

from consumption_room import database, journal
from consumption_room.agreements import service as agreements
from consumption_room.clients import service as clients
from consumption_room.consents import service as consents
from consumption_room.database import transaction
from consumption_room.errors import RuleBroken
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.records import retention
from consumption_room.vault import service as vault
from consumption_room.visits import queries as visits

AT_A_TIME = 100


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
        retention.forget_notes(client.id)
        clients.forget(code, by, now)
    database.scrub()


def forget_due(policy: Policy, by: Actor, now: datetime) -> int:
    """Forget everybody who was not seen for the policy's months; gives how many people that were.

    Some at a time, each time a whole: an alarm never waits long, and one that was interrupted goes on where it was.
    """
    forgotten = 0
    while batch := _forget_some(policy, by, now):
        forgotten += batch
    if forgotten:
        database.scrub()
    return forgotten


def _forget_some(policy: Policy, by: Actor, now: datetime) -> int:
    with transaction():
        batch = retention.people(policy, now, AT_A_TIME)
        for client in batch:
            agreements.forget(client.id, by, now)
            retention.forget_notes(client.id)
            clients.take_away(client)
        if batch:
            journal.record(Happened.RETENTION_DONE, journal.SITE, by, now, people=len(batch))
        return len(batch)
