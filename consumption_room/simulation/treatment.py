"""People with prescribed doses in a simulated room: they come twice a day, through the services, by the milligram.

Middlesbrough treated up to 15 people twice a day; Durham proposed 1,700 with four stations. Attendance of about 90 %
of days and 3 % withheld at the pre-check are derived from SALOME and NAOMI; the rest is assumption.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from consumption_room.amounts import Micrograms
from consumption_room.clients import service as clients
from consumption_room.database import transaction
from consumption_room.doses import observing, planner, prescriptions, service
from consumption_room.doses.precheck import Measured
from consumption_room.doses.prescriptions import Planned, Said
from consumption_room.doses.rules import MG
from consumption_room.doses.service import Check, Ending, Preparing
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.register import service as register
from consumption_room.register.lines import Line, Signed
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import (
    DeclaredUse,
    DoseOutcome,
    DoseRoute,
    DoseState,
    DoseWindow,
    HoldLevel,
    PrescriptionState,
    Supervision,
)
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import LeaveReason, Purpose

DOCTOR = Actor("Dora the doctor", Role.PRESCRIBER, staff="simulated-doctor")
STATIONS = tuple(
    Signed(
        Actor(f"Nurse {number}", Role.NURSE, staff=f"simulated-nurse-{number}", place="treatment-room"),
        Actor(f"Witness {number}", Role.NURSE, staff=f"simulated-witness-{number}"),
    )
    for number in range(1, 5)
)
_ATTENDS = {DoseWindow.MORNING: 0.91, DoseWindow.AFTERNOON: 0.88}
_WITHHELD, _IN_PART = 0.03, 0.02
_OBSERVED = timedelta(minutes=31)
_NAMES = ("Amber", "Cedar", "Copper", "Fern", "Granite", "Hazel", "Indigo", "Ivory", "Jade", "Maple", "Opal", "River")
_BIRDS = ("Bittern", "Curlew", "Dunlin", "Egret", "Grebe", "Knot", "Linnet", "Merlin", "Plover", "Shrike", "Siskin")


@dataclass(frozen=True)
class Patient:
    """Somebody in treatment: their order, and how much each time."""

    client: str
    order: str
    amount: Micrograms


@dataclass
class Ledger:
    """What the simulation itself counted, to hold against the register: doses and micrograms."""

    given: int = 0
    given_ug: Micrograms = 0
    wasted_ug: Micrograms = 0
    missed: int = 0


def treat(
    policy: Policy, product: str, opening: Micrograms, until: datetime, days: int, people: int, seed: int
) -> Ledger:
    """So many days of doses for so many people, and the day of ``until`` up to it."""
    random = Random(seed)  # noqa: S311 - a simulation repeats itself from its seed
    first = policy.service_day(until) - timedelta(days=days)
    begins = datetime(first.year, first.month, first.day, 6, tzinfo=policy.timezone).astimezone(UTC)
    counted, patients = Ledger(), list(_admit(policy, product, opening, begins, people, random))
    for number in range(days + 1):
        _a_day(policy, patients, first + timedelta(days=number), until, random, counted)
    return counted


def _admit(
    policy: Policy, product: str, opening: Micrograms, now: datetime, people: int, random: Random
) -> Iterator[Patient]:
    with transaction():
        # Opened here: a simulation begins with an empty register.
        line = Line(product, opening, lot="SIM-1", expires_on=policy.service_day(now) + timedelta(days=900))
        register.open_register(line, policy, STATIONS[0], now)
    for number in range(people):
        amount = MG * 10 * round(min(300, max(60, random.gauss(200, 60))) / 10)
        alias = f"{random.choice(_NAMES)} {random.choice(_BIRDS)} {number + 1}"
        said = Said(
            product,
            DoseRoute.INTRAVENOUS,
            Supervision.WATCHED,
            (Planned(DoseWindow.MORNING, amount), Planned(DoseWindow.AFTERNOON, amount)),
            single_maximum=min(amount + 50 * MG, 400 * MG),
            daily_maximum=min(2 * amount + 50 * MG, 900 * MG),
            minimum_gap_minutes=180,
            starts_on=policy.service_day(now),
            ends_on=policy.service_day(now) + timedelta(days=random.randint(380, 500)),
        )
        with transaction():
            client = clients.register(clients.NewClient(alias), b"simulated", DOCTOR, now)
            order = prescriptions.prescribe(client.code, said, None, policy, DOCTOR, now)
            admitted = Patient(client.code, order.code, amount)
        yield admitted


def _a_day(
    policy: Policy, patients: list[Patient], day: date, until: datetime, random: Random, counted: Ledger
) -> None:
    for plan in policy.dose_windows:
        if plan.window not in _ATTENDS:
            continue
        opens = (datetime(day.year, day.month, day.day, tzinfo=policy.timezone) + plan.opens).astimezone(UTC)
        length = plan.closes - plan.opens
        if opens > until:
            return
        _sweep(policy, opens)
        coming = [one for one in patients if random.random() < _ATTENDS[plan.window]]
        arrivals = sorted((opens + length * random.random(), one.order, one) for one in coming)
        for number, (at, _order, patient) in enumerate(arrivals):
            if at <= until:
                _comes(policy, patient, plan.window, STATIONS[number % len(STATIONS)], at, until, random, counted)
        closes = opens + length + plan.grace
        if closes <= until:
            counted.missed += _sweep(policy, closes)


def _sweep(policy: Policy, now: datetime) -> int:
    settled, last = 0, -1
    while settled != last:
        last = settled
        with transaction():
            settled += planner.sweep(policy, STATIONS[0].by, now)
    return settled


def _comes(
    policy: Policy,
    patient: Patient,
    window: DoseWindow,
    signed: Signed,
    at: datetime,
    until: datetime,
    random: Random,
    counted: Ledger,
) -> None:
    """Somebody comes, is looked at, has their dose, is observed and leaves: each step as staff would write it."""
    at = at.replace(microsecond=0)
    with transaction():
        order = prescriptions.locked(patient.order)
        if order.state is PrescriptionState.HELD:
            by = DOCTOR if order.hold_level is HoldLevel.PRESCRIBER else signed.by
            prescriptions.review(patient.order, "spoke with them", None, by, at)
        visit = visits.check_in(visits.CheckIn((Purpose.DOSE,), patient.client), policy, signed.by, at)
        drunk = random.random() < _WITHHELD
        found = Measured(
            Sedation.AWAKE,
            random.randint(13, 18),
            random.randint(95, 99),
            60 if drunk else 0,
            random.randint(105, 140),
            DeclaredUse.NOTHING,
        )
        dose = service.check(Check(patient.order, visit.code, window, found), policy, signed.by, at)
        if dose.state is DoseState.HELD:
            ending = Ending(DoseOutcome.WITHHELD, reason="The breath test was too high.")
            service.end(dose.code, ending, policy, signed, at)
            visits.leave(visit.code, LeaveReason.FINISHED, signed.by, at)
            return
        amount = min(patient.amount, patient.amount if dose.advice == "give" else patient.amount // 2)
        service.prepare(dose.code, Preparing(amount, again=amount), policy, signed, at)
        part = random.random() < _IN_PART
        given = amount // 2 if part else amount
        ending = Ending(
            DoseOutcome.PART_GIVEN if part else DoseOutcome.GIVEN,
            given,
            amount - given,
            reason="The vein was lost." if part else None,
        )
        service.end(dose.code, ending, policy, signed, at)
        counted.given += 1
        counted.given_ug += given
        counted.wasted_ug += amount - given
        leaves = at + _OBSERVED
        if leaves <= until:
            observing.observe(dose.code, found, signed.by, leaves)
            observing.discharge(dose.code, None, signed.by, leaves)
            visits.leave(visit.code, LeaveReason.FINISHED, signed.by, leaves)
