"""Checking oneself in with a card: yes, or the desk; which of the reasons it was is nobody's business at the door."""

from datetime import datetime

from consumption_room.clients import flags
from consumption_room.clients import service as clients
from consumption_room.consents import queries as consents
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound, RuleBroken
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import service as visits
from consumption_room.wordings import Wordings


def check_in(card: str, policy: Policy, wordings: Wordings, by: Actor, now: datetime) -> bool:
    """Open a visit for the person with this card; ``False``, and nothing done, whenever somebody should talk to them.

    So it is for a card that nobody has, a bar, an open visit, a flag that must be seen, and a text to be agreed to.
    """
    try:
        with db.session.begin_nested():
            client = clients.held(card)
            if any(flags.is_high(flag) for flag in flags.standing(client.id, policy.service_day(now))):
                return False
            if consents.to_ask(client.id, policy, wordings, now):
                return False
            visits.check_in(visits.CheckIn(policy.kiosk_purposes, client.code), policy, by, now)
    except (RuleBroken, NotFound, FieldsWrong):
        return False
    return True
