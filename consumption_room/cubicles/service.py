"""Setting up cubicles and places, and changing what a cubicle does."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select, update

from consumption_room import journal
from consumption_room.cubicles import rules
from consumption_room.cubicles.models import Cubicle, CubicleSpell, Place
from consumption_room.database import db
from consumption_room.errors import FieldsWrong, NotFound
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState

# Built once: they run in every visit, and putting a statement together costs as much as running it.
_WITH_NUMBER = select(Cubicle).where(Cubicle.number == bindparam("number"))
# Locked, and looked at again: somebody may be sitting down or leaving at this very moment.
_LOCKED = (
    select(Cubicle)
    .where(Cubicle.id == bindparam("cubicle"))
    .with_for_update(of=Cubicle)
    .execution_options(populate_existing=True)
)
# The state we saw stands in the update: on PostgreSQL two desks may have seen the same free cubicle.
_OCCUPY = (
    update(Cubicle)
    .where(Cubicle.id == bindparam("cubicle"), Cubicle.state == CubicleState.FREE, Cubicle.frozen.is_(False))
    .values(state=CubicleState.OCCUPIED, since=bindparam("now"), reason=None, until=None)
    .returning(Cubicle.id)
    .execution_options(synchronize_session=False)
)
# A clock that was set back ends nothing before it began.
_END_SPELL = (
    update(CubicleSpell)
    .where(CubicleSpell.cubicle_id == bindparam("cubicle"), CubicleSpell.ended_at.is_(None))
    .values(
        ended_at=case((CubicleSpell.began_at > bindparam("now"), CubicleSpell.began_at), else_=bindparam("now")),
        ended_by=bindparam("name"),
    )
    .execution_options(synchronize_session=False)
)
_PLACE = select(Place).where(Place.code == bindparam("code")).with_for_update(of=Place)
_FIRST_ZONE = select(Place.code).where(Place.cubicle_id.is_(None)).order_by(Place.id).limit(1)


@dataclass(frozen=True)
class Change:
    """What a cubicle shall be; what is ``None`` stays as it is."""

    state: CubicleState | None = None
    modes: tuple[CubicleMode, ...] | None = None
    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Hold:
    """Why nobody shall sit down in a cubicle for now, and until when about."""

    reason: str | None = None
    until: datetime | None = None


def set_up(policy: Policy, by: Actor, now: datetime) -> None:
    """Make the cubicles and places of the policy that are not there yet; change nothing that is."""
    have = set(db.session.scalars(select(Cubicle.number)))
    for plan in policy.cubicles:
        if plan.number not in have:
            cubicle = Cubicle(number=plan.number, modes=plan.modes, since=now)
            db.session.add(cubicle)
            db.session.add(Place(code=f"cubicle-{plan.number}", name=f"Cubicle {plan.number}", cubicle=cubicle))
            journal.record(Happened.CUBICLE_CHANGED, f"cubicle-{plan.number}", by, now, state="free")
    zones = set(db.session.scalars(select(Place.code)))
    for zone in policy.zones:
        if zone.code not in zones:
            db.session.add(Place(code=zone.code, name=zone.name))
    db.session.flush()


def get(number: int) -> Cubicle:
    """The cubicle with this number; raise ``NotFound``."""
    cubicle = db.session.scalar(_WITH_NUMBER, {"number": number})
    if cubicle is None:
        raise NotFound(f"There is no cubicle {number}.")
    return cubicle


def place(code: str) -> Place:
    """The place with this code, locked so that two presses there come one after the other; raise ``FieldsWrong``."""
    found = db.session.scalar(_PLACE, {"code": code})
    if found is None:
        raise FieldsWrong({"place": [f"There is no place called {code!r} here."]})
    return found


def place_of_a_device(written: str) -> Place:
    """Where a device stands; one whose place nobody knows rings at the first zone rather than nowhere."""
    known = db.session.scalar(_PLACE, {"code": written})
    return known or place(db.session.scalar(_FIRST_ZONE) or written)


def occupy(number: int, by: Actor, now: datetime, visit: str) -> Cubicle:
    """Give a free cubicle to somebody; raise ``CubicleTaken`` or ``CubicleNotReady``."""
    cubicle = get(number)
    rules.can_take_a_person(number, cubicle.state, cubicle.frozen)
    if db.session.scalar(_OCCUPY, {"cubicle": cubicle.id, "now": now}) is None:
        raise rules.CubicleTaken(f"Cubicle {number} has just been taken. Please choose another.")
    db.session.refresh(cubicle)
    journal.record(Happened.CUBICLE_CHANGED, f"cubicle-{number}", by, now, visit=visit, state=cubicle.state.value)
    return cubicle


def free_now() -> int:
    """How many cubicles somebody could take at this moment."""
    return db.session.scalar(select(func.count()).select_from(Cubicle).where(Cubicle.state == CubicleState.FREE)) or 0


def vacate(cubicle: Cubicle, by: Actor, now: datetime, visit: str) -> None:
    """Somebody left; the cubicle is cleaned before the next person, or held while an emergency is open in it."""
    cubicle = lock(cubicle.id)
    if cubicle.frozen:
        _change(cubicle, CubicleState.HELD, rules.BECAUSE_OF_AN_ALARM, by, now, visit)
    else:
        _change(cubicle, CubicleState.CLEANING, None, by, now, visit)


def lock(key: int) -> Cubicle:
    """The cubicle with this row key as it is now, and nobody changes it before we do."""
    return db.session.scalars(_LOCKED, {"cubicle": key}).one()


def freeze(key: int, by: Actor, now: datetime) -> None:
    """There is an emergency in this cubicle: who sits there stays, and nobody new sits down. Twice is once."""
    cubicle = lock(key)
    if cubicle.frozen:
        return
    cubicle.frozen = True
    if cubicle.state in {CubicleState.FREE, CubicleState.CLEANING}:
        _change(cubicle, CubicleState.HELD, rules.BECAUSE_OF_AN_ALARM, by, now)
    else:
        journal.record(Happened.CUBICLE_CHANGED, cubicle.place, by, now, frozen=True)


def thaw(cubicle: Cubicle, by: Actor, now: datetime) -> None:
    """The emergency is over: what was held for it is cleaned. Twice is once; call it with the cubicle locked."""
    if not cubicle.frozen:
        return
    cubicle.frozen = False
    if cubicle.state is CubicleState.HELD and cubicle.reason == rules.BECAUSE_OF_AN_ALARM:
        _change(cubicle, CubicleState.CLEANING, None, by, now)
    else:
        journal.record(Happened.CUBICLE_CHANGED, cubicle.place, by, now, frozen=False)


def keep_for_a_booking(key: int, until: datetime, by: Actor, now: datetime) -> bool:
    """Hold a free cubicle (by row key) for somebody who has booked it; whether that could be done."""
    cubicle = lock(key)
    if cubicle.state is not CubicleState.FREE or cubicle.frozen:
        return False
    _change(cubicle, CubicleState.HELD, rules.BOOKED, by, now, until=until)
    return True


def no_longer_kept(key: int, by: Actor, now: datetime) -> None:
    """What was held for a booking is free; what staff have made of it since then stays."""
    cubicle = lock(key)
    if cubicle.state is not CubicleState.HELD or cubicle.reason != rules.BOOKED:
        return
    if cubicle.frozen:
        cubicle.reason, cubicle.until = rules.BECAUSE_OF_AN_ALARM, None
    else:
        _change(cubicle, CubicleState.FREE, None, by, now)


def clean(number: int, by: Actor, now: datetime) -> Cubicle:
    """The cubicle is clean and free again. Twice is once."""
    cubicle = lock(get(number).id)
    if cubicle.state is not CubicleState.FREE:
        rules.may_be_changed(number, cubicle.state, cubicle.frozen, CubicleState.FREE)
        rules.may_become(number, cubicle.state, CubicleState.FREE)
        _change(cubicle, CubicleState.FREE, None, by, now)
    return cubicle


def hold(number: int, asked: Hold, by: Actor, now: datetime) -> Cubicle:
    """Keep a cubicle from being given to anybody; raise ``CubicleTaken`` while somebody sits there.

    The same hold twice is once; another reason or another return takes the place of the first.
    """
    rules.may_be_expected(asked.until, now)
    cubicle = lock(get(number).id)
    if (cubicle.state, cubicle.reason, cubicle.until) == (CubicleState.HELD, asked.reason, asked.until):
        return cubicle
    rules.may_be_changed(number, cubicle.state, cubicle.frozen, CubicleState.HELD)
    if cubicle.state is CubicleState.HELD:
        _change(cubicle, CubicleState.FREE, None, by, now)
    _change(cubicle, CubicleState.HELD, asked.reason, by, now, until=asked.until)
    return cubicle


def release(number: int, by: Actor, now: datetime) -> Cubicle:
    """What was held or out of use is free again; one that is being cleaned must be cleaned. Twice is once."""
    cubicle = lock(get(number).id)
    if cubicle.state is CubicleState.CLEANING:
        raise rules.CubicleNotReady(f"Cubicle {number} is being cleaned. Please say when it is clean.")
    return clean(number, by, now)


def sense(number: int, occupied: bool, by: Actor, now: datetime) -> Cubicle:
    """What a sensor at this cubicle sees; it moves nobody, and the board shows where the two disagree.

    A sensor that stands at another place speaks of that one only. The same word again is no news.
    """
    cubicle = lock(get(number).id)
    rules.may_speak_of(number, by.place, cubicle.place)
    if cubicle.sensed is not occupied:
        cubicle.sensed, cubicle.sensed_at = occupied, now
        journal.record(Happened.CUBICLE_SENSED, cubicle.place, by, now, occupied=occupied)
    return cubicle


def change(number: int, asked: Change, by: Actor, now: datetime) -> Cubicle:
    """Take a cubicle out of use, put it back, or say what it is fit for. Occupying is the visit's business."""
    cubicle = lock(get(number).id)
    rules.may_be_expected(asked.until, now)
    if asked.state is CubicleState.OCCUPIED:
        raise FieldsWrong({"state": ["A cubicle becomes occupied by seating somebody in it."]})
    if asked.state is CubicleState.OUT_OF_USE and not asked.reason:
        raise FieldsWrong({"reason": ["Please say why the cubicle is out of use."]})
    if asked.modes is not None:
        cubicle.modes = asked.modes
        journal.record(Happened.CUBICLE_CHANGED, f"cubicle-{number}", by, now, modes=list(asked.modes))
    if asked.state is not None and asked.state is not cubicle.state:
        rules.may_be_changed(number, cubicle.state, cubicle.frozen, asked.state)
        _change(cubicle, asked.state, asked.reason, by, now, until=asked.until)
    return cubicle


def _change(
    cubicle: Cubicle,
    state: CubicleState,
    reason: str | None,
    by: Actor,
    now: datetime,
    visit: str | None = None,
    until: datetime | None = None,
) -> None:
    cubicle.move_to(state, now, reason, until)
    db.session.execute(_END_SPELL, {"cubicle": cubicle.id, "now": now, "name": by.name})
    if state in rules.UNAVAILABLE:
        db.session.add(CubicleSpell(cubicle_id=cubicle.id, state=state, reason=reason, began_at=now))
    journal.record(Happened.CUBICLE_CHANGED, f"cubicle-{cubicle.number}", by, now, visit=visit, state=state.value)
