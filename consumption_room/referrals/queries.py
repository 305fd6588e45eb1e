"""Reading partners and referrals for screens."""

from collections.abc import Sequence

from sqlalchemy import select

from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.referrals.models import Referral, Service
from consumption_room.visits.models import Visit


def services(*, open_only: bool = False) -> Sequence[Service]:
    """Every partner, by kind and name."""
    rows = select(Service).order_by(Service.kind, Service.name)
    return db.session.scalars(rows.where(Service.closed.is_(False)) if open_only else rows).all()


def referral(code: str) -> Referral:
    """One referral with its steps; raise ``NotFound``."""
    found = db.session.scalar(select(Referral).where(Referral.code == code))
    if found is None:
        raise NotFound("There is no referral with this code.")
    return found


def page(before: str | None = None, limit: int = 50) -> Sequence[Referral]:
    """The newest referrals, or those before the one with this code."""
    rows = select(Referral).order_by(Referral.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(Referral.id < select(Referral.id).where(Referral.code == before).scalar_subquery())
    return db.session.scalars(rows).all()


def of_client(client_id: int, limit: int = 20) -> Sequence[Referral]:
    """A person's newest referrals, from all their visits."""
    return db.session.scalars(
        select(Referral)
        .join(Visit, Visit.id == Referral.visit_id)
        .where(Visit.client_id == client_id)
        .order_by(Referral.id.desc())
        .limit(limit)
    ).all()


def of_visit(visit_id: int) -> Sequence[Referral]:
    """The referrals made in a visit."""
    return db.session.scalars(select(Referral).where(Referral.visit_id == visit_id).order_by(Referral.id)).all()
