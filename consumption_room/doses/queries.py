"""Reading doses and prescriptions for screens: a window's list costs the same after ten years as on day one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from consumption_room.database import db
from consumption_room.doses import limits, planner, service
from consumption_room.doses.history import taken_by
from consumption_room.doses.models import Dose, Prescription
from consumption_room.doses.precheck import Verdict
from consumption_room.doses.rules import Limits, Taken
from consumption_room.errors import NotFound, RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.doses import DoseState, DoseWindow, PrescriptionState

TO_COME = (DoseState.EXPECTED, DoseState.PRE_CHECK, DoseState.HELD, DoseState.REFERRED)
ON_THEIR_WAY = (DoseState.PREPARED, DoseState.HANDED_OVER)
OBSERVED = (DoseState.OBSERVING, DoseState.ADVERSE_EVENT)
_NOT_SHOWN = (DoseState.REVERSED, DoseState.SPILLED)


@dataclass(frozen=True)
class Listed:
    """One dose of the day's list, the person's open visit if they are here, and whether missed doses are a warning."""

    dose: Dose
    visit: Visit | None
    warns: bool

    @property
    def checked_in(self) -> bool:
        """Whether the person is in the room."""
        return self.visit is not None


@dataclass(frozen=True)
class Day:
    """The doses of a day: still to come, under way, observed, and done; and the limits they are decided by."""

    on: date
    to_come: list[Listed]
    under_way: list[Listed]
    observed: list[Listed]
    done: list[Listed]
    limits: Limits

    def of(self, window: DoseWindow | None) -> "Day":
        """What is to come and done in one window only; whoever is in hand or observed stays, whatever the time."""
        if window is None:
            return self

        def part(listed: list[Listed]) -> list[Listed]:
            return [one for one in listed if one.dose.window is window]

        return replace(
            self,
            to_come=part(self.to_come),
            done=part(self.done),
        )


def today(policy: Policy, now: datetime) -> Day:
    """The doses of the room's day, in the order in which their windows end: three questions, none of history."""
    day = policy.service_day(now)
    doses = db.session.scalars(
        select(Dose)
        .where(Dose.service_day == day, Dose.state.not_in(_NOT_SHOWN))
        .order_by(Dose.ends_at, Dose.opens_at, Dose.id)
    ).all()
    people = {dose.client_id for dose in doses}
    inside = {
        visit.client_id: visit
        for visit in db.session.scalars(select(Visit).where(Visit.left_at.is_(None), Visit.client_id.is_not(None)))
        if visit.client_id in people
    }
    in_force = limits.now()
    listed = [Listed(dose, inside.get(dose.client_id), planner.warns(dose.prescription, in_force)) for dose in doses]

    def part(states: Sequence[DoseState]) -> list[Listed]:
        return [one for one in listed if one.dose.state in states]

    others = [one for one in listed if one.dose.state not in (*TO_COME, *ON_THEIR_WAY, *OBSERVED)]
    return Day(day, part(TO_COME), part(ON_THEIR_WAY), part(OBSERVED), others, in_force)


def window_at(policy: Policy, now: datetime) -> DoseWindow:
    """The window that is open, or the next to open, on the room's own clock."""
    local = now.astimezone(policy.timezone)
    since_midnight = timedelta(hours=local.hour, minutes=local.minute)
    for plan in policy.dose_windows:
        if since_midnight <= plan.closes + plan.grace:
            return plan.window
    return policy.dose_windows[-1].window


@dataclass(frozen=True)
class Person:
    """Everything that one dose's page says: the dose, the visit, what was taken before, and why nothing is given."""

    dose: Dose
    visit: Visit | None
    taken: Taken
    limits: Limits
    verdict: Verdict | None
    refused: RuleBroken | None
    gap: timedelta | None
    warns: bool


