"""Reading visits for screens: the present never costs history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import selectinload

from consumption_room.cubicles.models import Cubicle
from consumption_room.cubicles.rules import Offer, Suggestion, suggest
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.visits import rules
from consumption_room.visits.models import Stay, Visit
from consumption_room.vocabulary.cubicles import CubicleMode, Needs
from consumption_room.vocabulary.visits import Route


def inside() -> Sequence[Visit]:
    """Every open visit, longest there first."""
    return db.session.scalars(select(Visit).where(Visit.left_at.is_(None)).order_by(Visit.arrived_at, Visit.id)).all()


@dataclass(frozen=True)
class Occupied:
    """A cubicle, and whose visit is in it since when; nobody's is ``None``."""

    cubicle: Cubicle
    visit_id: int | None
    since: datetime | None
    check_due_at: datetime | None


def cubicles() -> list[Occupied]:
    """Every cubicle by number, and who sits there now, in one question."""
    rows = db.session.execute(
        select(Cubicle, Stay.visit_id, Stay.started_at, Stay.check_due_at)
        .outerjoin(Stay, and_(Stay.cubicle_id == Cubicle.id, Stay.ended_at.is_(None)))
        .order_by(Cubicle.number)
    )
    return [Occupied(*row) for row in rows]


def suggestions(visit: Visit, free: Iterable[Cubicle], also: Iterable[CubicleMode] = ()) -> list[Suggestion]:
    """The free cubicles for this visit, the best first; ``also`` is what else the person needs one to offer."""
    known = needs(visit, visit.episodes[-1].route if visit.episodes else None)
    wanted = replace(known, must_offer=known.must_offer | frozenset(also))
    return suggest((Offer(cubicle.number, cubicle.modes) for cubicle in free), wanted)


def needs(visit: Visit, registered: Route | None = None) -> Needs:
    """What somebody needs of a cubicle, as far as they said at the desk or ``registered``; asks nothing more."""
    sex = visit.client.sex if visit.client else None
    return rules.needs_of(visit.screening or {}, visit.purposes, registered, sex)


def visit(code: str) -> Visit:
    """One visit with its stays and episodes; raise ``NotFound``."""
    found = db.session.scalar(
        select(Visit).where(Visit.code == code).options(selectinload(Visit.stays), selectinload(Visit.episodes))
    )
    if found is None:
        raise NotFound("There is no visit with this code.")
    return found


def page(*, open_only: bool, after: str | None = None, limit: int = 50) -> Sequence[Visit]:
    """Visits in the order they were opened, those after the one with this code, with stays and episodes."""
    rows = (
        select(Visit).order_by(Visit.id).limit(limit).options(selectinload(Visit.stays), selectinload(Visit.episodes))
    )
    if open_only:
        rows = rows.where(Visit.left_at.is_(None))
    if after is not None:
        rows = rows.where(Visit.id > select(Visit.id).where(Visit.code == after).scalar_subquery())
    return db.session.scalars(rows).all()


def open_visit_of(client_id: int) -> Visit | None:
    """The open visit of a person, if there is one."""
    return db.session.scalar(select(Visit).where(Visit.client_id == client_id, Visit.left_at.is_(None)))


def visits_of(client_id: int, limit: int = 20) -> Sequence[Visit]:
    """A person's newest visits."""
    return db.session.scalars(
        select(Visit).where(Visit.client_id == client_id).order_by(Visit.id.desc()).limit(limit)
    ).all()


@dataclass(frozen=True)
class Door:
    """A cubicle, and by which ticket somebody is in it since when; nobody's is ``None``."""

    cubicle: Cubicle
    ticket: str | None
    since: datetime | None


def doors_around(cubicle_id: int) -> list[Door]:
    """A cubicle and those beside it by number, in order: for an alarm that may be at the wrong door."""
    number = select(Cubicle.number).where(Cubicle.id == cubicle_id).scalar_subquery()
    before = select(func.max(Cubicle.number)).where(Cubicle.number < number).scalar_subquery()
    after = select(func.min(Cubicle.number)).where(Cubicle.number > number).scalar_subquery()
    rows = db.session.execute(
        select(Cubicle, Visit.ticket_number, Stay.started_at)
        .outerjoin(Stay, and_(Stay.cubicle_id == Cubicle.id, Stay.ended_at.is_(None)))
        .outerjoin(Visit, Visit.id == Stay.visit_id)
        .where(Cubicle.number.between(func.coalesce(before, number), func.coalesce(after, number)))
        .order_by(Cubicle.number)
    )
    return [
        Door(cubicle, rules.ticket(number) if number is not None else None, since) for cubicle, number, since in rows
    ]
