"""Logging a dose: the server time of one request that looks, prepares by two, gives and writes the register."""

import logging
import statistics
import tempfile
import time
import uuid
from typing import Any

import structlog

from consumption_room import clock, settings, setup
from consumption_room.app import create_app, upgrade
from consumption_room.clients import service as clients
from consumption_room.database import db, transaction
from consumption_room.doses.rules import MG
from consumption_room.gate import here
from consumption_room.register import service as register
from consumption_room.register.lines import Line
from consumption_room.staff import service as staff
from consumption_room.visits import service as visits
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Purpose
from tests.bench.desk import p95
from tests.builders import DORA, NINE, TODAY
from tests.dosing import ORDER, prescriptions
from tests.ledger import DRUG, TWO

PEOPLE = 200
PIN = "482913"
WELL = {"sedation": "1", "breaths": 16, "saturation": 97, "alcohol": 0, "systolic": 125, "own_use": "nothing"}


def measure_doses() -> dict[str, float]:
    """Milliseconds of server time to log a whole dose, the witness's PIN checked in it; and of that check alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder, clock.stopped_at(NINE):
        app = create_app(settings.load({}, data_dir=folder))
        with app.app_context():
            upgrade()
            key, witness, bodies = _filled()
        caller, took = app.test_client(), []
        for body in bodies:
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
            began = time.perf_counter()
            answer = caller.post("/api/v1/doses", json=body, headers=headers)
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 201:
                raise RuntimeError(answer.text)
        with app.app_context():
            pins = _pins(witness)
            db.engine.dispose()
    return {
        "doses": len(took),
        "median_ms": round(statistics.median(took), 1),
        "p95_ms": p95(took[5:]),
        "pin_median_ms": round(statistics.median(pins), 1),
    }


def _filled() -> tuple[str, str, list[dict[str, Any]]]:
    """A register, and people who have come for their dose; gives a key, the witness, and what is sent for each."""
    with transaction():
        setup.furnish(here.policy(), clock.now())
        new = staff.NewDevice(DeviceKind.API, role=Role.NURSE)
        _, key = staff.add_device(new, setup.THE_ROOM, clock.now())
        person, _ = staff.add(staff.NewStaff("Mona", Role.MANAGER, "a long password", PIN), setup.THE_ROOM, NINE)
        witness = person.code
        opening = Line(DRUG, PEOPLE * 200 * MG, lot="A1", expires_on=TODAY.replace(year=TODAY.year + 2))
        register.open_register(opening, here.policy(), TWO, clock.now())
    bodies = []
    for number in range(PEOPLE):
        with transaction():
            client = clients.register(clients.NewClient(f"Person {number}"), here.phrase_key(), DORA, clock.now())
            order = prescriptions.prescribe(client.code, ORDER, None, here.policy(), DORA, clock.now())
            came = visits.CheckIn((Purpose.DOSE,), client.code)
            visit = visits.check_in(came, here.policy(), DORA, clock.now())
            bodies.append(
                {
                    "prescription": order.code,
                    "visit": visit.code,
                    "window": "morning",
                    "precheck": WELL,
                    "prepared_mg": "200",
                    "given_mg": "200",
                    "wasted_mg": "0",
                    "outcome": "given",
                    "witness": {"staff": witness, "pin": PIN},
                }
            )
    return key, witness, bodies


def _pins(witness: str) -> list[float]:
    took = []
    for _ in range(20):
        began = time.perf_counter()
        staff.check(witness, PIN, with_pin=True)
        took.append((time.perf_counter() - began) * 1000)
    return took
