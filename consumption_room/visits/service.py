"""What is done with a visit, from checking in to leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.clients import admission, flags
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client, Flag
from consumption_room.database import db, run, table_of
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import rules, screening, stays, tickets
from consumption_room.visits.models import TurnedAway, Visit
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Stage, TurnedAwayReason, UndoReason

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


def get(code: str) -> Visit:
    """The visit with this code, locked for the change to come; raise ``NotFound``."""
    visit = db.session.scalar(_WITH_CODE, {"code": code})
    if visit is None:
        raise NotFound("There is no visit with this code.")
    return visit


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
        ticket_number=tickets.next_number(day),
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


def _visits_of_day(client: Client, day: date) -> int:
    return run(_VISITS_TODAY, {"day": day, "client": client.id}).scalar() or 0


def _open_visit_of(client: Client) -> rules.OpenVisit | None:
    found = run(_OPEN_VISIT_OF, {"client": client.id}).first()
    return rules.OpenVisit(found.code, rules.ticket(found.ticket_number), found.stage) if found else None


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


def turn_away(reason: TurnedAwayReason, policy: Policy, by: Actor, now: datetime) -> TurnedAway:
    """Note that somebody was not let in, and why."""
    turned_away = TurnedAway(reason=reason, at=now, service_day=policy.service_day(now))
    db.session.add(turned_away)
    db.session.flush()
    journal.record(Happened.TURNED_AWAY, turned_away.code, by, now, reason=reason.value)
    return turned_away


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


def aftercare(code: str, by: Actor, now: datetime) -> Visit:
    """Let somebody rest under observation; their cubicle is cleaned. Twice is once."""
    visit = get(code)
    if visit.stage is not Stage.AFTERCARE:
        stay = stays.of(visit)
        visit.move_to(Stage.AFTERCARE, now)
        visit.aftercare_at = now
        if stay is not None:
            stays.end(visit, stay, by, now)
        taken_by(visit, by)
        journal.record(Happened.VISIT_TO_AFTERCARE, visit.code, by, now, visit=visit.code)
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


def leave(code: str, reason: LeaveReason, by: Actor, now: datetime) -> Visit:
    """End a visit, with the reason; their cubicle is cleaned. Twice with the same reason is once."""
    if reason is LeaveReason.UNDONE:
        raise FieldsWrong({"reason": ["A check-in is taken back with undo, not by leaving."]})
    visit = get(code)
    if visit.stage is Stage.LEFT and visit.exit_reason is reason:
        return visit
    rules.may_leave(visit.ticket, visit.kept_in, reason)
    stay = stays.of(visit)
    visit.move_to(Stage.LEFT, now)
    visit.left_at, visit.exit_reason = now, reason
    visit.gave_up = rules.gave_up_waiting(reason, visit.seated_at is not None, visit.purposes)
    if stay is not None:
        stays.end(visit, stay, by, now)
    journal.record(Happened.VISIT_ENDED, visit.code, by, now, visit=visit.code, reason=reason.value)
    return visit


def taken_by(visit: Visit, by: Actor) -> None:
    """Who has the person now, and at which station."""
    visit.with_whom, visit.station = by.name, by.place
