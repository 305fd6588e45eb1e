"""The board with little and with much history: milliseconds of server time, and queries."""

import logging
import statistics
import tempfile
import time
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import event, insert

from consumption_room import clock, settings, setup
from consumption_room.app import create_app, upgrade
from consumption_room.clients import service as clients
from consumption_room.cubicles.models import Cubicle
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.staff import service as staff
from consumption_room.visits import seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Episode, Stay, Visit
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Stage, Substance

ROUNDS = 60
CHUNK = 20_000


def measure_board(past_visits: int) -> dict[str, float]:
    """Median server time and number of queries of ``/api/v1/board`` after so many visits, with a full room now."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings.load({}, data_dir=folder))
        with app.app_context():
            upgrade()
            with transaction():
                setup.furnish(here.policy(), clock.now())
                _, key = staff.add_device(
                    staff.NewDevice(DeviceKind.API, None, Role.NURSE), setup.THE_ROOM, clock.now()
                )
            fill_past(past_visits)
            _fill_now()
        return _measure(app, key)


def fill_past(many: int) -> None:
    """So many visits that are over, one a minute until yesterday, each with a stay and an intake."""
    now = clock.now()
    with transaction():
        client = clients.register(clients.NewClient("Regular"), b"key", setup.THE_ROOM, now).id
    for first in range(1, many + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, many + 1))
        began = [now - timedelta(days=1, minutes=number) for number in numbers]
        with transaction():
            db.session.execute(
                insert(Visit),
                [
                    {
                        "id": number,
                        "code": f"past{number}",
                        "ticket_number": number,
                        "client_id": client,
                        "purposes": (Purpose.CONSUME,),
                        "stage": Stage.LEFT,
                        "service_day": at.date(),
                        "arrived_at": at,
                        "seated_at": at,
                        "waited_s": 60,
                        "left_at": at,
                        "since": at,
                        "exit_reason": LeaveReason.FINISHED,
                        "gave_up": False,
                    }
                    for number, at in zip(numbers, began, strict=True)
                ],
            )
            stays = [
                {"visit_id": number, "cubicle_id": number % 16 + 1, "started_at": at, "ended_at": at}
                for number, at in zip(numbers, began, strict=True)
            ]
            db.session.execute(insert(Stay), stays)
            episodes = [
                {
                    "code": f"past{number}",
                    "visit_id": number,
                    "substances": (Substance.HEROIN,),
                    "route": Route.INJECT,
                    "assisted": False,
                    "registered_at": at,
                    "service_day": at.date(),
                }
                for number, at in zip(numbers, began, strict=True)
            ]
            db.session.execute(insert(Episode), episodes)


def _fill_now() -> None:
    """Every cubicle taken, thirty people waiting."""
    now, policy, by = clock.now(), here.policy(), setup.THE_ROOM
    with transaction():
        numbers = [cubicle.number for cubicle in db.session.query(Cubicle)]
        for number in range(len(numbers) + 30):
            client = clients.register(clients.NewClient(f"Person {number}"), b"key", by, now)
            visit = visits.check_in(visits.CheckIn((Purpose.CONSUME,), client.code), policy, by, now)
            if number < len(numbers):
                seating.seat(visit.code, seating.Seating(numbers[number]), policy, by, now)


def _measure(app: Flask, key: str) -> dict[str, float]:
    asked = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    client, took, queries = app.test_client(), [], 0
    for _ in range(ROUNDS):
        asked.clear()
        began = time.perf_counter()
        answer = client.get("/api/v1/board", headers={"Authorization": f"Bearer {key}"})
        took.append((time.perf_counter() - began) * 1000)
        queries = len(asked)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
    with app.app_context():
        db.engine.dispose()
    return {"median_ms": round(statistics.median(took), 2), "queries": queries}