def person(code: str, policy: Policy, now: datetime) -> Person:
    """One dose as its page shows it; raise ``NotFound``."""
    dose = get(code)
    order, in_force = dose.prescription, limits.now()
    taken = taken_by(order, policy, now, but=dose.id)
    visit = db.session.scalar(select(Visit).where(Visit.client_id == dose.client_id, Visit.left_at.is_(None)))
    return Person(
        dose=dose,
        visit=visit,
        taken=taken,
        limits=in_force,
        verdict=service.verdict_of(dose, in_force),
        refused=service.what_keeps(order, dose, policy, in_force, now),
        gap=now - taken.last_at if taken.last_at else None,
        warns=planner.warns(order, in_force),
    )


def usual_witness(giver: str, policy: Policy, now: datetime) -> str | None:
    """The code of whoever stood by at the giver's last dose of today or yesterday."""
    day = policy.service_day(now)
    return db.session.scalar(
        select(Dose.witness_code)
        .where(
            Dose.service_day.between(day - timedelta(days=1), day),
            Dose.giver_code == giver,
            Dose.witness_code.is_not(None),
        )
        .order_by(Dose.prepared_at.desc())
        .limit(1)
    )


def get(code: str) -> Dose:
    """The dose with this code; raise ``NotFound``."""
    found = db.session.scalar(select(Dose).where(Dose.code == code).options(selectinload(Dose.observations)))
    if found is None:
        raise NotFound("There is no dose with this code.")
    return found


def prescription(code: str) -> Prescription:
    """The prescription with this code and all its versions; raise ``NotFound``."""
    found = db.session.scalar(
        select(Prescription).where(Prescription.code == code).options(selectinload(Prescription.history))
    )
    if found is None:
        raise NotFound("There is no prescription with this code.")
    return found


def prescriptions(
    *, after: str | None = None, limit: int = 50, client: int | None = None, ending_by: date | None = None
) -> Sequence[Prescription]:
    """Prescriptions, the newest first; those of a person, or those that end by a day, that day included."""
    rows = (
        select(Prescription).order_by(Prescription.id.desc()).limit(limit).options(selectinload(Prescription.history))
    )
    if client is not None:
        rows = rows.where(Prescription.client_id == client)
    if ending_by is not None:
        rows = rows.where(Prescription.state != PrescriptionState.STOPPED, Prescription.ends_on <= ending_by)
    if after is not None:
        rows = rows.where(Prescription.id < select(Prescription.id).where(Prescription.code == after).scalar_subquery())
    return db.session.scalars(rows).all()


@dataclass(frozen=True)
class NeedsLook:
    """Prescriptions that somebody has to look at: about to end (or just ended), held, or due a second opinion."""

    ending: Sequence[Prescription]
    held: Sequence[Prescription]
    opinions: Sequence[Prescription]


def to_look_at(policy: Policy, now: datetime) -> NeedsLook:
    """What is due soon: prescriptions that end within the policy's days, are held, or want a second opinion."""
    soon = policy.service_day(now) + policy.prescription_ends_soon
    rows = db.session.scalars(
        select(Prescription)
        .where(
            Prescription.state != PrescriptionState.STOPPED,
            or_(
                Prescription.ends_on <= soon,
                Prescription.state == PrescriptionState.HELD,
                Prescription.second_opinion_on <= soon,
            ),
        )
        .order_by(Prescription.ends_on, Prescription.id)
    ).all()
    return NeedsLook(
        [one for one in rows if one.ends_on <= soon],
        [one for one in rows if one.state is PrescriptionState.HELD],
        [one for one in rows if one.second_opinion_on is not None and one.second_opinion_on <= soon],
    )


def last_doses(order: Prescription, count: int = 14) -> Sequence[Dose]:
    """The newest settled doses of a prescription."""
    return db.session.scalars(
        select(Dose)
        .where(Dose.prescription_id == order.id, Dose.state.not_in(TO_COME))
        .order_by(Dose.opens_at.desc(), Dose.turn.desc())
        .limit(count)
    ).all()
