"""How likely an emergency is, and how one goes on: who presses, who comes, what is done, how it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from consumption_room.simulation.chance import choose
from consumption_room.simulation.happenings import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmNoted,
    AlarmOnScene,
    AlarmRaised,
    Happening,
)
from consumption_room.simulation.scenario import Scenario
from consumption_room.simulation.timetable import Opening
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, Cause, Outcome
from consumption_room.vocabulary.visits import Route, Substance

LONGEST = timedelta(minutes=35)
"""No alarm lasts longer than this from the first press to its close."""
_STIMULANTS = frozenset({Substance.COCAINE, Substance.AMPHETAMINE})
_OPIOIDS = frozenset({Substance.HEROIN, Substance.MIXTURE, Substance.METHADONE, Substance.OTHER_OPIOID})
# Sydney's trial: what staff thought contributed.
_CAUSES = {
    Cause.OTHER_SEDATIVES: 0.45,
    Cause.LOWERED_TOLERANCE: 0.25,
    Cause.ALCOHOL: 0.12,
    Cause.STRONGER_BATCH: 0.08,
    Cause.LARGER_AMOUNT: 0.06,
    Cause.UNKNOWN: 0.04,
}


@dataclass(frozen=True)
class Alarm:
    """Which alarm, where, and in whose visit."""

    number: int
    place: str
    kind: AlarmKind
    visit: int | None = None


@dataclass(frozen=True)
class Course:
    """Everything that happens in an alarm, in order, and what follows for the person."""

    happenings: tuple[Happening, ...]
    naloxone_at: datetime | None = None
    to_hospital: bool = False

    @property
    def ends_at(self) -> datetime:
        """When it is closed."""
        return self.happenings[-1].at


def risk(substances: Sequence[Substance], route: Route, scenario: Scenario, opening: Opening, *, bad: bool) -> float:
    """The probability that this intake becomes an emergency; ``bad`` on a day with a bad batch about."""
    if route is not Route.INJECT:
        return scenario.smoking_risk / 1000 * opening.risk
    if bad and not _OPIOIDS.isdisjoint(substances):
        return scenario.bad_batch_risk / 1000
    worst = max(scenario.injecting_risk.get(substance, scenario.other_injecting_risk) for substance in substances)
    return worst / 1000 * opening.risk


def kind_of(substances: Sequence[Substance]) -> AlarmKind:
    """What staff call it: a stimulant emergency when nothing but stimulants was taken."""
    return AlarmKind.STIMULANT if _STIMULANTS.issuperset(substances) else AlarmKind.OVERDOSE


def emergency(scenario: Scenario, alarm: Alarm, at: datetime, random: Random) -> Course:
    """A real one: pressed, answered, treated, watched, closed."""
    log = _Log(alarm, at, random)
    log.press(again=random.random() < scenario.second_press)
    log.answer()
    treatment = "watched" if alarm.kind is AlarmKind.STIMULANT else choose(random, scenario.treatments)
    outcome = Outcome.CALMED if alarm.kind is AlarmKind.STIMULANT else Outcome.RECOVERED
    naloxone_at = None
    log.note(AlarmAction.SATURATION, f"{random.randint(91, 97) if treatment == 'watched' else random.randint(68, 89)}")
    if treatment != "watched":
        log.note(AlarmAction.AIRWAY)
        log.note(AlarmAction.OXYGEN, "10 l/min")
        log.note(AlarmAction.RESPIRATORY_RATE, f"{random.randint(4, 9)}")
        outcome = Outcome.OXYGEN_ONLY
    if treatment == "naloxone":
        naloxone_at = log.note(AlarmAction.NALOXONE, "1.8 mg nasal")
        outcome = Outcome.NALOXONE
    to_hospital = False
    if random.random() < scenario.ambulance:
        log.note(AlarmAction.AMBULANCE_CALLED)
        log.note(AlarmAction.AMBULANCE_ARRIVED, after=(360, 720))
        if to_hospital := random.random() < scenario.to_hospital:
            log.note(AlarmAction.HANDED_OVER, after=(120, 300))
            outcome = Outcome.TO_HOSPITAL
    if not to_hospital:
        log.note(AlarmAction.BREATHING)
        log.note(AlarmAction.SATURATION, f"{random.randint(95, 99)}")
    cause = Cause.STIMULANT_TOXICITY if alarm.kind is AlarmKind.STIMULANT else choose(random, _CAUSES)
    log.close(outcome, (cause,))
    return Course(tuple(log.happenings), naloxone_at, to_hospital)


def nothing_wrong(alarm: Alarm, at: datetime, random: Random) -> Course:
    """A false alarm: somebody leaned on the button."""
    log = _Log(alarm, at, random)
    log.press()
    log.answer()
    log.close(Outcome.FALSE_ALARM, (Cause.MISTAKEN_PRESS,))
    return Course(tuple(log.happenings))


def calmed_down(alarm: Alarm, at: datetime, random: Random) -> Course:
    """Violence or a threat of it, calmed by staff."""
    log = _Log(alarm, at, random)
    log.press(again=random.random() < 0.5)
    log.answer()
    log.close(Outcome.CALMED, ())
    return Course(tuple(log.happenings))


def drill(alarm: Alarm, at: datetime, random: Random) -> Course:
    """A drill, marked as one from the first press."""
    log = _Log(alarm, at, random)
    log.press(drill=True)
    log.answer()
    log.note(AlarmAction.AIRWAY)
    log.note(AlarmAction.OXYGEN, "10 l/min")
    log.close(Outcome.RECOVERED, ())
    return Course(tuple(log.happenings))


class _Log:
    """An alarm being written down, each line later than the one before."""

    def __init__(self, alarm: Alarm, at: datetime, random: Random) -> None:
        self._alarm, self._at, self._random = alarm, at, random
        self.happenings: list[Happening] = []

    def press(self, *, again: bool = False, drill: bool = False) -> None:
        """Somebody calls for help, and perhaps another hand does so too."""
        alarm = self._alarm
        self.happenings.append(AlarmRaised(self._at, alarm.visit, alarm.number, alarm.place, alarm.kind, drill))
        if again:
            at = self._later(2, 9)
            self.happenings.append(AlarmRaised(at, alarm.visit, alarm.number, alarm.place, alarm.kind, drill, True))

    def answer(self) -> None:
        """Somebody says they are coming, mostly within seconds, and is there."""
        slow = self._random.random() < 0.1
        at = self._later(16, 27) if slow else self._later(2, 5)
        self.happenings.append(AlarmAcknowledged(at, self._alarm.visit, self._alarm.number))
        self.happenings.append(AlarmOnScene(self._later(8, 50), self._alarm.visit, self._alarm.number))

    def note(self, action: AlarmAction, value: str | None = None, after: tuple[int, int] = (15, 75)) -> datetime:
        """Something is done; gives when."""
        at = self._later(*after)
        self.happenings.append(AlarmNoted(at, self._alarm.visit, self._alarm.number, action, value))
        return at

    def close(self, outcome: Outcome, causes: tuple[Cause, ...]) -> None:
        """It is over."""
        at = self._later(30, 240)
        self.happenings.append(AlarmClosed(at, self._alarm.visit, self._alarm.number, outcome, causes))

    def _later(self, least: int, most: int) -> datetime:
        self._at += timedelta(seconds=self._random.randint(least, most))
        return self._at
