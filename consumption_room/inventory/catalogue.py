"""What the room has at all: its items, and the kits they are put together in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.database import db
from consumption_room.errors import FieldsWrong
from consumption_room.events import Happened
from consumption_room.inventory.models import Item, Kit, KitPart
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.stock import ItemKind


@dataclass(frozen=True)
class NewItem:
    """An item to put into the catalogue."""

    code: str
    name: str
    kind: ItemKind
    minimum: int = 0


def set_up(policy: Policy, by: Actor, now: datetime) -> None:
    """Put the items and kits of the policy into the catalogue, where they are not there yet."""
    for plan in policy.items:
        if db.session.scalar(select(Item.id).where(Item.code == plan.code)) is None:
            add_item(NewItem(plan.code, plan.name, plan.kind, plan.minimum), by, now)
    for kit in policy.kits:
        if db.session.scalar(select(Kit.id).where(Kit.code == kit.code)) is None:
            add_kit(kit.code, kit.name, kit.parts, by, now)


def add_item(asked: NewItem, by: Actor, now: datetime) -> Item:
    """Put an item into the catalogue; raise ``FieldsWrong`` when the code is taken."""
    if db.session.scalar(select(Item.id).where(Item.code == asked.code)) is not None:
        raise FieldsWrong({"code": ["There is already an item with this code."]})
    item = Item(code=asked.code, name=asked.name, kind=asked.kind, minimum=asked.minimum)
    db.session.add(item)
    db.session.flush()
    journal.record(Happened.ITEM_ADDED, item.code, by, now)
    return item


def add_kit(code: str, name: str, parts: dict[str, int], by: Actor, now: datetime) -> Kit:
    """Say what is in a kit; raise ``FieldsWrong`` when the code is taken or a part is not an item."""
    if db.session.scalar(select(Kit.id).where(Kit.code == code)) is not None:
        raise FieldsWrong({"code": ["There is already a kit with this code."]})
    kit = Kit(code=code, name=name)
    kit.parts = [KitPart(item=item(part), quantity=quantity) for part, quantity in parts.items()]
    db.session.add(kit)
    db.session.flush()
    journal.record(Happened.ITEM_ADDED, kit.code, by, now, kit=True)
    return kit


def item(code: str) -> Item:
    """The item with this code; raise ``FieldsWrong``."""
    found = db.session.scalar(select(Item).where(Item.code == code))
    if found is None:
        raise FieldsWrong({"item": [f"There is no item called {code!r}."]})
    return found
