"""A pay-day over HTTP, from eight clients at once: nothing goes wrong and everything adds up."""

from datetime import timedelta
from itertools import pairwise

import requests
from sqlalchemy import select

from consumption_room import clock, journal, setup
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.inventory import queries as inventory
from consumption_room.simulation import script
from consumption_room.simulation.happenings import Delivered, Issued
from consumption_room.simulation.scenario import COPENHAGEN
from consumption_room.staff import service as staff
from consumption_room.visits import queries as visits
from consumption_room.visits.models import Stay
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.stock import ItemKind
from tests import evidence
from tests.builders import ON_THE_SHELF, TODAY
from tests.databases import opened
from tests.faults.measures import many
from tests.replay import replay

CLIENTS = 8
INTAKES = {"sqlite": many("ROOM_INTAKES", 120), "postgresql": many("ROOM_INTAKES_POSTGRESQL", 40)}
"""Some hours of the day inside the suite; the whole of it where figures are taken."""
WAITS = {"median_wait_s", "p90_wait_s"}


def programs(number):
    """So many programs that act as nurses, each with a key of its own."""
    new = staff.NewDevice(DeviceKind.API, role=Role.NURSE)
    with transaction():
        return [staff.add_device(new, setup.THE_ROOM, clock.now())[1] for _ in range(number)]


def needles_left(day):
    """How many needles the script leaves on a shelf that held 500 of each before it began."""
    plan = here.policy()
    needles = {item.code for item in plan.items if item.kind is ItemKind.NEEDLE}
    in_kit = {kit.code: sum(each for item, each in kit.parts.items() if item in needles) for kit in plan.kits}
    left = ON_THE_SHELF * len(needles)
    left += sum(it.quantity for it in day.before if isinstance(it, Delivered) and it.item in needles)
    for issued in (it for visit in day.visits for it in visit if isinstance(it, Issued)):
        left -= issued.quantity * (in_kit[issued.kit] if issued.kit else issued.item in needles)
    return left


def test_a_pay_day_is_replayed_from_eight_clients_without_an_error(server, cast, engine, database_url, tmp_path):
    with opened(tmp_path / "data", database_url):
        day = script.busy_day(here.policy(), COPENHAGEN, TODAY, INTAKES[engine], seed=1)
        begun = here.policy().service_day(clock.now())
        done = replay(server.url, programs(CLIENTS), day, here.policy())
        assert done.errors == []
        assert set(done.answers) <= {"200", "201", "cubicle-taken", "cubicle-not-ready"}
        assert visits.inside() == []
        stays = db.session.scalars(select(Stay).order_by(Stay.cubicle_id, Stay.started_at, Stay.id)).all()
        for one, another in pairwise(stays):
            assert one.cubicle_id != another.cubicle_id or one.ended_at <= another.started_at
        levels = inventory.levels(TODAY)
        assert sum(level.balance for level in levels if level.kind is ItemKind.NEEDLE) == needles_left(day)
        assert list(inventory.wrong_balances()) == []
        assert list(journal.broken()) == []
        report = requests.get(
            f"{server.url}/api/v1/reports/usage",
            {"from": begun.isoformat(), "to": (begun + timedelta(days=1)).isoformat()},
            headers={"Authorization": f"Bearer {cast.keys[Role.MANAGER]}"},
            timeout=30,
        ).json()
        tally = day.tally.usage(day.day, day.day)
        assert {name: value for name, value in report["totals"].items() if name not in WAITS} == {
            name: value for name, value in tally.items() if name not in WAITS
        }
        assert tally["episodes"] == INTAKES[engine]
        evidence.note(
            "A simulated pay-day replayed over HTTP by eight clients",
            f"{INTAKES[engine]} intakes in {done.seconds:.0f} s; report equal to the tally, no cubicle held twice",
            threshold="0 errors",
            engine=engine,
            command="make evidence",
        )
