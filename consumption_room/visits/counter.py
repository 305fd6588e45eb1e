"""What goes over the counter, either way, and in which visit."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.errors import FieldsWrong
from consumption_room.inventory import service as inventory
from consumption_room.inventory.models import Movement, SharpsReturn
from consumption_room.inventory.service import Issue, Return
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits.models import Visit


def hand_out(asked: Issue, policy: Policy, by: Actor, now: datetime) -> list[Movement]:
    """Hand out needles or a kit, in a visit if one is named; raise ``FieldsWrong`` when there is no such visit."""
    return inventory.issue(replace(asked, visit_id=_key_of(asked.visit)), policy, by, now)


def take_back_sharps(asked: Return, policy: Policy, by: Actor, now: datetime) -> SharpsReturn:
    """Count used sharps that came back, in a visit if one is named."""
    return inventory.take_back_sharps(replace(asked, visit_id=_key_of(asked.visit)), policy, by, now)


def _key_of(visit: str | None) -> int | None:
    if visit is None:
        return None
    key = db.session.scalar(select(Visit.id).where(Visit.code == visit))
    if key is None:
        raise FieldsWrong({"visit": ["There is no visit with this code."]})
    return key
