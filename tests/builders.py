"""Things to begin a test with: each has a default for everything, so that a test says only what it is about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import event, select

from consumption_room import clock, setup
from consumption_room.alerts import endings, escalation
from consumption_room.alerts import service as alerts
from consumption_room.alerts.models import Alert, AlertEntry
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.consents import service as consents
from consumption_room.consents.models import Consent
from consumption_room.cubicles import service as cubicles
from consumption_room.database import db, transaction
from consumption_room.gate import here
from consumption_room.incidents import aftermath
from consumption_room.incidents import service as incidents
from consumption_room.incidents.models import Incident
from consumption_room.inventory import service as inventory
from consumption_room.inventory.models import Movement
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.referrals import service as referrals
from consumption_room.referrals.models import Referral
from consumption_room.shifts import service as shifts
from consumption_room.shifts.models import Shift
from consumption_room.shifts.queries import Facts
from consumption_room.staff import service as staff
from consumption_room.visits import intakes, queue, seating
from consumption_room.visits import service as visits
from consumption_room.visits.models import Episode, Stay, Visit
from consumption_room.vocabulary.alarms import AlarmAction, Cause, Outcome
from consumption_room.vocabulary.consents import ConsentScope, ConsentWay
from consumption_room.vocabulary.incidents import Breathing, Consciousness
from consumption_room.vocabulary.referrals import Handover, ReferralState
from consumption_room.vocabulary.shifts import OpeningCheck
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Substance, UndoReason

NINE = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""Nine o'clock in Copenhagen, on a Friday: when every furnished room begins."""
TODAY = date(2026, 11, 20)
GOOD_UNTIL = date(2028, 1, 31)
ON_THE_SHELF = 500
PASSWORD = "correct horse battery"
PIN = "271828"

ROSA = Actor(name="Rosa", role=Role.RECEPTION, staff="rosa22")
NINA = Actor(name="Nina", role=Role.NURSE, staff="nina22")
DORA = Actor(name="Dora", role=Role.PRESCRIBER, staff="dora22")
MONA = Actor(name="Mona", role=Role.MANAGER, staff="mona22")
LOOKED_AT = dict.fromkeys(
    (OpeningCheck.OXYGEN, OpeningCheck.ALARM_SOUND, OpeningCheck.SHARPS_BINS, OpeningCheck.CLOCK), True
)
"""What a person has to look at before the room opens, all of it right."""
ALL_WELL = Facts(able_displays=2, self_test_age=timedelta(seconds=20))


@dataclass
class Cast:
    """Who works in the furnished room, and the keys that its devices were given."""

    staff: dict[Role, str] = field(default_factory=dict)
    keys: dict[Role | DeviceKind, str] = field(default_factory=dict)
    devices: dict[Role | DeviceKind, str] = field(default_factory=dict)


def furnished(policy: Policy) -> Cast:
    """Furnish a migrated database: what the policy lists, 500 of every item, a person and a program of each role."""
    cast = Cast()
    with transaction(), passwords_kept_lightly():
        setup.furnish(policy, NINE)
        for item in policy.items:
            inventory.receive(inventory.Receipt(item.code, ON_THE_SHELF, "first", GOOD_UNTIL), policy, NINA, NINE)
        for role in Role:
            name = f"{role.value.capitalize()} person"
            person, _ = staff.add(staff.NewStaff(name, role, PASSWORD, PIN), setup.THE_ROOM, NINE)
            cast.staff[role] = person.code
        wanted: list[tuple[Role | DeviceKind, staff.NewDevice]] = [
            *((role, staff.NewDevice(DeviceKind.API, role=role)) for role in Role),
            (DeviceKind.WALL, staff.NewDevice(DeviceKind.WALL, "waiting-room")),
            (DeviceKind.DESK, staff.NewDevice(DeviceKind.DESK, "reception")),
            (DeviceKind.FLOOR, staff.NewDevice(DeviceKind.FLOOR, "aftercare")),
            (DeviceKind.BUTTON, staff.NewDevice(DeviceKind.BUTTON, "toilet")),
        ]
        for name, new in wanted:
            device, cast.keys[name] = staff.add_device(new, setup.THE_ROOM, NINE)
            cast.devices[name] = device.code
    return cast


