"""Reading shifts for screens: whether the room is open, who is on duty, and what the opening check finds now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Exists, and_, literal, or_, select, true
from sqlalchemy.orm import selectinload

from consumption_room import journal
from consumption_room.database import db
from consumption_room.inventory import queries as inventory
from consumption_room.policy.room import Policy
from consumption_room.shifts import opening, rules
from consumption_room.shifts.models import Duty, Shift, ShiftCheck, ShiftOverride
from consumption_room.shifts.opening import Found, Par, Standing
from consumption_room.shifts.rules import Sight
from consumption_room.staff.models import Staff
from consumption_room.timekeeping.rules import UNKNOWN, Verdict
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.stock import ItemKind

_IS_OPEN = Shift.closed_at.is_(None)
_ON_DUTY = and_(Duty.ended_at.is_(None), Staff.disabled_at.is_(None))


def _takes_it_on() -> Exists:
    """Whether somebody took upon themselves to go on without a display, in this very blindness."""
    return (
        select(ShiftOverride.id)
        .where(ShiftOverride.shift_id == Shift.id, ShiftOverride.what == Override.NO_DISPLAY)
        .where(ShiftOverride.at >= Shift.blind_since)
        .exists()
    )


def _opened_without_people() -> Exists:
    """Whether somebody opened the room by name although no nurse was there, and nobody has come on duty since."""
    opened = (
        select(ShiftOverride.id)
        .join(ShiftCheck, ShiftCheck.shift_id == ShiftOverride.shift_id)
        .where(ShiftOverride.shift_id == Shift.id, ShiftOverride.what == Override.OPENING_CHECK)
        .where(ShiftCheck.check == OpeningCheck.NURSE, ShiftCheck.passed.is_(False))
    )
    came = select(Duty.id).where(or_(Duty.ended_at.is_(None), Duty.ended_at >= Shift.opened_at))
    return opened.where(~came.exists()).exists()


# Built once: they run for every board, every second and every new session.
_OPEN = select(Shift, _takes_it_on()).where(_IS_OPEN).execution_options(populate_existing=True)
# One question for the whole line of the wall: whoever is on duty stands beside the open shift, or beside nothing.
_ONE = select(literal(1).label("one")).subquery()
_ON = select(Duty.role, Duty.began_at, Staff.code, Staff.name).join(Staff).where(_ON_DUTY).subquery()
_NOW = (
    select(Shift, _takes_it_on(), _opened_without_people(), _ON.c.role, _ON.c.began_at, _ON.c.code, _ON.c.name)
    .select_from(_ONE)
    .outerjoin(Shift, _IS_OPEN)
    .outerjoin(_ON, true())
    .order_by(_ON.c.began_at, _ON.c.name)
)


@dataclass(frozen=True)
class OnDuty:
    """Somebody who is on duty now, as what, and since when."""

    staff: str
    name: str
    role: Role
    since: datetime


@dataclass(frozen=True)
class Now:
    """Whether the room is open, who is on duty, and how the shift stands with its displays."""

    shift: Shift | None
    on_duty: Sequence[OnDuty]
    sight: Sight | None
    at: datetime
    without_people: bool = False
    """Somebody opened the room by name although no nurse was there, and nobody has come on duty since."""

    @property
    def open(self) -> bool:
        """Whether a shift is open."""
        return self.shift is not None

    @property
    def counts_staff(self) -> bool:
        """Whether the table of staff limits who may sit down: in an open shift, unless that was taken upon oneself."""
        return self.open and not self.without_people

    @property
    def nurses(self) -> list[str]:
        """The names of the nurses on duty."""
        return [one.name for one in self.on_duty if one.role is Role.NURSE]

    def nurses_among(self, codes: Collection[str]) -> list[str]:
        """The names of the nurses on duty who are among these staff codes."""
        return [one.name for one in self.on_duty if one.role is Role.NURSE and one.staff in codes]

    @property
    def blocked(self) -> str | None:
        """Why nobody new can sit down, in a sentence; ``None`` when they can."""
        try:
            rules.may_begin_a_session(self.sight, self.at)
        except rules.NoAbleDisplay as refusal:
            return refusal.message
        return None


@dataclass(frozen=True)
class Facts:
    """What only the running server knows: which displays are able, who is signed in there, when the path was tested."""

    able_displays: int = 0
    at_screens: frozenset[str] = frozenset()
    """The codes of those who are signed in at a display that is able."""
    self_test_age: timedelta | None = None
    clock: Verdict = UNKNOWN


def now(at: datetime) -> Now:
    """The shift and its people as they are, in one question."""
    rows = db.session.execute(_NOW).all()
    shift, overridden, without_people = rows[0][0], bool(rows[0][1]), bool(rows[0][2])
    return Now(
        shift=shift,
        on_duty=[OnDuty(code, name, role, since) for _, _, _, role, since, code, name in rows if code is not None],
        sight=shift.sight(overridden=overridden) if shift else None,
        at=at,
        without_people=without_people,
    )


def sight() -> Sight | None:
    """How the open shift stands with its displays; ``None`` when no shift is open."""
    found = db.session.execute(_OPEN).first()
    return found[0].sight(overridden=bool(found[1])) if found else None


def look(said: Mapping[OpeningCheck, bool], facts: Facts, policy: Policy, at: datetime) -> list[Found]:
    """What the opening check finds at this moment."""
    levels = inventory.levels(policy.service_day(at))

    def of(kind: ItemKind) -> list[Par]:
        return [Par(level.name, level.balance, level.minimum) for level in levels if level.kind is kind]

    room = now(at)
    standing = Standing(
        said=said,
        naloxone=of(ItemKind.NALOXONE),
        rescue=of(ItemKind.RESCUE),
        able_displays=facts.able_displays,
        self_test_age=facts.self_test_age,
        nurses=room.nurses,
        nurses_at_screens=room.nurses_among(facts.at_screens),
        last_entry_at=journal.last_at(),
        clock=facts.clock,
    )
    return opening.look(standing, policy, at)


def whole() -> Shift | None:
    """The open shift with its checks, overrides and hand-overs; ``None`` when none is open."""
    return db.session.scalar(
        select(Shift)
        .where(_IS_OPEN)
        .options(selectinload(Shift.checks), selectinload(Shift.overrides), selectinload(Shift.handovers))
    )


def last_closed_at() -> datetime | None:
    """When the shift before this one was closed: what came after belongs to the one that is open, or opens next."""
    closed = select(Shift.closed_at).where(Shift.closed_at.is_not(None)).order_by(Shift.id.desc()).limit(1)
    return db.session.scalar(closed)
