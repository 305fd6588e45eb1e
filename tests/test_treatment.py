"""Days of prescribed doses through the services, balanced to the milligram; the long way says so by its variables."""

import os
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consumption_room import journal
from consumption_room.database import db
from consumption_room.doses.models import Dose
from consumption_room.doses.rules import GIVEN, MG
from consumption_room.register.models import Entry
from consumption_room.simulation import treatment
from consumption_room.vocabulary.doses import DoseState
from tests import evidence, ledger
from tests.builders import NINE
from tests.dosing import balance

PATIENTS, DAYS = int(os.environ.get("ROOM_PATIENTS", "15")), int(os.environ.get("ROOM_DAYS", "2"))
DURHAM = int(os.environ.get("ROOM_DURHAM", "40"))
A_DAY_OF_ONE = 700 * MG
COMMAND = "ROOM_EVIDENCE=1 ROOM_PATIENTS=15 ROOM_DAYS=365 ROOM_DURHAM=1700 pytest -n 0 tests/test_treatment.py"


@pytest.fixture
def engine() -> str:
    """What is counted is the same on every database."""
    return "sqlite"


def taken() -> tuple[int, int, int]:
    """How many doses were given, and how many micrograms were given and wasted, as the doses say."""
    db.session.rollback()
    rows = select(func.count(), func.sum(Dose.given), func.sum(Dose.wasted)).where(Dose.state.in_(sorted(GIVEN)))
    count, given, wasted = db.session.execute(rows).one()
    return int(count), int(given or 0), int(wasted or 0)


def treated(policy, people, days, until):
    """So many days of doses, held against the register, the lines and the journal."""
    opening = A_DAY_OF_ONE * people * (days + 1)
    began = time.perf_counter()
    counted = treatment.treat(policy, ledger.DRUG, opening, until, days, people, seed=7)
    seconds = time.perf_counter() - began
    assert taken() == (counted.given, counted.given_ug, counted.wasted_ug)
    assert balance() == opening - counted.given_ug - counted.wasted_ug
    assert db.session.scalar(select(func.sum(Entry.quantity))) == balance()
    return counted, seconds


def test_days_of_fifteen_people_are_balanced_to_the_milligram(room):
    until = NINE + timedelta(hours=10)
    counted, seconds = treated(room, PATIENTS, DAYS, until)
    windows = 2 * PATIENTS * (DAYS + 1)
    assert 0.6 * windows < counted.given < windows
    assert counted.missed > 0
    later = select(func.count()).where(Dose.state == DoseState.EXPECTED, Dose.ends_at <= until)
    assert db.session.scalar(later) == 0
    evidence.note(
        f"{DAYS} days of {PATIENTS} people on two doses a day",
        f"{counted.given} doses, off by 0 mg, {seconds:.0f} s",
        threshold="balanced to the milligram",
        command=COMMAND,
    )


def test_a_day_of_durham_at_four_stations_is_balanced_to_the_milligram(room):
    until = NINE + timedelta(hours=10)
    counted, seconds = treated(room, DURHAM, 0, until)
    assert 1.5 * DURHAM < counted.given <= 2 * DURHAM
    givers = db.session.scalars(select(Dose.giver_code).where(Dose.giver_code.is_not(None)).distinct()).all()
    assert len(givers) == 4
    evidence.note(
        f"A day of {DURHAM} people on two doses at four stations",
        f"{counted.given} doses, off by 0 mg, {seconds:.0f} s",
        threshold="balanced to the milligram",
        command=COMMAND,
    )


def test_in_the_middle_of_a_window_somebody_is_observed_and_the_chain_holds(room):
    treated(room, PATIENTS, 0, NINE + timedelta(minutes=30))
    assert db.session.scalar(select(func.count()).where(Dose.state == DoseState.OBSERVING)) > 0
    assert list(journal.broken()) == []
