"""The demo room: made fresh, filled by the simulation, with sign-ins and keys that are printed."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from consumption_room import clock, demonstration_plans, setup
from consumption_room.app import create_app, upgrade
from consumption_room.database import db, transaction
from consumption_room.doses.rules import MG
from consumption_room.errors import RuleBroken
from consumption_room.gate import here
from consumption_room.settings import Settings
from consumption_room.shifts import service as shifts
from consumption_room.shifts.opening import LOOKED_AT
from consumption_room.shifts.queries import Facts
from consumption_room.simulation import drugs, run, treatment
from consumption_room.simulation.scenario import COPENHAGEN, Scenario
from consumption_room.simulation.tally import Tally
from consumption_room.staff import service as staff
from consumption_room.staff.models import Staff
from consumption_room.staff.rules import ROLES, Permission
from consumption_room.visits import stays
from consumption_room.visits.models import Stay, Visit
from consumption_room.vocabulary.staff import DeviceKind, Role

PASSWORD = "a quiet room"  # noqa: S105 - the demo's own, printed at every start
PEOPLE = (
    ("Rosa at reception", Role.RECEPTION, "1111"),
    ("Nils the nurse", Role.NURSE, "2222"),
    ("Nadia the nurse", Role.NURSE, "3333"),
    ("Carl the case worker", Role.CASE_WORKER, "4444"),
    ("Mona the manager", Role.MANAGER, "5555"),
    ("Ada the administrator", Role.ADMINISTRATOR, "6666"),
    ("Abel the auditor", Role.AUDITOR, "7777"),
    ("Dora the doctor", Role.PRESCRIBER, "8888"),
)
DEVICES: tuple[tuple[DeviceKind, str | None, Role | None], ...] = (
    (DeviceKind.WALL, "treatment-room", None),
    (DeviceKind.DESK, "reception", None),
    (DeviceKind.FLOOR, "aftercare", None),
    (DeviceKind.BUTTON, "cubicle-3", None),
    (DeviceKind.API, None, Role.NURSE),
)
PATIENTS = 15
"""Middlesbrough treated up to 15 people."""
PRESCRIBED = "diamorphine-100"
A_DAY_OF_ONE = 900 * MG
LOOKS_APART = timedelta(minutes=4)
SCREENS_ARE_DARK = "The demo's screens are switched on by whoever tries it"


class NotEmpty(RuleBroken):
    """The database already holds visits."""

    code = "not-empty"


def make(room: Settings, days: int, seed: int, say: Callable[[str], Any]) -> None:
    """Throw away the last demo room and make a new one; says the sign-ins, the keys, and the address last."""
    shutil.rmtree(room.data_dir, ignore_errors=True)
    room.data_dir.mkdir(parents=True, mode=0o700)
    app = create_app(room)
    with app.app_context():
        upgrade()
        now = clock.now()
        with transaction():
            setup.furnish(here.policy(), now - timedelta(days=days + 1))
        say(f"Simulating {days} days and today:")
        fill(
            replace(COPENHAGEN, patients=PATIENTS),
            here.policy().service_day(now) - timedelta(days=days),
            days,
            seed,
            until=now,
        )
        say("")
        _enrol(room, now, say)
        db.engine.dispose()
    say(f"\nThe demo room is open at\nhttp://{room.host}:{room.port}")


def _enrol(room: Settings, now: datetime, say: Callable[[str], Any]) -> None:
    address, people = f"http://{room.host}:{room.port}", []
    with transaction():
        say(f"Sign-ins (password for all: {PASSWORD})")
        for name, role, pin in PEOPLE:
            person, _ = staff.add(staff.NewStaff(name, role, PASSWORD, pin), setup.THE_ROOM, now)
            people.append(person)
            say(f"  {person.code}  PIN {pin}  {name}")
        say("Devices and their keys")
        for kind, place, acts_as in DEVICES:
            _, key = staff.add_device(staff.NewDevice(kind, place, acts_as), setup.THE_ROOM, now)
            say(f"  {kind.value:6} {acts_as or place:15} {key}")
            if kind is DeviceKind.WALL:
                say(f"         {address}/wall?key={key}")
        open_shift(people, now)
        nurses = [staff.actor(person) for person in people if person.role is Role.NURSE]
        drugs.open_registers(here.policy(), nurses, now)
        demonstration_plans.agree(staff.actor(_of(people, Role.CASE_WORKER)), now)
        look_in_on_everybody(now)


def look_in_on_everybody(now: datetime) -> None:
    """Everybody in a cubicle has just been seen; the next looks come one by one, so that one person can try them."""
    seated = db.session.scalars(select(Stay).where(Stay.ended_at.is_(None)).order_by(Stay.started_at)).all()
    for number, stay in enumerate(seated, start=1):
        stays.looked_after(stay, now + number * LOOKS_APART, now)
        stays.overran(stay)


def open_shift(people: Sequence[Staff], now: datetime) -> None:
    """Put everybody on duty who can be, and open the room: its screens are still dark, so the manager overrides."""
    working = [person for person in people if Permission.BE_ON_DUTY in ROLES[person.role]]
    manager = _of(people, Role.MANAGER)
    for person in working:
        shifts.duty(shifts.OnOrOff(on=True), staff.actor(person), now)
    looked_at = shifts.Opening(dict.fromkeys(LOOKED_AT, True), override=SCREENS_ARE_DARK)
    shifts.open_room(looked_at, Facts(), here.policy(), staff.actor(manager), now)


def _of(people: Sequence[Staff], role: Role) -> Staff:
    return next(person for person in people if person.role is role)


def must_be_empty() -> None:
    """Raise ``NotEmpty`` when there are visits: a simulation never mixes with what really happened."""
    if db.session.scalar(select(func.count()).select_from(Visit)):
        raise NotEmpty("This database already holds visits. Simulate into an empty one.")


def fill(scenario: Scenario, first: date, days: int, seed: int, until: datetime | None = None) -> Tally:
    """Let the simulation fill the furnished room of the present application, with a progress bar; gives its tally."""
    policy = here.policy()
    tally = run.simulate(policy, scenario, first, days, seed, until=until, progress=True)
    if scenario.patients:
        last = first + timedelta(days=days - 1)
        closing = datetime(last.year, last.month, last.day, tzinfo=policy.timezone) + policy.closes
        opening = A_DAY_OF_ONE * scenario.patients * (days + 1)
        ends, back = (until, days) if until else (closing.astimezone(UTC), days - 1)
        treatment.treat(policy, PRESCRIBED, opening, ends, back, scenario.patients, seed)
    return tally
