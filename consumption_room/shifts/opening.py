"""The opening check: what the room sees for itself, what people look at, and what keeps the room shut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from consumption_room.errors import RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.shifts.rules import OverrideNotYours
from consumption_room.vocabulary.labels import label
from consumption_room.vocabulary.shifts import OpeningCheck

LOOKED_AT = frozenset({OpeningCheck.OXYGEN, OpeningCheck.ALARM_SOUND, OpeningCheck.SHARPS_BINS, OpeningCheck.CLOCK})
"""What only a person can see: it fails until somebody says that they have looked."""

SENTENCES = {
    "looked": "Somebody has looked, and it is right.",
    "not-looked": "Somebody has to look, and tick it.",
    "said-no": "Somebody has looked, and it is not right.",
    "stock-fine": "All there, in date and at par.",
    "stock-short": "Too little that is in date: %(short)s.",
    "stock-none": "The catalogue has nothing of this kind.",
    "path-fine": "Tested %(seconds)d s ago.",
    "path-old": "Last tested %(seconds)d s ago; at most %(limit)d s are allowed.",
    "path-never": "No display has answered a test yet.",
    "displays-fine": "Able to show and sound an alarm: %(able)d.",
    "displays-none": "No display is able to show and sound an alarm.",
    "nurse-fine": "On duty, and signed in at a screen that works: %(names)s.",
    "nurse-away": "On duty, but not signed in at a screen that is able to show and sound an alarm: %(names)s.",
    "nurse-none": "No nurse is on duty.",
    "clock-behind": "It stands before the last entry of the journal: it was set back.",
    "clock-ahead-of-time": "The clock of the server is %(seconds)d s ahead.",
    "clock-behind-time": "The clock of the server is %(seconds)d s behind.",
    "clock-fine": "The time server says that it is right.",
}


class OpeningCheckFailed(RuleBroken):
    """The opening check found something that is not right."""

    code = "opening-check-failed"


@dataclass(frozen=True)
class Par:
    """How an item stands: pieces that are in date, and how many there should be."""

    name: str
    balance: int
    minimum: int

    @property
    def short(self) -> bool:
        """Whether there is too little; of rescue stock there is always at least one."""
        return self.balance < max(1, self.minimum)


class ClockVerdict(Protocol):
    """What is known of the clock of this machine."""

    @property
    def is_off(self) -> bool:
        """Whether it is off by more than it may be."""

    @property
    def is_behind(self) -> bool:
        """Whether it shows less than the true time."""

    @property
    def is_known_right(self) -> bool:
        """Whether a time server has said that it is right."""

    @property
    def seconds(self) -> int:
        """By how many seconds it is off, either way."""


@dataclass(frozen=True)
class Standing:
    """How the room stands before it opens: what people said, and what it sees for itself."""

    said: Mapping[OpeningCheck, bool]
    naloxone: Sequence[Par]
    rescue: Sequence[Par]
    able_displays: int
    self_test_age: timedelta | None
    nurses: Sequence[str]
    nurses_at_screens: Sequence[str]
    last_entry_at: datetime | None
    clock: ClockVerdict


@dataclass(frozen=True)
class Found:
    """What was found at one check: whether it is right, and a sentence with its figures and names."""

    check: OpeningCheck
    passed: bool
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def to_look_at(self) -> bool:
        """Whether a person has to look: not where the room itself has seen how it is, as it may with the clock."""
        return self.check in LOOKED_AT and self.says in {"looked", "not-looked", "said-no"}

    @property
    def sentence(self) -> str:
        """What was found, to be read aloud."""
        return SENTENCES[self.says] % {name: spoken(fact) for name, fact in self.facts.items()}


def spoken(fact: Any) -> Any:
    """A figure as it is; names in a row; items each with what is there of what should be."""
    if isinstance(fact, int):
        return fact
    return ", ".join(f"{one.name} {one.balance}/{one.minimum}" if isinstance(one, Par) else one for one in fact)


def look(standing: Standing, policy: Policy, now: datetime) -> list[Found]:
    """Every check and what was found. A person's yes never overrules what the room sees; a person's no stands."""
    return [_look_at(check, standing, policy, now) for check in OpeningCheck]


def _look_at(check: OpeningCheck, standing: Standing, policy: Policy, now: datetime) -> Found:
    said = standing.said.get(check)
    if said is False:
        return Found(check, False, "said-no")
    seen = _see(check, standing, policy, now)
    if seen is not None:
        return seen
    return Found(check, True, "looked") if said else Found(check, False, "not-looked")


def _see(check: OpeningCheck, standing: Standing, policy: Policy, now: datetime) -> Found | None:
    match check:
        case OpeningCheck.NALOXONE:
            return _at_par(check, standing.naloxone)
        case OpeningCheck.RESCUE_STOCK:
            return _at_par(check, standing.rescue)
        case OpeningCheck.ALARM_PATH:
            return _tested(standing.self_test_age, policy.tested_within)
        case OpeningCheck.DISPLAYS:
            able = standing.able_displays
            return Found(check, able > 0, "displays-fine" if able else "displays-none", {"able": able})
        case OpeningCheck.NURSE:
            return _nurse(tuple(standing.nurses), tuple(standing.nurses_at_screens))
        case OpeningCheck.CLOCK:
            return _clock(standing.clock, standing.last_entry_at, policy, now)
        case _:
            return None


def _clock(told: ClockVerdict, last_entry_at: datetime | None, policy: Policy, now: datetime) -> Found | None:
    """What is known of the clock; ``None`` when somebody has to look."""
    if last_entry_at is not None and now < last_entry_at - policy.clock_may_differ:
        return Found(OpeningCheck.CLOCK, False, "clock-behind")
    if told.is_off:
        says = "clock-behind-time" if told.is_behind else "clock-ahead-of-time"
        return Found(OpeningCheck.CLOCK, False, says, {"seconds": told.seconds})
    return Found(OpeningCheck.CLOCK, True, "clock-fine") if told.is_known_right else None


def _nurse(on_duty: tuple[str, ...], at_screens: tuple[str, ...]) -> Found:
    """A nurse on duty whom no screen would reach is none."""
    if at_screens:
        return Found(OpeningCheck.NURSE, True, "nurse-fine", {"names": at_screens})
    return Found(OpeningCheck.NURSE, False, "nurse-away" if on_duty else "nurse-none", {"names": on_duty})


def _at_par(check: OpeningCheck, items: Sequence[Par]) -> Found:
    if not items:
        return Found(check, False, "stock-none")
    short = tuple(item for item in items if item.short)
    return Found(check, not short, "stock-short" if short else "stock-fine", {"short": short})


def _tested(age: timedelta | None, within: timedelta) -> Found:
    if age is None:
        return Found(OpeningCheck.ALARM_PATH, False, "path-never")
    facts = {"seconds": int(age.total_seconds()), "limit": int(within.total_seconds())}
    return Found(OpeningCheck.ALARM_PATH, age <= within, "path-fine" if age <= within else "path-old", facts)


def may_open(found: Sequence[Found], overrides: bool, may_override: bool) -> None:
    """Raise what keeps the room shut: each check that fails, in a sentence; or an override that is not theirs."""
    failing = [one for one in found if not one.passed]
    if not failing:
        return
    if overrides and may_override:
        return
    if overrides:
        raise OverrideNotYours("Only a manager may open the room although the opening check failed. Please call one.")
    told = " ".join(f"{label(one.check)}: {one.sentence}" for one in failing)
    raise OpeningCheckFailed(f"The room cannot open yet. {told}", failing=[one.check.value for one in failing])
