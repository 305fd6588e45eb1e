"""One stay in a cubicle: it begins, somebody looks in, and it ends."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleTaken
from consumption_room.database import db
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import rules, turns
from consumption_room.visits.models import Stay, Visit
from consumption_room.vocabulary.visits import Stage

# Built once: these run several times in every visit, and putting a statement together costs as much as running it.
_OFFER_OF = select(Visit.ticket_number, Visit.claim_until).where(
    Visit.offered == bindparam("number"), Visit.id != bindparam("visit")
)
_LATER_END = select(func.max(Stay.ended_at)).where(Stay.ended_at > bindparam("now"))
_PEOPLE_IN_CUBICLES = select(func.count()).select_from(Stay).where(Stay.ended_at.is_(None))


def of(visit: Visit) -> Stay | None:
    """The stay of somebody who is in a cubicle now."""
    if visit.stage is not Stage.IN_CUBICLE:
        return None
    return next((stay for stay in visit.stays if stay.ended_at is None), None)


def people_in_cubicles() -> int:
    """How many people are in cubicles now."""
    return db.session.scalar(_PEOPLE_IN_CUBICLES) or 0


def begin(visit: Visit, number: int, policy: Policy, by: Actor, now: datetime) -> None:
    """Let a visit take a cubicle; raise ``RoomFull``, ``CubicleTaken``, ``CubicleNotReady`` or ``CubicleOffered``."""
    try:
        cubicle = cubicles.occupy(number, by, now, visit.code)
    except CubicleTaken:
        rules.has_room(cubicles.free_now())
        raise
    # Asked with the cubicle locked: an offer of it made at this moment either stands here or is refused there.
    if offer := db.session.execute(_OFFER_OF, {"number": number, "visit": visit.id}).first():
        turns.not_kept(number, rules.ticket(offer.ticket_number), offer.claim_until, now)
    # Asked with the cubicle in hand: a clock that was set back, or a request that waited, begins no stay before
    # another has ended.
    now = max(now, db.session.scalar(_LATER_END, {"now": now}) or now)
    plan = policy.stay(cubicle.modes)
    db.session.add(
        Stay(
            visit=visit,
            cubicle=cubicle,
            started_at=now,
            check_due_at=now + plan.check_every,
            overrun_due_at=now + plan.alert,
        )
    )
    db.session.flush()


def end(visit: Visit, stay: Stay, by: Actor, now: datetime) -> None:
    """End a stay; nobody is expected to look any more, and the cubicle is cleaned."""
    stay.ended_at = max(now, stay.started_at)
    stay.check_due_at = stay.overrun_due_at = None
    cubicles.vacate(stay.cubicle, by, now, visit.code)


def looked_after(stay: Stay, next_due_at: datetime, now: datetime) -> None:
    """Somebody has looked at the person of this stay, and will look again."""
    stay.checked_at = now
    expect_a_look(stay, next_due_at)


def expect_a_look(stay: Stay, due_at: datetime) -> None:
    """Promise when somebody looks next."""
    stay.check_due_at = due_at


def overran(stay: Stay) -> datetime | None:
    """The stay has lasted so long that it rings; it will not for the same reason again. Gives when that was due."""
    due, stay.overrun_due_at = stay.overrun_due_at, None
    return due
