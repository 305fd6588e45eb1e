"""Reading alarms for screens, sockets and programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import selectinload

from consumption_room.alerts import calls, timeline
from consumption_room.alerts.calls import Call, Called
from consumption_room.alerts.models import Alert, AlertEntry, AlertStep, Receipt
from consumption_room.database import db
from consumption_room.errors import NotFound
from consumption_room.vocabulary.alarms import AlarmAction, ReceiptStage

_WITH_CODES = select(Alert).where(Alert.code.in_(bindparam("codes", expanding=True))).order_by(Alert.id)
_LAST_DONE = (
    select(AlertEntry.alert_id, AlertEntry.action, func.max(AlertEntry.at))
    .where(AlertEntry.alert_id.in_(bindparam("alerts", expanding=True)))
    .group_by(AlertEntry.alert_id, AlertEntry.action)
    .order_by(func.max(AlertEntry.at))
)
_PRIORITY = ("high", "medium", "low")


def open_alerts() -> Sequence[Alert]:
    """Every open alarm: high priority first, then the unanswered, then the oldest."""
    alerts = db.session.scalars(
        select(Alert).where(Alert.closed_at.is_(None)).order_by(Alert.raised_at, Alert.id)
    ).all()
    return sorted(alerts, key=lambda alert: (alert.drill, _PRIORITY.index(alert.priority), alert.state != "raised"))


def is_open(code: str) -> bool:
    """Whether there is such an alarm and it is not closed."""
    return db.session.scalar(select(Alert.id).where(Alert.code == code, Alert.closed_at.is_(None))) is not None


def with_codes(codes: set[str]) -> Sequence[Alert]:
    """These alarms, as they are now."""
    return db.session.scalars(_WITH_CODES, {"codes": list(codes)}).all()


def alert(code: str) -> Alert:
    """One alarm with its steps and timeline; raise ``NotFound``."""
    found = db.session.scalar(
        select(Alert).where(Alert.code == code).options(selectinload(Alert.steps), selectinload(Alert.entries))
    )
    if found is None:
        raise NotFound("There is no alarm with this code.")
    return found


def page(*, open_only: bool, after: str | None = None, limit: int = 50) -> Sequence[Alert]:
    """Alarms in the order they were raised, those after the one with this code, with steps and timeline."""
    rows = select(Alert).order_by(Alert.id).limit(limit).options(selectinload(Alert.steps), selectinload(Alert.entries))
    if open_only:
        rows = rows.where(Alert.closed_at.is_(None))
    if after is not None:
        rows = rows.where(Alert.id > select(Alert.id).where(Alert.code == after).scalar_subquery())
    return db.session.scalars(rows).all()


def receipts(code: str) -> Sequence[Receipt]:
    """What every display said about an alarm, in order."""
    return db.session.scalars(select(Receipt).where(Receipt.alert_id == alert(code).id).order_by(Receipt.id)).all()


def screens(code: str) -> dict[str, dict[ReceiptStage, datetime]]:
    """When an alarm first came so far on each screen: however many windows, or pages one after another, it has had."""
    found: dict[str, dict[ReceiptStage, datetime]] = {}
    for receipt in receipts(code):
        label, _, _window = receipt.display.rpartition(" (")
        found.setdefault(label or receipt.display, {}).setdefault(receipt.stage, receipt.at)
    return found


def drills(service_day: date, after: datetime | None) -> Sequence[Alert]:
    """The drills of a day, the newest first; those after a moment when one is given."""
    rows = select(Alert).where(Alert.service_day == service_day, Alert.drill.is_(True)).order_by(Alert.id.desc())
    return db.session.scalars(rows if after is None else rows.where(Alert.raised_at > after)).all()


def overdue_steps(now: datetime) -> int:
    """How many steps are due and not taken, and alarms unconfirmed past their time: 0 again a moment later."""
    steps = select(func.count()).select_from(AlertStep).where(AlertStep.done_at.is_(None), AlertStep.due_at <= now)
    unconfirmed = select(func.count()).select_from(Alert).where(Alert.confirm_by <= now)
    return db.session.scalar(select(steps.scalar_subquery() + unconfirmed.scalar_subquery())) or 0


def last_press_with_steps_to_come() -> datetime | None:
    """When an alarm that still climbs its ladder was last pressed, by the clock as it was set then."""
    return db.session.scalar(
        select(func.max(Alert.last_pressed_at)).where(
            Alert.id.in_(select(AlertStep.alert_id).where(AlertStep.done_at.is_(None)))
        )
    )


def tell(alerts: Iterable[Alert], seq: int, at: datetime, naloxone_again: timedelta | None = None) -> list["Told"]:
    """These alarms as they are told now, with everybody who was called and what has been done."""
    alerts = list(alerts)
    called, done = calls.of(alerts), _done(alerts)
    return [Told(alert, seq, at, naloxone_again, called.get(alert.id, ()), done.get(alert.id, ())) for alert in alerts]


def _done(alerts: Sequence[Alert]) -> dict[int, list["Done"]]:
    """What was done in each alarm that somebody has answered, each action once, in the order it was last done."""
    answered = {alert.id: alert for alert in alerts if alert.acknowledged_at is not None and alert.closed_at is None}
    found: dict[int, list[Done]] = {}
    if answered:
        for key, action, last in db.session.execute(_LAST_DONE, {"alerts": list(answered)}):
            found.setdefault(key, []).append(Done(action, last - answered[key].raised_at))
    return found


@dataclass(frozen=True)
class Done:
    """Something that was done, and how long after the press it was last done."""

    action: AlarmAction
    after: timedelta

    @property
    def after_ms(self) -> int:
        """The same in milliseconds; what was done just before the press counts as done with it."""
        return max(0, int(self.after.total_seconds() * 1000))


@dataclass(frozen=True)
class StepTold:
    """A step of the ladder, and whom it has called by name."""

    step: AlertStep
    called: Sequence[Called]


@dataclass(frozen=True)
class Told:
    """An alarm as it is told at a moment: with its age, and the journal number at which this is true."""

    alert: Alert
    seq: int
    at: datetime
    # How long after a dose of naloxone the next may come, for those who are told of it.
    naloxone_again: timedelta | None = None
    calls: Sequence[Call] = ()
    done: Sequence[Done] = ()

    @property
    def next_naloxone_at(self) -> datetime | None:
        """From when on another dose may be given; ``None`` when none was, or when it is over."""
        if self.naloxone_again is None or self.alert.closed_at is not None:
            return None
        return timeline.next_naloxone_at(self.alert.entries, self.naloxone_again)

    @property
    def code(self) -> str:
        """The alarm's code."""
        return self.alert.code

    @property
    def called(self) -> list[str]:
        """Whom the latest step called, by name; nobody is everybody."""
        return [person.name for person in self.calls[-1].people] if self.calls else []

    @property
    def unanswered(self) -> list[str]:
        """Who was called by a step that everybody answers, and has not, while it matters."""
        if self.alert.closed_at is not None:
            return []
        asked = [person for call in self.calls if call.all_call for person in call.people]
        return list(dict.fromkeys(person.name for person in asked if person.answered_at is None))

    @property
    def steps(self) -> list[StepTold]:
        """The ladder, with everybody that each step has called."""
        people = {call.number: call.people for call in self.calls}
        return [StepTold(step, people.get(step.number, ())) for step in self.alert.steps]

    @property
    def silences(self) -> list[dict[str, object]]:
        """Whose screens are silent now, and for how much longer."""
        return [
            {"name": one.name, "whose": one.whose, "left_ms": int((one.until - self.at).total_seconds() * 1000)}
            for one in self.alert.silences
            if one.until > self.at and one.at >= self._last_called()
        ]

    def _last_called(self) -> datetime:
        """When it was last pressed, or more people were last called: a silence from before that has ended."""
        taken = [step.done_at for step in self.alert.steps if step.needed and step.done_at is not None]
        return max([self.alert.last_pressed_at, *taken])

    @property
    def age_ms(self) -> int:
        """Milliseconds since the first press; never negative, whatever a clock did."""
        return max(0, int((self.at - self.alert.raised_at).total_seconds() * 1000))
