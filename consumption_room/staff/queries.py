"""Reading people and devices for screens."""

from collections.abc import Sequence

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.staff.models import Device, Staff


def everybody() -> Sequence[Staff]:
    """All who work or worked here, those who still do first."""
    return db.session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.name)).all()


def present(code: str, epoch: str) -> Staff | None:
    """The person a session belongs to, if the session is still good."""
    return db.session.scalar(select(Staff).where(Staff.code == code, Staff.epoch == epoch, Staff.disabled_at.is_(None)))


def devices() -> Sequence[Device]:
    """All devices, those still in use first."""
    return db.session.scalars(select(Device).order_by(Device.revoked_at.is_not(None), Device.kind, Device.place)).all()
