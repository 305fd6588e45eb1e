"""Corrections by reversal, never by edit, and doses that were had elsewhere."""

from dataclasses import dataclass
from datetime import datetime

from consumption_room import journal
from consumption_room.amounts import Micrograms
from consumption_room.database import db
from consumption_room.doses import prescriptions, supplies
from consumption_room.doses.models import Dose
from consumption_room.doses.service import locked, of_today, once_more
from consumption_room.errors import FieldsWrong
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register.lines import Signed
from consumption_room.register.rules import WitnessIsGiver, WitnessNeeded
from consumption_room.visits import service as visits
from consumption_room.vocabulary.doses import DoseState, DoseWindow


def reverse(code: str, reason: str, policy: Policy, signed: Signed, now: datetime) -> Dose:
    """Take back a dose that was entered wrongly: the row stays, its register lines are reversed, the window is open.

    Two people sign, also where nothing had left the register (D12). Twice is once.
    """
    if signed.beside is None:
        raise WitnessNeeded("A dose is taken back by two people. Please ask somebody to witness it with their PIN.")
    if signed.beside == signed.giver:
        raise WitnessIsGiver("The witness is another person than whoever takes it back.")
    dose, _order = locked(code)
    if dose.state is DoseState.REVERSED:
        return dose
    was = dose.state
    if was is DoseState.HANDED_OVER:
        dose.move_to(DoseState.RETURNED)
    dose.move_to(DoseState.REVERSED)
    dose.reversed_by, dose.reversed_reason = signed.by.name, reason
    supplies.reverse(dose, reason, policy, signed, now)
    if dose.visit_id is not None:
        visits.let_out(dose.visit_id)
    db.session.flush()
    journal.record(Happened.DOSE_REVERSED, code, signed.by, now, was=was.value, witness=signed.beside, said=len(reason))
    if was is not DoseState.SPILLED:  # a spilled dose has left its window open already
        once_more(dose, now)
    return dose


@dataclass(frozen=True)
class Elsewhere:
    """A dose that was had at another place: of which window, how much (micrograms), when, and who says so."""

    window: DoseWindow
    amount: Micrograms
    at: datetime
    source: str


def had_elsewhere(prescription: str, asked: Elsewhere, policy: Policy, by: Actor, now: datetime) -> Dose:
    """Note that somebody has had this window's dose at another place (D13).

    It uses the window up and counts for the gap and the day; no register of ours is touched.
    """
    order = prescriptions.locked(prescription)
    if asked.at > now or policy.service_day(asked.at) != policy.service_day(now):
        raise FieldsWrong({"at": ["This must be a moment of today, and not in the future."]})
    if asked.amount <= 0:
        raise FieldsWrong({"amount_mg": ["This must be more than nought."]})
    dose = of_today(order, asked.window, policy, now)
    dose.move_to(DoseState.ELSEWHERE)
    dose.terms_id, dose.given, dose.given_at, dose.recorded_at = order.terms.id, asked.amount, asked.at, now
    dose.outcome, dose.reason, dose.giver = None, asked.source, by.name
    order.missed_in_a_row = 0
    db.session.flush()
    journal.record(Happened.DOSE_ELSEWHERE, dose.code, by, now, window=asked.window.value)
    return dose
