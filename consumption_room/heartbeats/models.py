"""What a button or gateway last said of itself, as stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.columns import choice
from consumption_room.database import Model
from consumption_room.staff.models import Device
from consumption_room.vocabulary.staff import DeviceCondition


class DeviceState(Model):
    """The last heartbeat of a device; one that never sent any has none, and is not judged."""

    __tablename__ = "device_state"
    __table_args__ = (
        CheckConstraint("battery BETWEEN 0 AND 100", name="battery_is_a_percentage"),
        CheckConstraint("signal BETWEEN 0 AND 100", name="signal_is_a_percentage"),
    )

    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(index=True)
    battery: Mapped[int | None]
    signal: Mapped[int | None]
    # As the watch last found it; a heartbeat makes it heard again.
    condition: Mapped[DeviceCondition] = mapped_column(choice(DeviceCondition))

    device: Mapped[Device] = relationship(lazy="joined")