@contextmanager
def passwords_kept_lightly() -> Iterator[None]:
    """What is hashed inside the block costs next to nothing, and so does every sign-in with it: those are made-up."""
    usual, light = (staff._hasher, staff._pin_hasher), PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    staff._hasher = staff._pin_hasher = light
    try:
        yield
    finally:
        staff._hasher, staff._pin_hasher = usual


def client(alias: str = "Blue Heron", **more: Any) -> Client:
    """A person with a record."""
    with transaction():
        return clients.register(clients.NewClient(alias, **more), here.phrase_key(), ROSA, clock.now())


def agreed(
    client: Client, scope: ConsentScope, way: ConsentWay = ConsentWay.SPOKEN, language: str = "en", **more: Any
) -> Consent:
    """The person agrees to this."""
    asked = consents.Agreement(scope, way, language, **more)
    with transaction():
        return consents.give(client.code, asked, here.wordings(), here.policy(), ROSA, clock.now())


def taken_back_consent(consent: Consent) -> Consent:
    """The person takes the agreement back."""
    with transaction():
        return consents.withdraw(consent.client.code, consent.code, ROSA, clock.now())


def checked_in(client: str | None, *purposes: Purpose) -> Visit:
    """Somebody with this code, or nobody known, checked in: to use their own drugs unless said otherwise."""
    asked = visits.CheckIn(purposes or (Purpose.CONSUME,), client)
    with transaction():
        return visits.check_in(asked, here.policy(), ROSA, clock.now())


def visit(client: Client | None = None, *purposes: Purpose) -> Visit:
    """Somebody who has just been checked in."""
    return checked_in(client.code if client else None, *purposes)


def called(visit: Visit, cubicle: int | None = None) -> Visit:
    """The visit, called: to a cubicle if one is named."""
    with transaction():
        return queue.call(visit.code, here.policy(), ROSA, clock.now(), cubicle)


def sits_down(visit: str, cubicle: int) -> Visit:
    """The visit with this code, brought to a cubicle."""
    with transaction():
        return seating.seat(visit, seating.Seating(cubicle), here.policy(), ROSA, clock.now())


def seated(cubicle: int = 3, client: Client | None = None) -> Visit:
    """Somebody in a cubicle."""
    return sits_down(visit(client).code, cubicle)


def gone(visit: Visit, reason: LeaveReason = LeaveReason.FINISHED) -> Visit:
    """The visit, ended."""
    with transaction():
        return visits.leave(visit.code, reason, ROSA, clock.now())


def undone(visit: Visit, reason: UndoReason = UndoReason.WRONG_PERSON) -> Visit:
    """The visit, its check-in taken back."""
    with transaction():
        return visits.undo(visit.code, reason, here.policy(), ROSA, clock.now())


def cleaned(cubicle: int = 3) -> None:
    """The cubicle made ready for the next person."""
    with transaction():
        cubicles.clean(cubicle, ROSA, clock.now())


def intake(visit: Visit, route: Route = Route.INJECT, *substances: Substance) -> Episode:
    """An intake registered in this visit."""
    with transaction():
        return intakes.register_intake(
            visit.code, intakes.Intake(substances or (Substance.HEROIN,), route), here.policy(), NINA, clock.now()
        )


def delivery(item: str = "insulin-1ml", quantity: int = 100, lot: str = "second", **more: Any) -> Movement:
    """A delivery put on the shelf."""
    with transaction():
        return inventory.receive(inventory.Receipt(item, quantity, lot, **more), here.policy(), NINA, clock.now())


def issued(quantity: int = 1, visit: Visit | None = None, **what: Any) -> list[Movement]:
    """Something handed out: an insulin syringe unless said otherwise."""
    asked = inventory.Issue(
        quantity,
        **(what or {"item": "insulin-1ml"}),
        visit=visit.code if visit else None,
        visit_id=visit.id if visit else None,
    )
    with transaction():
        return inventory.issue(asked, here.policy(), ROSA, clock.now())


