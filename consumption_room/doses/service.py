"""A dose from the pre-check to its end; every step in the caller's one transaction with the register and the visit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consumption_room import journal
from consumption_room.amounts import Micrograms
from consumption_room.database import db
from consumption_room.doses import arrivals, fates, limits, precheck, prescriptions, rules, supplies
from consumption_room.doses.fates import FATES
from consumption_room.doses.history import as_order, taken_by
from consumption_room.doses.models import Dose, Prescription
from consumption_room.doses.precheck import Measured, Verdict
from consumption_room.doses.rules import Limits
from consumption_room.errors import FieldsWrong, NotFound, RuleBroken
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register.lines import Signed
from consumption_room.visits import service as visits
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import (
    Advice,
    DeclaredUse,
    DoseOutcome,
    DoseRoute,
    DoseState,
    DoseWindow,
    Limit,
    PrescriptionState,
)
from consumption_room.vocabulary.visits import Stage


class WrongPerson(RuleBroken):
    """The visit and the prescription belong to two people (hazard H19)."""

    code = "wrong-person"


@dataclass(frozen=True)
class Check:
    """Looking at somebody before a dose: whose, in which visit, for which window, and what was found.

    ``reason`` says why a dose that was missed, refused or withheld is given after all.
    """

    prescription: str
    visit: str
    window: DoseWindow
    found: Measured
    reason: str | None = None


@dataclass(frozen=True)
class Preparing:
    """How much is prepared (micrograms), typed again where it is unusual, and why against the pre-check."""

    amount: Micrograms
    again: Micrograms | None = None
    override: str | None = None


@dataclass(frozen=True)
class Ending:
    """What became of a dose; amounts in micrograms, ``given_at`` the moment it was taken if that was not just now."""

    outcome: DoseOutcome
    given: Micrograms = 0
    wasted: Micrograms = 0
    returned: Micrograms = 0
    reason: str | None = None
    attempts: int | None = None
    given_at: datetime | None = None


def check(asked: Check, policy: Policy, by: Actor, now: datetime, at: datetime | None = None) -> Dose:
    """Look at somebody before a dose; the dose then stands on pre-check, held or referred, with the reasons.

    ``at`` is when it was, if it is entered later. Raises ``Held``, ``Expired``, ``TooSoon``, ``WindowUsed``,
    ``WrongPerson``; ``NeedsAReason`` for a dose that had been settled.
    """
    at = at or now
    order = prescriptions.locked(asked.prescription)
    visit = visits.get(asked.visit)
    dose, in_force = of_today(order, asked.window, policy, at), limits.now()
    _fits(order, visit)
    _may_be_given(order, dose, policy, in_force, at)
    settled = dose.outcome not in (None, DoseOutcome.HELD)
    if settled and not asked.reason:
        raise rules.NeedsAReason(f"This dose is {dose.state.value}. Please say why it is given after all.")
    dose.converted_from = dose.state if settled else dose.converted_from
    verdict = precheck.look(asked.found, order.missed_in_a_row - (dose.state is DoseState.MISSED), in_force)
    dose.move_to(DoseState.PRE_CHECK)
    dose.outcome, dose.reason, dose.recorded_at = None, asked.reason, None
    dose.visit, dose.terms_id, dose.limits_version = visit, order.terms.id, in_force.version
    dose.planned = order.terms.windows[asked.window.value]["amount"]
    dose.found, dose.advice, dose.checked_at = as_facts(asked.found), verdict.advice, at
    if verdict.advice in _STANDS:
        dose.move_to(_STANDS[verdict.advice])
    db.session.flush()
    journal.record(Happened.DOSE_CHECKED, dose.code, by, now, visit=visit.code, advice=verdict.advice.value)
    return dose


_STANDS = {Advice.HOLD: DoseState.HELD, Advice.REFER: DoseState.REFERRED}


def prepare(
    code: str, asked: Preparing, policy: Policy, signed: Signed, now: datetime, at: datetime | None = None
) -> Dose:
    """Prepare a dose by two, write it out of the register, and hand it over.

    Raises ``Held`` against the pre-check without a name and a reason, ``OverMaximum``, ``TooSoon``, ``Retype``,
    and what the register refuses: ``NoStock``, ``LotExpired``, ``WitnessNeeded``, ``WitnessIsGiver``.
    """
    at = at or now
    dose, order = locked(code)
    in_force = limits.now()
    if dose.state not in (DoseState.PRE_CHECK, DoseState.HELD, DoseState.REFERRED) or dose.advice is None:
        rules.may_become(dose.state, DoseState.PREPARED)
    if dose.found is None or dose.advice is None or dose.planned is None:
        raise rules.Held("Nobody has looked at the person yet: the pre-check comes first.")
    taken = _may_be_given(order, dose, policy, in_force, at)
    doctor = prescriptions.is_prescriber(signed.by)
    rules.heeds(dose.advice, asked.amount, dose.planned, in_force, asked.override, doctor)
    rules.within_maximum(asked.amount, as_order(order), taken, in_force)
    rules.not_a_slip(asked.amount, taken.last_ug or dose.planned, asked.again, in_force)
    if asked.override:
        dose.override_by, dose.override_reason = signed.by.name, asked.override
        journal.record(Happened.DOSE_OVERRIDDEN, dose.code, signed.by, now, advice=dose.advice.value)
    if dose.state is not DoseState.PRE_CHECK:
        dose.move_to(DoseState.PRE_CHECK)
    dose.prepared, dose.prepared_at = asked.amount, at
    supplies.take_out(dose, order, policy, signed, now)
    dose.giver, dose.giver_code = signed.by.name, signed.giver
    dose.witness, dose.witness_code = signed.witness.name if signed.witness else None, signed.beside
    try:
        with db.session.begin_nested():
            dose.move_to(DoseState.PREPARED, DoseState.HANDED_OVER)
            db.session.flush()
    except IntegrityError as clash:
        raise rules.WindowUsed("Somebody else has just given this dose. Nothing was changed.") from clash
    journal.record(Happened.DOSE_PREPARED, dose.code, signed.by, now, visit=_visit_code(dose))
    return dose


def end(code: str, asked: Ending, policy: Policy, signed: Signed, now: datetime) -> Dose:
    """Say what became of a dose: where every milligram went, and the observation if anything was taken."""
    dose, order = locked(code)
    fate, in_force = FATES[asked.outcome], limits.now()
    if asked.outcome is DoseOutcome.MISSED:
        raise FieldsWrong({"outcome": ["The server alone says that a dose was missed."]})
    if asked.outcome is not DoseOutcome.GIVEN and not asked.reason:
        raise FieldsWrong({"reason": ["Please say why."]})
    given_at = asked.given_at or now
    if given_at > now or (dose.prepared_at and given_at < dose.prepared_at):
        raise FieldsWrong({"given_at": ["This moment lies in the future, or before the dose was prepared."]})
    fates.add_up(asked.outcome, dose.prepared, asked.given, asked.wasted, asked.returned)
    _not_too_many_tries(asked, order, dose, in_force)
    if fate.uses_window:
        dose.move_to(DoseState.TAKEN, DoseState.OBSERVING)
        dose.given_at = given_at
        dose.observe_until = given_at + in_force.minutes(Limit.OBSERVATION)
        order.missed_in_a_row = 0
    elif dose.prepared:
        dose.move_to(DoseState.RETURNED, fate.state)
    elif dose.state is not fate.state:
        dose.move_to(fate.state)
    dose.outcome, dose.reason, dose.attempts = asked.outcome, asked.reason or dose.reason, asked.attempts
    dose.given, dose.wasted, dose.returned = asked.given, asked.wasted, asked.returned
    dose.recorded_at, dose.late = now, now - given_at > policy.dose_is_late_after
    supplies.put_back(dose, order, policy, signed, now)
    if dose.visit is not None and dose.observe_until is not None:
        visits.keep_in(dose.visit.id, dose.observe_until, signed.by, now)
    db.session.flush()
    journal.record(
        Happened.DOSE_ENDED,
        dose.code,
        signed.by,
        now,
        visit=_visit_code(dose),
        outcome=asked.outcome.value,
        late=dose.late,
    )
    if fate.state is DoseState.SPILLED:
        once_more(dose, now)
    if dose.visit is not None:
        arrivals.window_changed(dose.visit, signed.by, policy, now)
    return dose


def give(
    asked: Check, preparing: Preparing | None, ending: Ending, policy: Policy, signed: Signed, now: datetime
) -> Dose:
    """A whole dose in one breath: looked at, prepared, handed over, ended; everything or nothing."""
    at = ending.given_at if ending.given_at and ending.given_at <= now else now
    dose = check(asked, policy, signed.by, now, at)
    if preparing is not None and preparing.amount:
        prepare(dose.code, preparing, policy, signed, now, at)
    return end(dose.code, ending, policy, signed, now)


def locked(code: str) -> tuple[Dose, Prescription]:
    """The dose with this code and its order, the order locked first: whoever gives at the same time waits."""
    order_code = db.session.scalar(
        select(Prescription.code).join(Dose, Dose.prescription_id == Prescription.id).where(Dose.code == code)
    )
    if order_code is None:
        raise NotFound("There is no dose with this code.")
    order = prescriptions.locked(order_code)
    dose = db.session.scalar(
        select(Dose).where(Dose.code == code).with_for_update(of=Dose).execution_options(populate_existing=True)
    )
    if dose is None:  # its window was taken off the list while we waited
        raise NotFound("There is no dose with this code.")
    return dose, order


def verdict_of(dose: Dose, in_force: Limits) -> Verdict | None:
    """What the pre-check of a dose came to, with its reasons; ``None`` when nobody has looked yet."""
    if dose.found is None:
        return None
    run = dose.prescription.missed_in_a_row - (dose.converted_from is DoseState.MISSED)
    return precheck.look(as_measured(dose.found), max(run, 0), in_force)


def as_facts(found: Measured) -> dict[str, Any]:
    """What was measured, as it is stored: only what was measured or said."""
    return {name: value for name, value in asdict(found).items() if value is not None}


def as_measured(facts: Mapping[str, Any]) -> Measured:
    """What was stored, as the rules read it."""
    found = dict(facts)
    if "sedation" in found:
        found["sedation"] = Sedation(found["sedation"])
    return Measured(**{**found, "own_use": DeclaredUse(found.get("own_use", DeclaredUse.NOT_SAID))})


def of_today(order: Prescription, window: DoseWindow, policy: Policy, at: datetime) -> Dose:
    """The newest turn of a window of this day, locked; raise ``Expired`` or ``FieldsWrong`` when there is none."""
    day = policy.service_day(at)
    if order.state is PrescriptionState.STOPPED:
        raise rules.Expired("This prescription was stopped.")
    rules.reaches(as_order(order), day)
    dose = db.session.scalar(
        select(Dose)
        .where(Dose.prescription_id == order.id, Dose.service_day == day, Dose.window == window)
        .order_by(Dose.turn.desc())
        .limit(1)
        .with_for_update(of=Dose)
        .execution_options(populate_existing=True)
    )
    if dose is None:
        raise FieldsWrong({"window": ["This prescription has no dose in this window today."]})
    return dose


def _may_be_given(order: Prescription, dose: Dose, policy: Policy, in_force: Limits, at: datetime) -> rules.Taken:
    """Raise the first thing that keeps any dose of this window from being given; gives what was taken before."""
    if order.state is PrescriptionState.STOPPED:
        raise rules.Expired("This prescription was stopped.")
    rules.reaches(as_order(order), dose.service_day)
    if dose.state in rules.GIVEN | rules.UNDER_WAY - {DoseState.PRE_CHECK}:
        rules.may_become(dose.state, DoseState.PRE_CHECK)
    if order.state is PrescriptionState.HELD:
        raise rules.Held(f"This prescription is on hold: {order.hold_reason}", level=order.hold_level)
    taken = taken_by(order, policy, at, but=dose.id)
    rules.not_too_soon(dose.opens_at, as_order(order), taken, in_force, at)
    return taken


def what_keeps(order: Prescription, dose: Dose, policy: Policy, in_force: Limits, now: datetime) -> RuleBroken | None:
    """What keeps this dose from being given at this moment, whoever the person is and however they are."""
    try:
        _may_be_given(order, dose, policy, in_force, now)
    except RuleBroken as refusal:
        return refusal
    return None


def _fits(order: Prescription, visit: Visit) -> None:
    if visit.client_id != order.client_id:
        raise WrongPerson("This visit belongs to somebody else than the prescription. Nothing was changed.")
    if visit.stage is Stage.LEFT:
        raise WrongPerson("This visit has ended. Please check the person in first.")


def _not_too_many_tries(asked: Ending, order: Prescription, dose: Dose, in_force: Limits) -> None:
    """Danish trial rule: so many tries at a vein, then stop, observe, and take the prescribed alternative."""
    if asked.attempts is None or asked.attempts <= in_force[Limit.VEIN_ATTEMPTS] or dose.override_by is not None:
        return
    if order.terms.route is DoseRoute.INTRAVENOUS and asked.outcome is DoseOutcome.GIVEN:
        raise rules.Held(
            f"After {in_force[Limit.VEIN_ATTEMPTS]} tries at a vein it is stopped. Please enter what was taken, "
            "or that no vein was found; the prescribed alternative comes next."
        )


def once_more(dose: Dose, now: datetime) -> None:
    """Leave the window open for another dose: this one was not taken."""
    db.session.add(
        Dose(
            prescription_id=dose.prescription_id,
            client_id=dose.client_id,
            service_day=dose.service_day,
            window=dose.window,
            turn=dose.turn + 1,
            opens_at=dose.opens_at,
            closes_at=dose.closes_at,
            ends_at=max(dose.ends_at, now + _TO_TRY_AGAIN),
        )
    )
    db.session.flush()


_TO_TRY_AGAIN = timedelta(minutes=60)
"""A dose that was spilled at the end of a window is made up for within this, and not counted as missed at once."""


def _visit_code(dose: Dose) -> str | None:
    return dose.visit.code if dose.visit else None
