"""What is done while somebody waits: calling, the claim that a call gives, holding, and back to the queue."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.cubicles import rules as cubicle_rules
from consumption_room.cubicles import service as cubicles
from consumption_room.database import db
from consumption_room.errors import RuleBroken
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import queries, rules, turns
from consumption_room.visits.models import Visit
from consumption_room.visits.service import get, taken_by
from consumption_room.vocabulary.cubicles import CubicleState
from consumption_room.vocabulary.visits import Stage

_OFFER_OF = select(Visit.ticket_number, Visit.claim_until).where(Visit.offered == bindparam("number"))


def call(code: str, policy: Policy, by: Actor, now: datetime, cubicle: int | None = None) -> Visit:
    """Call somebody to the desk, or offer them a cubicle by number; the place is kept for some minutes. Twice is once.

    Raises ``AlreadyCalled`` when another cubicle was offered, ``CubicleTaken``, ``CubicleNotReady`` or
    ``CubicleOffered`` when this one cannot be.
    """
    visit = get(code)
    turns.may_call(visit.ticket, visit.stage, visit.offered, cubicle)
    if visit.stage is Stage.CALLED:
        return visit
    rules.may_become(visit.ticket, visit.stage, Stage.CALLED)
    if cubicle is not None:
        _can_be_offered(cubicle, now)
    visit.move_to(Stage.CALLED, now)
    visit.called_at, visit.hold_reason, visit.missed_at = now, None, None
    if rules.wants_a_cubicle(visit.purposes):
        visit.claim_until, visit.offered = now + policy.claim_lasts, cubicle
    taken_by(visit, by)
    try:
        db.session.flush()
    except IntegrityError as clash:
        raise turns.CubicleOffered(f"Cubicle {cubicle} has just been offered to somebody else.") from clash
    journal.record(Happened.VISIT_CALLED, visit.code, by, now, visit=visit.code, cubicle=cubicle)
    return visit


def _can_be_offered(number: int, now: datetime) -> None:
    """Raise why nobody can be called to this cubicle; it stays locked, so that nobody sits down meanwhile."""
    cubicle = cubicles.lock(cubicles.get(number).id)
    cubicle_rules.can_take_a_person(number, cubicle.state, cubicle.frozen)
    if offer := db.session.execute(_OFFER_OF, {"number": number}).first():
        turns.not_kept(number, rules.ticket(offer.ticket_number), offer.claim_until, now)


def hold(code: str, reason: str | None, by: Actor, now: datetime) -> Visit:
    """Let somebody wait outside the queue until they are called or queue again. Twice is once."""
    visit = get(code)
    if visit.stage is not Stage.HELD:
        visit.move_to(Stage.HELD, now)
        visit.hold_reason = reason
        taken_by(visit, by)
        journal.record(Happened.VISIT_HELD, visit.code, by, now, visit=visit.code)
    return visit


def queue_again(code: str, by: Actor, now: datetime) -> Visit:
    """Put somebody back in the queue, where the rule says: by their arrival, as if they had never left it.

    Whoever was called and did not come has been seen again. Twice is once.
    """
    visit = get(code)
    if visit.stage is Stage.WAITING and visit.missed_at is None:
        return visit
    if visit.stage is not Stage.WAITING:
        visit.move_to(Stage.WAITING, now)
    visit.hold_reason = visit.missed_at = None
    taken_by(visit, by)
    journal.record(Happened.VISIT_QUEUED, visit.code, by, now, visit=visit.code)
    return visit


def mark_unwell(code: str, unwell: bool, by: Actor, now: datetime) -> Visit:
    """Somebody is visibly unwell and goes first, or is well again. Twice is once."""
    visit = get(code)
    if visit.unwell is not unwell:
        rules.is_inside(visit.ticket, visit.stage)
        visit.unwell = unwell
        journal.record(Happened.VISIT_TURN_CHANGED, visit.code, by, now, visit=visit.code)
    return visit


def dose_window(code: str, closes_at: datetime | None, by: Actor, now: datetime) -> Visit:
    """Until when this person's dose can be given; shortly before that they go before arrival. Twice is once."""
    visit = get(code)
    if visit.window_closes_at != closes_at:
        rules.is_inside(visit.ticket, visit.stage)
        visit.window_closes_at = closes_at
        journal.record(Happened.VISIT_TURN_CHANGED, visit.code, by, now, visit=visit.code)
    return visit


def claims_are_over(now: datetime) -> bool:
    """Whether any call has run out that nobody has swept up yet."""
    return db.session.scalar(select(Visit.id).where(Visit.claim_until <= now).limit(1)) is not None


def lapse_claims(policy: Policy, by: Actor, now: datetime) -> Sequence[Visit]:
    """Whoever was called and did not come in time waits again; the cubicle they were offered is offered to the next.

    Two watches at once take no claim twice: the visit is locked, and who comes second passes it over.
    """
    over = db.session.scalars(
        select(Visit)
        .where(Visit.claim_until <= now)
        .order_by(Visit.claim_until, Visit.id)
        .with_for_update(of=Visit, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for visit in over:
        offered = visit.offered
        visit.move_to(Stage.WAITING, now)
        visit.missed_at = now
        db.session.flush()
        journal.record(Happened.VISIT_MISSED_CALL, visit.code, by, now, visit=visit.code, cubicle=offered)
        if offered is not None:
            _call_next(offered, Actor(name=visit.with_whom or by.name, place=visit.station), policy, now)
    return over


def _call_next(offered: int, by: Actor, policy: Policy, now: datetime) -> None:
    """Call the next person whom the cubicle fits, in the name of whoever offered it; nobody when it is not free."""
    seat = next(one.cubicle for one in queries.cubicles() if one.cubicle.number == offered)
    if seat.state is not CubicleState.FREE or seat.frozen:
        return
    waiting = [
        visit
        for visit in queries.inside()
        if visit.stage is Stage.WAITING
        and visit.missed_at is None
        and rules.wants_a_cubicle(visit.purposes)
        and cubicle_rules.fits(seat.modes, rules.planned_route(visit.screening))
    ]
    if waiting:
        first = turns.in_order(waiting, lambda visit: visit, policy, now)[0]
        db.session.expire(first)  # it was only read: a desk may have called it since
        # What a desk has done meanwhile stands, and nobody is called in its place.
        with suppress(RuleBroken), db.session.begin_nested():
            call(first.code, policy, by, now, offered)
