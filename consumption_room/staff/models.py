"""Members of staff and devices, as stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consumption_room.columns import choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.staff import DeviceKind, Role


class Staff(Model):
    """Somebody who works here. Passwords and PINs are argon2 hashes."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=lambda: new_code(6))
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(choice(Role))
    password_hash: Mapped[str]
    pin_hash: Mapped[str | None]
    # Changes with every reset and when somebody is disabled, so that older sessions fall dead.
    epoch: Mapped[str] = mapped_column(insert_default=new_code)
    failures: Mapped[int] = mapped_column(insert_default=0)
    pin_failures: Mapped[int] = mapped_column(insert_default=0)
    locked_until: Mapped[datetime | None]
    added_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Device(Model):
    """A screen, a button or a program; only the SHA-256 of its key is kept."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("(kind = 'api') = (role IS NOT NULL)", name="programs_and_only_programs_have_a_role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=lambda: new_code(6))
    kind: Mapped[DeviceKind] = mapped_column(choice(DeviceKind))
    place: Mapped[str | None]
    role: Mapped[Role | None] = mapped_column(choice(Role))
    key_hash: Mapped[str] = mapped_column(unique=True)
    added_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
