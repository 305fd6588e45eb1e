"""What is done in a visit, from checking in to leaving."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.bookings import service as bookings
from consumption_room.clients import admission, flags
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client, Flag
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.rules import CubicleTaken
from consumption_room.database import db, run, table_of
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.inventory import service as inventory
from consumption_room.inventory.models import Movement, SharpsReturn
from consumption_room.inventory.service import Issue, Return
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.shifts import service as shifts
from consumption_room.visits import rules, screening, turns
from consumption_room.visits.models import Episode, Stay, TicketCounter, TurnedAway, Visit
from consumption_room.vocabulary.visits import (
    LeaveReason,
    Purpose,
    Route,
    Stage,
    Substance,
    TurnedAwayReason,
    UndoReason,
)

# Built once: these run several times in every visit, and putting a statement together costs as much as running it.
_WITH_CODE = select(Visit).where(Visit.code == bindparam("code")).with_for_update(of=Visit)
_OPEN_VISIT_OF = select(Visit.code, Visit.ticket_number, Visit.stage).where(
    Visit.client_id == bindparam("client"), Visit.left_at.is_(None)
)
_VISIT = table_of(Visit)
_VISITS_TODAY = select(func.count()).where(
    _VISIT.c.service_day == bindparam("day"),
    _VISIT.c.client_id == bindparam("client"),
    _VISIT.c.exit_reason.is_distinct_from(LeaveReason.UNDONE),
)
_OFFER_OF = select(Visit.ticket_number, Visit.claim_until).where(
    Visit.offered == bindparam("number"), Visit.id != bindparam("visit")
)
_LATER_END = select(func.max(Stay.ended_at)).where(Stay.ended_at > bindparam("now"))
_PEOPLE_IN_CUBICLES = select(func.count()).select_from(Stay).where(Stay.ended_at.is_(None))
_COUNTER = table_of(TicketCounter)
_NEXT_TICKET = (
    update(_COUNTER)
    .where(_COUNTER.c.service_day == bindparam("day"))
    .values(last=_COUNTER.c.last + 1)
    .returning(_COUNTER.c.last)
)


@dataclass(frozen=True)
class CheckIn:
    """Who came (a client's code, or nobody known) and why."""

    purposes: tuple[Purpose, ...]
    client: str | None = None
    screening: dict[str, Any] | None = None
    unwell: bool = False
    window_closes_at: datetime | None = None
    # Codes of the flags on the person's record that whoever checks in has read.
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intake:
    """What a person is about to take, as they say it."""

    substances: tuple[Substance, ...]
    route: Route
    assisted: bool = False
    switched_from_smoking: bool = False


@dataclass(frozen=True)
class Seating:
    """Which cubicle somebody is given, and why although too few are on duty, if somebody takes that upon themselves."""

    cubicle: int
    override: str | None = None


def check_in(asked: CheckIn, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Open a visit and give out a ticket; raise ``AlreadyInside`` when the person has an open one.

    Raises ``Barred`` or ``FlagsUnseen`` when the person's record says that they cannot come in like this.
    """
    client = clients.held(asked.client) if asked.client else None
    seen: Sequence[Flag] = ()
    if client is not None:
        rules.admit(_open_visit_of(client))
        seen = admission.admit(client, asked.purposes, asked.seen, policy, by, now)
    day = policy.service_day(now)
    visit = Visit(
        ticket_number=_next_ticket(day),
        client=client,
        nth_today=_visits_of_day(client, day) + 1 if client else None,
        purposes=asked.purposes,
        unwell=asked.unwell,
        window_closes_at=asked.window_closes_at,
        service_day=day,
        arrived_at=now,
        since=now,
        with_whom=by.name,
        station=by.place,
        stays=[],
        episodes=[],
    )
    db.session.add(visit)
    try:
        db.session.flush()
    except IntegrityError as clash:
        raise rules.AlreadyInside("This person has just been checked in at another desk.") from clash
    journal.record(Happened.VISIT_OPENED, visit.code, by, now, visit=visit.code, purposes=list(asked.purposes))
    if asked.screening is not None:
        screening.heed(visit, asked.screening, policy, by, now)
    flags.note_seen(seen, by, now, visit.code)
    return visit


def screen(code: str, answers: dict[str, Any], policy: Policy, by: Actor, now: datetime) -> Visit:
    """Note what a person answered before using, and do what it leads to. The same answers twice are once."""
    visit = get(code)
    rules.is_inside(visit.ticket, visit.stage)
    if visit.screening != screening.plain(answers):
        screening.heed(visit, answers, policy, by, now)
    return visit


def nurse_came(code: str, by: Actor, now: datetime) -> Visit:
    """Note that a nurse has spoken with somebody for whom one was asked. Twice is once."""
    visit = get(code)
    if visit.waits_for_a_nurse:
        rules.is_inside(visit.ticket, visit.stage)
        screening.nurse_came(visit, by, now)
        taken_by(visit, by)
    return visit


def _visits_of_day(client: Client, day: date) -> int:
    return run(_VISITS_TODAY, {"day": day, "client": client.id}).scalar() or 0


def _open_visit_of(client: Client) -> rules.OpenVisit | None:
    found = run(_OPEN_VISIT_OF, {"client": client.id}).first()
    return rules.OpenVisit(found.code, rules.ticket(found.ticket_number), found.stage) if found else None


def _next_ticket(day: date) -> int:
    number = _bump(day)
    if number is not None:
        return number
    try:
        with db.session.begin_nested():
            db.session.add(TicketCounter(service_day=day, last=1))
    except IntegrityError:  # another desk gave out the day's first ticket at this very moment
        number = _bump(day)
        if number is None:
            raise
        return number
    return 1


def _bump(day: date) -> int | None:
    return run(_NEXT_TICKET, {"day": day}).scalar()


def get(code: str) -> Visit:
    """The visit with this code, locked for the change to come; raise ``NotFound``."""
    visit = db.session.scalar(_WITH_CODE, {"code": code})
    if visit is None:
        raise NotFound("There is no visit with this code.")
    return visit


def seat(code: str, asked: Seating, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Give somebody a cubicle; raise ``CubicleTaken``, ``CubicleNotReady`` or, when none is free, ``RoomFull``.

    Raises ``CubicleOffered`` while it is kept for somebody else who was called to it, ``NoAbleDisplay`` in an open
    shift where nobody would notice an alarm, and ``TooFewStaff`` in one with too few on duty unless ``override`` says
    why. The same cubicle twice is once.
    """
    visit, number = get(code), asked.cubicle
    stay = _stay_of(visit)
    if stay is not None and stay.cubicle.number == number:
        return visit
    rules.may_become(visit.ticket, visit.stage, Stage.IN_CUBICLE)
    shifts.may_begin_a_session(now)
    shifts.may_take_one_more(_in_cubicles, asked.override, policy, by, now)
    bookings.claim(visit.client_id, by, now)
    _sit_down(visit, number, policy, by, now)
    visit.move_to(Stage.IN_CUBICLE, now)
    if visit.seated_at is None:
        visit.seated_at, visit.waited_s = now, rules.waited(visit.arrived_at, now)
    visit.hold_reason = None
    taken_by(visit, by)
    journal.record(Happened.VISIT_SEATED, visit.code, by, now, visit=visit.code, cubicle=number)
    return visit


def move(code: str, asked: Seating, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Bring somebody from their cubicle to another, in one step; the old one is cleaned."""
    visit, number = get(code), asked.cubicle
    stay = _stay_of(visit)
    if stay is None:
        raise OutOfOrder(f"Ticket {visit.ticket} is {rules.spoken(visit.stage)}, not in a cubicle.")
    if stay.cubicle.number != number:
        _get_up(visit, stay, by, now)
        db.session.flush()
        _sit_down(visit, number, policy, by, now)
        taken_by(visit, by)
        journal.record(Happened.VISIT_MOVED, visit.code, by, now, visit=visit.code, cubicle=number)
    return visit


def aftercare(code: str, by: Actor, now: datetime) -> Visit:
    """Let somebody rest under observation; their cubicle is cleaned. Twice is once."""
    visit = get(code)
    if visit.stage is not Stage.AFTERCARE:
        stay = _stay_of(visit)
        visit.move_to(Stage.AFTERCARE, now)
        visit.aftercare_at = now
        if stay is not None:
            _get_up(visit, stay, by, now)
        taken_by(visit, by)
        journal.record(Happened.VISIT_TO_AFTERCARE, visit.code, by, now, visit=visit.code)
    return visit


def leave(code: str, reason: LeaveReason, by: Actor, now: datetime) -> Visit:
    """End a visit, with the reason; their cubicle is cleaned. Twice with the same reason is once."""
    if reason is LeaveReason.UNDONE:
        raise FieldsWrong({"reason": ["A check-in is taken back with undo, not by leaving."]})
    visit = get(code)
    if visit.stage is Stage.LEFT and visit.exit_reason is reason:
        return visit
    rules.may_leave(visit.ticket, visit.kept_in, reason)
    stay = _stay_of(visit)
    visit.move_to(Stage.LEFT, now)
    visit.left_at, visit.exit_reason = now, reason
    visit.gave_up = rules.gave_up_waiting(reason, visit.seated_at is not None, visit.purposes)
    if stay is not None:
        _get_up(visit, stay, by, now)
    journal.record(Happened.VISIT_ENDED, visit.code, by, now, visit=visit.code, reason=reason.value)
    return visit


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


def undo(code: str, reason: UndoReason, policy: Policy, by: Actor, now: datetime) -> Visit:
    """Take a wrong check-in back: the visit stays on record, marked as undone, and is counted nowhere. Twice is once.

    Raises ``TooLateToUndo`` once something has followed from it, or when it was too long ago.
    """
    visit = get(code)
    if visit.undone_because is reason:
        return visit
    rules.may_undo(visit.ticket, visit.stage, visit.arrived_at, journal.told_in(code), policy, now)
    visit.move_to(Stage.LEFT, now)
    visit.left_at, visit.exit_reason, visit.undone_because = now, LeaveReason.UNDONE, reason
    journal.record(Happened.VISIT_UNDONE, visit.code, by, now, visit=visit.code, reason=reason.value)
    return visit


def observe_longer(key: int, until: datetime, by: Actor, now: datetime) -> None:
    """Watch over the person of an open visit (by row key) at least until then; a longer promise stands."""
    visit = db.session.scalar(select(Visit).where(Visit.id == key).with_for_update(of=Visit))
    if visit is None or visit.left_at is not None or (visit.observe_until and visit.observe_until >= until):
        return
    visit.observe_until = until
    journal.record(
        Happened.VISIT_OBSERVED_LONGER, visit.code, by, now, visit=visit.code, until=until.isoformat(timespec="seconds")
    )


def keep_in(key: int, until: datetime, by: Actor, now: datetime) -> None:
    """Observe the person of an open visit (by row key) after a dose: nobody lets them out before ``let_out``."""
    observe_longer(key, until, by, now)
    db.session.execute(update(Visit).where(Visit.id == key, Visit.left_at.is_(None)).values(kept_in=True))


def let_out(key: int) -> None:
    """Somebody has said that the person of this visit (by row key) may leave after their dose."""
    db.session.execute(update(Visit).where(Visit.id == key).values(kept_in=False))


def register_intake(code: str, asked: Intake, policy: Policy, by: Actor, now: datetime) -> Episode:
    """Register an own-drug consumption before it happens; a visit may hold none, one or several.

    Raises ``Barred`` for somebody who came in for something else because own drugs are closed to them.
    """
    visit = get(code)
    rules.may_consume(visit.ticket, visit.stage)
    rules.may_have_switched(asked.switched_from_smoking, asked.route)
    if visit.client_id is not None:
        admission.may_consume(visit.client_id, policy, now)
    episode = Episode(
        visit=visit,
        substances=asked.substances,
        route=asked.route,
        assisted=asked.assisted,
        switched_from_smoking=asked.switched_from_smoking,
        registered_at=now,
        service_day=policy.service_day(now),
    )
    db.session.add(episode)
    db.session.flush()
    journal.record(Happened.EPISODE_REGISTERED, episode.code, by, now, visit=visit.code, assisted=asked.assisted)
    return episode


def hand_out(asked: Issue, policy: Policy, by: Actor, now: datetime) -> list[Movement]:
    """Hand out needles or a kit, in a visit if one is named; raise ``FieldsWrong`` when there is no such visit."""
    return inventory.issue(replace(asked, visit_id=_key_of(asked.visit)), policy, by, now)


def take_back_sharps(asked: Return, policy: Policy, by: Actor, now: datetime) -> SharpsReturn:
    """Count used sharps that came back, in a visit if one is named."""
    return inventory.take_back_sharps(replace(asked, visit_id=_key_of(asked.visit)), policy, by, now)


def _key_of(visit: str | None) -> int | None:
    if visit is None:
        return None
    key = db.session.scalar(select(Visit.id).where(Visit.code == visit))
    if key is None:
        raise FieldsWrong({"visit": ["There is no visit with this code."]})
    return key


def turn_away(reason: TurnedAwayReason, policy: Policy, by: Actor, now: datetime) -> TurnedAway:
    """Note that somebody was not let in, and why."""
    turned_away = TurnedAway(reason=reason, at=now, service_day=policy.service_day(now))
    db.session.add(turned_away)
    db.session.flush()
    journal.record(Happened.TURNED_AWAY, turned_away.code, by, now, reason=reason.value)
    return turned_away


def _stay_of(visit: Visit) -> Stay | None:
    if visit.stage is not Stage.IN_CUBICLE:
        return None
    return next((stay for stay in visit.stays if stay.ended_at is None), None)


def _in_cubicles() -> int:
    return db.session.scalar(_PEOPLE_IN_CUBICLES) or 0


def _sit_down(visit: Visit, number: int, policy: Policy, by: Actor, now: datetime) -> None:
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


def _get_up(visit: Visit, stay: Stay, by: Actor, now: datetime) -> None:
    stay.ended_at = max(now, stay.started_at)
    stay.check_due_at = stay.overrun_due_at = None
    cubicles.vacate(stay.cubicle, by, now, visit.code)


def taken_by(visit: Visit, by: Actor) -> None:
    """Who has the person now, and at which station."""
    visit.with_whom, visit.station = by.name, by.place
