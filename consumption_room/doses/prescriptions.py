"""Prescribing: an order is made, changed (a new version each time), held, looked at again, and stopped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from consumption_room import journal
from consumption_room.amounts import Micrograms
from consumption_room.clients import service as clients
from consumption_room.database import db
from consumption_room.doses import holds, limits, rules, windows
from consumption_room.doses.models import Dose, Prescription, Terms
from consumption_room.doses.planner import lay_out, times_of
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register import products
from consumption_room.staff.rules import Permission, allowed
from consumption_room.vocabulary.doses import (
    DoseRoute,
    DoseState,
    DoseWindow,
    HoldCause,
    HoldLevel,
    PrescriptionState,
    Supervision,
)

_WITH_CODE = select(Prescription).where(Prescription.code == bindparam("code")).with_for_update(of=Prescription)


@dataclass(frozen=True)
class Planned:
    """A dose of a window: how much (micrograms), and times of the person's own where the room's do not fit."""

    window: DoseWindow
    amount: Micrograms
    opens: timedelta | None = None
    closes: timedelta | None = None


@dataclass(frozen=True)
class Said:
    """What an order says; amounts in micrograms."""

    product: str
    route: DoseRoute
    supervision: Supervision
    doses: tuple[Planned, ...]
    single_maximum: Micrograms
    daily_maximum: Micrograms
    minimum_gap_minutes: int
    starts_on: date
    ends_on: date
    prescriber: str | None = None
    alternative: DoseRoute | None = None


def prescribe(
    client: str, said: Said, second_opinion_on: date | None, policy: Policy, by: Actor, now: datetime
) -> Prescription:
    """Make an order for the person with this code; raise ``FieldsWrong`` for what cannot be ordered."""
    person = clients.get(client)
    terms = _terms(said, 1, None, policy, by, now)
    prescription = Prescription(
        client=person,
        ends_on=said.ends_on,
        laid_out_until=policy.service_day(now) - timedelta(days=1),
        second_opinion_on=second_opinion_on,
        made_at=now,
        history=[terms],
    )
    db.session.add(prescription)
    db.session.flush()
    lay_out([prescription.id], policy, now)
    journal.record(Happened.PRESCRIBED, prescription.code, by, now, product=said.product)
    return prescription


def change(
    code: str, changes: Mapping[str, Any], reason: str, policy: Policy, by: Actor, now: datetime
) -> Prescription:
    """Change what an order says: a new version; what was said before stays. Doses still to come follow at once."""
    prescription = locked(code)
    _not_stopped(prescription)
    said = replace(
        as_said(prescription.terms), **{name: new for name, new in changes.items() if name != "second_opinion_on"}
    )
    prescription.second_opinion_on = changes.get("second_opinion_on", prescription.second_opinion_on)
    prescription.history.append(_terms(said, prescription.version + 1, reason, policy, by, now))
    prescription.version += 1
    prescription.ends_on = said.ends_on
    db.session.flush()
    db.session.refresh(prescription)
    _lay_out_anew(prescription, policy, now)
    journal.record(Happened.PRESCRIPTION_CHANGED, code, by, now, version=prescription.version, fields=sorted(changes))
    return prescription


def stop(code: str, reason: str, policy: Policy, by: Actor, now: datetime) -> Prescription:
    """End an order for good; windows that have not begun are taken off the list. Twice is once."""
    prescription = locked(code)
    if prescription.state is not PrescriptionState.STOPPED:
        holds.let_go(prescription)
        prescription.state = PrescriptionState.STOPPED
        prescription.stopped_at, prescription.stopped_by, prescription.stop_reason = now, by.name, reason
        _forget_expected(prescription, policy, now)
        journal.record(Happened.PRESCRIPTION_STOPPED, code, by, now)
    return prescription


def hold(code: str, reason: str, level: HoldLevel, by: Actor, now: datetime) -> Prescription:
    """Let nobody give a dose of this order until somebody has looked, by name and with a reason.

    A hold for a prescriber is never made lighter by a hold for a nurse.
    """
    prescription = locked(code)
    _not_stopped(prescription)
    holds.put_on_hold(prescription, HoldCause.BY_HAND, level, reason, by, now)
    return prescription


def review(code: str, reason: str, second_opinion_on: date | None, by: Actor, now: datetime) -> Prescription:
    """Somebody has looked: a held order goes on. Raises ``Held`` when the hold asks for a prescriber, and this is none.

    A prescriber's look also clears the run of missed doses: how to begin again was decided with it.
    """
    prescription = locked(code)
    _not_stopped(prescription)
    doctor = is_prescriber(by)
    if prescription.hold_level is not None:
        rules.may_look(prescription.hold_level, doctor)
        holds.let_go(prescription)
    if doctor:
        prescription.missed_in_a_row = 0
    prescription.reviewed_at, prescription.reviewed_by = now, by.name
    if second_opinion_on is not None:
        prescription.second_opinion_on = second_opinion_on
    journal.record(Happened.PRESCRIPTION_REVIEWED, code, by, now, doctor=doctor, said=len(reason))
    return prescription


def is_prescriber(by: Actor) -> bool:
    """Whether this person may decide what a nurse may not."""
    return Permission.PRESCRIBE in allowed(by.role, None)


def locked(code: str) -> Prescription:
    """The prescription with this code, locked for the change to come; raise ``NotFound``."""
    prescription = db.session.scalar(_WITH_CODE, {"code": code})
    if prescription is None:
        raise NotFound("There is no prescription with this code.")
    return prescription


def as_said(terms: Terms) -> Said:
    """Stored terms as an order says them."""
    stored = {field.name: getattr(terms, field.name) for field in fields(Said) if hasattr(terms, field.name)}
    return Said(**{**stored, "product": terms.product.code, "doses": tuple(_planned(terms))})


def _planned(terms: Terms) -> Iterable[Planned]:
    for name, plan in terms.windows.items():
        own = [timedelta(minutes=plan[key]) if key in plan else None for key in ("opens", "closes")]
        yield Planned(DoseWindow(name), plan["amount"], *own)


def _terms(said: Said, version: int, reason: str | None, policy: Policy, by: Actor, now: datetime) -> Terms:
    in_force = limits.now()
    if len({one.window for one in said.doses}) < len(said.doses):
        raise FieldsWrong({"doses": ["A window has one dose."]})
    rules.may_be_ordered(
        {one.window: one.amount for one in said.doses},
        rules.Order(
            said.starts_on,
            said.ends_on,
            said.single_maximum,
            said.daily_maximum,
            timedelta(minutes=said.minimum_gap_minutes),
        ),
        in_force,
    )
    planned = {one.window.value: _as_stored(one) for one in said.doses}
    windows.check_apart([(window, times) for window, times in times_of(planned, policy)], policy.day_ends)
    try:
        product = products.product(said.product)
    except NotFound as missing:
        raise FieldsWrong({"product": [missing.message]}) from missing
    return Terms(
        version=version,
        product_id=product.id,
        route=said.route,
        alternative=said.alternative,
        supervision=said.supervision,
        windows=planned,
        single_maximum=said.single_maximum,
        daily_maximum=said.daily_maximum,
        minimum_gap_minutes=said.minimum_gap_minutes,
        starts_on=said.starts_on,
        ends_on=said.ends_on,
        prescriber=said.prescriber or by.name,
        written_at=now,
        written_by=by.name,
        reason=reason,
    )


def _as_stored(planned: Planned) -> dict[str, int]:
    minute = timedelta(minutes=1)
    own = {"opens": planned.opens, "closes": planned.closes}
    return {"amount": planned.amount} | {name: since // minute for name, since in own.items() if since is not None}


def _not_stopped(prescription: Prescription) -> None:
    if prescription.state is PrescriptionState.STOPPED:
        raise OutOfOrder("This prescription was stopped. Please make a new one.")


def _lay_out_anew(prescription: Prescription, policy: Policy, now: datetime) -> None:
    _forget_expected(prescription, policy, now)
    prescription.laid_out_until = min(prescription.laid_out_until, policy.service_day(now) - timedelta(days=1))
    db.session.flush()
    lay_out([prescription.id], policy, now)


def _forget_expected(prescription: Prescription, policy: Policy, now: datetime) -> None:
    """Take windows off the list that nobody has touched yet: a plan is no record."""
    db.session.execute(
        delete(Dose)
        .where(Dose.prescription_id == prescription.id, Dose.state == DoseState.EXPECTED, Dose.ends_at > now)
        .execution_options(synchronize_session=False)
    )
