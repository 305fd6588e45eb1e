"""Items, kits, lots and the ledger, as stored."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.columns import choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.stock import ItemKind, MovementReason, ReturnMethod


class Item(Model):
    """Something that is kept on the shelf and handed out by the piece."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[ItemKind] = mapped_column(choice(ItemKind))
    minimum: Mapped[int]


class Kit(Model):
    """Several items handed out as one."""

    __tablename__ = "kit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]

    parts: Mapped[list["KitPart"]] = relationship(order_by="KitPart.item_id", lazy="selectin")


class KitPart(Model):
    """How many of an item are in a kit."""

    __tablename__ = "kit_part"
    __table_args__ = (CheckConstraint("quantity > 0", name="a_kit_part_is_at_least_one"),)

    kit_id: Mapped[int] = mapped_column(ForeignKey("kit.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    quantity: Mapped[int]

    item: Mapped[Item] = relationship(lazy="joined")


class Lot(Model):
    """One delivery of an item. ``on_shelf`` is kept by the ledger alone and must equal the sum of its movements."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("on_shelf >= 0", name="no_negative_stock"),
        Index("one_lot_per_item_and_number", "item_id", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[str]
    expires_on: Mapped[date | None]
    on_shelf: Mapped[int] = mapped_column(insert_default=0)

    item: Mapped[Item] = relationship(lazy="joined")


class Movement(Model):
    """One line of the ledger: added, never edited; a mistake is a reversing line with a reason."""

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="a_movement_moves_something"),
        CheckConstraint("reason <> 'issued' OR quantity < 0", name="issue_takes_away"),
        CheckConstraint("reason NOT IN ('received', 'opening') OR quantity > 0", name="receipt_adds"),
        CheckConstraint("(reason = 'reversed') = (reverses_id IS NOT NULL)", name="only_reversals_reverse"),
        Index("movement_by_day", "service_day", "reason", "lot_id", "quantity"),
        Index("movement_by_lot_and_time", "lot_id", "at"),
        Index("movement_by_issue", "issue"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    # All lines that one press wrote together: a kit's parts, an issue drawn from two lots.
    issue: Mapped[str]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"))
    quantity: Mapped[int]
    reason: Mapped[MovementReason] = mapped_column(choice(MovementReason))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    for_others: Mapped[bool] = mapped_column(insert_default=False)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("movement.id"), unique=True)
    note: Mapped[str | None]
    at: Mapped[datetime]
    service_day: Mapped[date]

    lot: Mapped[Lot] = relationship(lazy="joined")


class SharpsReturn(Model):
    """Used sharps that came back: counted by themselves, never tied one for one to an issue."""

    __tablename__ = "sharps_return"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="a_return_is_at_least_one"),
        Index("sharps_return_by_day", "service_day", "quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    quantity: Mapped[int]
    method: Mapped[ReturnMethod] = mapped_column(choice(ReturnMethod))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    at: Mapped[datetime]
    service_day: Mapped[date]