def taken_back(movement: str, reason: str = "wrong key pressed") -> list[Movement]:
    """The booking with this code, reversed."""
    with transaction():
        return inventory.reverse(movement, reason, here.policy(), NINA, clock.now())


def counted(item: str = "insulin-1ml", pieces: int = 0, lot: str = "first") -> Movement | None:
    """A lot counted anew."""
    with transaction():
        return inventory.count(inventory.Count(item, pieces, lot), here.policy(), NINA, clock.now())


def pressed(place: str | None = "cubicle-3", by: Actor = NINA, **more: Any) -> tuple[Alert, bool]:
    """The alarm button pressed at a place: the alarm, and whether it is a new one."""
    with transaction():
        return alerts.raise_alarm(alerts.Press(place=place, **more), here.policy(), by, clock.now())


def alarm(place: str = "cubicle-3", **more: Any) -> Alert:
    """An alarm that nobody has answered yet."""
    return pressed(place, **more)[0]


def closed(alert: Alert, outcome: Outcome | None = None) -> Alert:
    """The alarm answered and ended, as well as its kind can end."""
    outcome = outcome or endings.OUTCOMES[alert.kind][0]
    with transaction():
        alerts.acknowledge(alert.code, here.policy(), NINA, clock.now())
        return incidents.close(alert.code, outcome, (), NINA, clock.now())


def noted(alert: Alert, action: AlarmAction, value: str | None = None, lot: str | None = None) -> AlertEntry:
    """Something done during the alarm, with everything that follows from it."""
    with transaction():
        asked = alerts.Action(action, value=value, lot=lot)
        return aftermath.note(alert.code, asked, here.policy(), NINA, clock.now())


def completed(alert: Alert) -> Incident:
    """The record of this closed alarm, with everything written that it needs."""
    written = {
        "happened": "Found blue and limp.",
        "substances": (Substance.HEROIN,),
        "breathing": Breathing.SLOW,
        "consciousness": Consciousness.PAIN,
        "causes": (Cause.ALCOHOL,),
    }
    with transaction():
        return incidents.change(alert.code, written, NINA, clock.now())


def steps_taken() -> list[int]:
    """The numbers of the steps that were due now and are laid to rest by a sweep."""
    with transaction():
        return [step.number for step in escalation.take_due(here.policy(), setup.THE_ROOM, clock.now())]


def referral(visit: Visit, *, consent: bool = True, service: str = "housing-office") -> Referral:
    """A draft of a referral from this visit."""
    asked = referrals.NewReferral(visit.code, service, Handover.ESCORTED, consent)
    with transaction():
        return referrals.refer(asked, here.policy(), NINA, clock.now())


def carried_on(referral: Referral, state: ReferralState, reason: str | None = None) -> Referral:
    """The referral, one step further."""
    with transaction():
        return referrals.carry_on(referral.code, state, reason, NINA, clock.now())


def on_duty(person: str, role: Role | None = None, by: Actor = MONA) -> None:
    """The person with this code, on duty."""
    with transaction():
        shifts.duty(shifts.OnOrOff(on=True, role=role, staff=person), by, clock.now())


def well_with(nurse: str) -> Facts:
    """Displays that are able, this nurse signed in at one of them, and a path that was just tested."""
    return replace(ALL_WELL, at_screens=frozenset({nurse}))


def opened_room(nurse: str, facts: Facts = ALL_WELL, by: Actor = NINA, **more: Any) -> Shift:
    """The room opened with this nurse on duty and at a screen, and everything looked at."""
    on_duty(nurse)
    facts = replace(facts, at_screens=facts.at_screens | {nurse})
    with transaction():
        return shifts.open_room(
            shifts.Opening(**({"checks": LOOKED_AT} | more)), facts, here.policy(), by, clock.now()
        )[0]


@contextmanager
def counting_queries() -> Iterator[list[str]]:
    """Every statement that this application's database is asked inside the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def revoked(device: str) -> None:
    """The device's key, made worthless."""
    with transaction():
        staff.revoke_device(device, setup.THE_ROOM, clock.now())


def open_stays() -> Sequence[Stay]:
    """Who sits where now."""
    return db.session.scalars(select(Stay).where(Stay.ended_at.is_(None))).all()
