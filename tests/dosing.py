"""Prescribed doses to begin a test with: somebody with two doses a day, a nurse and a witness."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from consumption_room import clock
from consumption_room.clients.models import Client
from consumption_room.database import db, transaction
from consumption_room.doses import observing, planner, prescriptions, service
from consumption_room.doses.models import Dose, Prescription
from consumption_room.doses.precheck import Measured
from consumption_room.doses.prescriptions import Planned, Said
from consumption_room.doses.rules import MG
from consumption_room.doses.service import Check, Ending, Preparing
from consumption_room.gate import here
from consumption_room.register import products
from consumption_room.register.lines import Signed
from consumption_room.setup import THE_ROOM
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import DeclaredUse, DoseOutcome, DoseRoute, DoseWindow, Supervision
from consumption_room.vocabulary.visits import Purpose
from tests import ledger
from tests.builders import DORA, MONA, NINA, TODAY, client, visit

MORNING, AFTERNOON = DoseWindow.MORNING, DoseWindow.AFTERNOON
TWO = Signed(NINA, MONA)
AWAKE = Measured(Sedation.AWAKE, 16, 97, 0, 125, DeclaredUse.NOTHING)
"""Somebody who may be given their dose."""
ORDER = Said(
    product=ledger.DRUG,
    route=DoseRoute.INTRAVENOUS,
    supervision=Supervision.WATCHED,
    doses=(Planned(MORNING, 200 * MG), Planned(AFTERNOON, 200 * MG)),
    single_maximum=300 * MG,
    daily_maximum=500 * MG,
    minimum_gap_minutes=180,
    starts_on=TODAY,
    ends_on=TODAY + timedelta(days=30),
    alternative=DoseRoute.INTRAMUSCULAR,
)


def order(person: Client | None = None, **but: Any) -> Prescription:
    """Two doses of 200 mg a day for somebody, but for what the test says."""
    second = but.pop("second_opinion_on", None)
    person = person or client("Grey Wolf")
    with transaction():
        return prescriptions.prescribe(person.code, replace(ORDER, **but), second, here.policy(), DORA, clock.now())


def in_the_room(order: Prescription) -> Visit:
    """The person of an order, checked in for their dose."""
    return visit(order.client, Purpose.DOSE)


def expected(order: Prescription, window: DoseWindow = MORNING, day: date = TODAY) -> Dose:
    """The newest turn of a window."""
    found = db.session.scalars(
        select(Dose)
        .where(Dose.prescription_id == order.id, Dose.window == window, Dose.service_day == day)
        .order_by(Dose.turn.desc())
        .execution_options(populate_existing=True)
    ).first()
    assert found is not None
    return found


def looked_at(
    order: Prescription,
    visit: Visit,
    window: DoseWindow = MORNING,
    reason: str | None = None,
    **found: Any,
) -> Dose:
    """Somebody looked at before a dose: all well, but for what was found."""
    asked = Check(order.code, visit.code, window, replace(AWAKE, **found), reason)
    with transaction():
        return service.check(asked, here.policy(), NINA, clock.now())


def prepared(dose: Dose, mg: int = 200, signed: Signed = TWO, **more: Any) -> Dose:
    """A dose prepared by two and handed over."""
    with transaction():
        return service.prepare(dose.code, Preparing(mg * MG, **more), here.policy(), signed, clock.now())


def ended(dose: Dose, outcome: DoseOutcome = DoseOutcome.GIVEN, signed: Signed = TWO, **mg: Any) -> Dose:
    """What became of a dose: all of it taken, but for what the test says; amounts in milligrams."""
    amounts = {name: mg.pop(name) * MG for name in ("given", "wasted", "returned") if name in mg}
    if outcome in (DoseOutcome.GIVEN, DoseOutcome.VOMITED):
        amounts.setdefault("given", dose.prepared)
    if outcome not in (DoseOutcome.GIVEN,):
        mg.setdefault("reason", "as it was")
    with transaction():
        return service.end(dose.code, Ending(outcome, **amounts, **mg), here.policy(), signed, clock.now())


def dosed(order: Prescription, visit: Visit | None = None, window: DoseWindow = MORNING, mg: int = 200) -> Dose:
    """A whole dose, taken in full, in one breath."""
    visit = visit or in_the_room(order)
    asked = Check(order.code, visit.code, window, AWAKE)
    with transaction():
        return service.give(
            asked, Preparing(mg * MG), Ending(DoseOutcome.GIVEN, mg * MG), here.policy(), TWO, clock.now()
        )


def gives(order: str, visit: str, signed: Signed = TWO) -> None:
    """A nurse gives the morning dose of the order with this code."""
    with transaction():
        service.give(
            Check(order, visit, MORNING, AWAKE),
            Preparing(200 * MG),
            Ending(DoseOutcome.GIVEN, 200 * MG),
            here.policy(),
            signed,
            clock.now(),
        )


def seen(dose: Dose, **found: Any) -> None:
    """A look at somebody after their dose."""
    with transaction():
        observing.observe(dose.code, replace(AWAKE, **found), NINA, clock.now())


def let_go(dose: Dose, override: str | None = None) -> Dose:
    """Somebody discharged after their dose."""
    with transaction():
        return observing.discharge(dose.code, override, NINA, clock.now())


def swept() -> int:
    """What a round of the watch settles now."""
    with transaction():
        return planner.sweep(here.policy(), THE_ROOM, clock.now())


def balance() -> int:
    """What the register says is left, in micrograms."""
    db.session.rollback()
    with transaction():
        return products.locked(ledger.DRUG).balance
