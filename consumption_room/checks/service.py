"""Noting that somebody was looked after, and ringing when nobody did so in time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from consumption_room import journal
from consumption_room.alerts import rules as alert_rules
from consumption_room.alerts import service as alerts
from consumption_room.alerts.models import Alert
from consumption_room.alerts.service import Press
from consumption_room.checks import rules
from consumption_room.checks.models import WelfareCheck
from consumption_room.cubicles import service as cubicles
from consumption_room.cubicles.models import Place
from consumption_room.database import db
from consumption_room.events import Happened
from consumption_room.incidents import queries as incidents
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import stays
from consumption_room.visits.models import Stay
from consumption_room.vocabulary.alarms import AlarmKind, Outcome
from consumption_room.vocabulary.checks import CheckResult

# Locked, and looked at again: somebody else may be noting a check, or the person leaving, at this very moment.
_STAY_IN = (
    select(Stay)
    .where(Stay.cubicle_id == bindparam("cubicle"), Stay.ended_at.is_(None))
    .with_for_update(of=Stay)
    .execution_options(populate_existing=True)
)
_CALLS_FOR_HELP = (
    select(Alert)
    .join(Place, Place.id == Alert.place_id)
    .where(Place.cubicle_id == bindparam("cubicle"), Alert.kind.in_(bindparam("kinds", expanding=True)))
    .where(Alert.closed_at.is_(None), Alert.drill.is_(False))
    .order_by(Alert.id)
)
_BRING_SOMEBODY = sorted({*alert_rules.CLINICAL, AlarmKind.WELFARE_CHECK})


def note(number: int, responsive: bool, policy: Policy, by: Actor, now: datetime) -> WelfareCheck:
    """Somebody has looked: all is well, or the overdose alarm rings at once, in this very transaction.

    What rang because nobody had looked is answered and closed by whoever looks. Raises ``NobodyThere``.
    """
    cubicle = cubicles.get(number)
    stay = db.session.scalar(_STAY_IN, {"cubicle": cubicle.id})
    if stay is None:
        raise rules.NobodyThere(f"Nobody sits in cubicle {number}.")
    result, ringing = CheckResult.RESPONSIVE, None
    if not responsive:
        result = CheckResult.NOT_RESPONSIVE
        ringing, _ = alerts.raise_alarm(Press(AlarmKind.OVERDOSE, cubicle.place), policy, by, now)
    due = stay.check_due_at or now
    plan, warned = policy.stay(cubicle.modes), incidents.cluster(policy, now) is not None
    stays.looked_after(stay, rules.next_due(plan, now, warned), now)
    check = _log(stay, result, due, ringing, by, now)
    if responsive:
        _answer_what_asked_for_a_look(cubicle.id, by, now)
    return check


def _answer_what_asked_for_a_look(cubicle: int, by: Actor, now: datetime) -> None:
    for asking in db.session.scalars(_CALLS_FOR_HELP, {"cubicle": cubicle, "kinds": [AlarmKind.WELFARE_CHECK]}).all():
        alerts.on_scene(asking.code, by, now)
        alerts.close(asking.code, Outcome.FALSE_ALARM, (), by, now)


def take_missed(policy: Policy, by: Actor, now: datetime) -> Sequence[WelfareCheck]:
    """Ring for every check that nobody made in time, and once for every stay that has lasted too long.

    Two processes that sweep at once ring once: a stay is locked, and the one that comes second passes it over.
    Where help is already called for, nothing new rings; the next look is due all the same.
    """
    overdue = db.session.scalars(
        select(Stay)
        .where(Stay.ended_at.is_(None))
        .where(or_(Stay.check_due_at <= now - policy.check_grace, Stay.overrun_due_at <= now))
        .order_by(Stay.id)
        .with_for_update(of=Stay, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    warned = bool(overdue) and incidents.cluster(policy, now) is not None
    made = []
    for stay in overdue:
        plan = policy.stay(stay.cubicle.modes)
        if stay.overrun_due_at is not None and stay.overrun_due_at <= now:
            made.append(_ring(stay, CheckResult.OVERRAN, stays.overran(stay) or now, policy, by, now))
        if stay.check_due_at is not None and rules.is_missed(stay.check_due_at, policy.check_grace, now):
            due = stay.check_due_at
            stays.expect_a_look(stay, rules.next_due(plan, now, warned))
            made.append(_ring(stay, CheckResult.MISSED, due, policy, by, now))
    return made


def hurry(policy: Policy, now: datetime) -> int:
    """While the room is warned nobody waits longer for a look than the shorter time; gives how many were brought on."""
    if incidents.cluster(policy, now) is None:
        return 0
    hurried = 0
    waiting = select(Stay).where(Stay.ended_at.is_(None), Stay.check_due_at.is_not(None)).order_by(Stay.id)
    for stay in db.session.scalars(waiting.with_for_update(of=Stay).execution_options(populate_existing=True)):
        due = rules.hurried(policy.stay(stay.cubicle.modes), stay.check_due_at or now, now)
        if stay.check_due_at is not None and due < stay.check_due_at:
            stays.expect_a_look(stay, due)
            hurried += 1
    return hurried


def _ring(stay: Stay, result: CheckResult, due: datetime, policy: Policy, by: Actor, now: datetime) -> WelfareCheck:
    press = Press(AlarmKind.WELFARE_CHECK, stay.cubicle.place)
    called = db.session.scalars(_CALLS_FOR_HELP, {"cubicle": stay.cubicle_id, "kinds": _BRING_SOMEBODY}).first()
    ringing = called or alerts.raise_alarm(press, policy, by, now)[0]
    return _log(stay, result, due, ringing, by, now)


def _log(
    stay: Stay, result: CheckResult, due: datetime, ringing: Alert | None, by: Actor, now: datetime
) -> WelfareCheck:
    check = WelfareCheck(
        stay=stay, cubicle_id=stay.cubicle_id, result=result, due_at=due, at=now, by=by.name, alert=ringing
    )
    db.session.add(check)
    db.session.flush()
    what = (
        Happened.CHECK_MADE if result in {CheckResult.RESPONSIVE, CheckResult.NOT_RESPONSIVE} else Happened.CHECK_MISSED
    )
    journal.record(what, stay.cubicle.place, by, now, visit=stay.visit.code, result=result.value)
    return check
