"""Setting up a room: the database brought up to date, and what the policy says is in it put there."""

from datetime import datetime

from sqlalchemy import func, select

from consumption_room import journal
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.queries import all_places
from consumption_room.database import db
from consumption_room.doses import limits
from consumption_room.errors import FieldsWrong
from consumption_room.events import Happened
from consumption_room.inventory import catalogue
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.referrals import service as referrals
from consumption_room.register import products as register
from consumption_room.staff import service as staff
from consumption_room.staff.models import Device, Staff
from consumption_room.staff.service import NewDevice
from consumption_room.vocabulary.staff import DeviceKind, Role

THE_ROOM = Actor(name="The room itself")


def furnish(policy: Policy, now: datetime) -> None:
    """Lay the journal's first stone and put in cubicles, places, catalogue and partners. Twice is once."""
    journal.begin()
    if journal.last() == 0:
        journal.record(Happened.ROOM_SET_UP, "room", THE_ROOM, now)
    cubicles.set_up(policy, THE_ROOM, now)
    catalogue.set_up(policy, THE_ROOM, now)
    limits.set_up(policy, now)
    register.set_up(policy)
    referrals.set_up(policy, THE_ROOM, now)


def enrol(asked: NewDevice, by: Actor, now: datetime) -> tuple[Device, str]:
    """Enrol a device and give its key; a button stands at a place that the room knows, or it could not ring."""
    places = [place.code for place in all_places()]
    if asked.kind is DeviceKind.BUTTON and asked.place not in places:
        raise FieldsWrong({"place": [f"A button needs one of the room's places: {', '.join(places)}."]})
    return staff.add_device(asked, by, now)


def first_administrator(now: datetime) -> tuple[Staff, str] | None:
    """Add an administrator to a room where nobody works yet; gives them and their password, or ``None``."""
    if db.session.scalar(select(func.count()).select_from(Staff)):
        return None
    return staff.add(staff.NewStaff(name="Administrator", role=Role.ADMINISTRATOR), THE_ROOM, now)
