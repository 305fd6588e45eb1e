"""After a dose: looking at the person, letting them go, and an adverse event."""

from datetime import datetime

from consumption_room import journal
from consumption_room.database import db
from consumption_room.doses import limits, precheck, rules
from consumption_room.doses.models import Dose, Observation
from consumption_room.doses.precheck import Measured
from consumption_room.doses.service import as_facts, locked
from consumption_room.errors import OutOfOrder
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.visits import service as visits
from consumption_room.vocabulary.doses import DoseState

_OBSERVED = (DoseState.OBSERVING, DoseState.ADVERSE_EVENT)


def observe(code: str, found: Measured, by: Actor, now: datetime) -> Observation:
    """Write down how the person is after a dose; whether that is good enough to leave is decided with the limits."""
    dose, _order = locked(code)
    _is_observed(dose)
    seen = Observation(at=now, by=by.name, found=as_facts(found), good=precheck.is_good(found, limits.now()))
    dose.observations.append(seen)
    db.session.flush()
    journal.record(Happened.DOSE_OBSERVED, code, by, now, good=seen.good)
    return seen


def discharge(code: str, override: str | None, by: Actor, now: datetime) -> Dose:
    """Let somebody go after their dose; raise ``StillObserved`` too early, without an override. Twice is once."""
    dose, _order = locked(code)
    if dose.state is DoseState.DISCHARGED:
        return dose
    _is_observed(dose)
    last = dose.observations[-1].good if dose.observations else None
    try:
        rules.may_go(dose.observe_until or now, last, None, now)
    except rules.StillObserved:
        if not override:
            raise
        dose.override_by, dose.override_reason = by.name, override
        journal.record(Happened.DOSE_OVERRIDDEN, code, by, now, discharge=True)
    dose.move_to(DoseState.DISCHARGED)
    dose.discharged_at, dose.discharged_by = now, by.name
    if dose.visit_id is not None:
        visits.let_out(dose.visit_id)
    db.session.flush()
    journal.record(Happened.DOSE_DISCHARGED, code, by, now)
    return dose


def went_wrong(code: str, by: Actor, now: datetime) -> Dose:
    """Note that something went wrong after a dose, whatever has become of it: an alarm hangs on it."""
    dose, _order = locked(code)
    if dose.state is DoseState.OBSERVING:
        dose.move_to(DoseState.ADVERSE_EVENT)
    db.session.flush()
    journal.record(Happened.DOSE_WENT_WRONG, code, by, now, visit=dose.visit.code if dose.visit else None)
    return dose


def _is_observed(dose: Dose) -> None:
    if dose.state not in _OBSERVED:
        raise OutOfOrder(f"This dose is {dose.state.value}; nobody is observed after it.")
