"""Whether this machine's clock is right: told by a time server, or else by displays that agree with one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from consumption_room.errors import RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.clocks import ClockWitness

FEWEST_DISPLAYS = 2
"""One display beside the server is one clock against another: nobody can say which of them is wrong."""


class ClockIsOff(RuleBroken):
    """The clock is so wrong that what must stand at its true time is not written down by it."""

    code = "clock-is-off"


@dataclass(frozen=True)
class Verdict:
    """How far the true time is ahead of this machine's clock (less than nothing: behind it), and who says so."""

    ahead: timedelta | None = None
    told_by: ClockWitness | None = None
    is_off: bool = False

    @property
    def is_known_right(self) -> bool:
        """Whether a time server has said that the clock is right; nobody then needs to look."""
        return self.told_by is ClockWitness.TIME_SERVER and not self.is_off

    @property
    def seconds(self) -> int:
        """By how many whole seconds it is off, either way; 0 while nobody can say."""
        return round(abs(self.ahead).total_seconds()) if self.ahead is not None else 0

    @property
    def is_behind(self) -> bool:
        """Whether the clock shows less than the true time."""
        return self.ahead is not None and self.ahead > timedelta(0)

    @property
    def sentence(self) -> str | None:
        """What is wrong, to be read aloud; ``None`` when nothing is, as far as anybody can say."""
        if not self.is_off or self.ahead is None:
            return None
        way = "behind" if self.is_behind else "ahead"
        return f"The clock of the server is {self.seconds} s {way}. Please have it put right."


UNKNOWN = Verdict()


def judge(server: timedelta | None, displays: Sequence[timedelta], policy: Policy) -> Verdict:
    """Whether the clock is off by more than the policy allows.

    ``server`` is how far a time server is ahead of this machine, ``displays`` how far each display is. The time server
    is believed alone. Without it, displays that agree with one another are, and only about a clock that is wrong: they
    may all have been set by this machine.
    """
    if server is not None:
        return Verdict(server, ClockWitness.TIME_SERVER, abs(server) > policy.clock_may_differ)
    if len(displays) < FEWEST_DISPLAYS:
        return UNKNOWN
    middle = timedelta(seconds=median(one.total_seconds() for one in displays))
    agree = [one for one in displays if abs(one - middle) <= policy.clock_may_differ]
    if len(agree) < FEWEST_DISPLAYS or 2 * len(agree) <= len(displays):
        return UNKNOWN
    return Verdict(middle, ClockWitness.DISPLAYS, abs(middle) > policy.clock_may_differ)


def refuse_if_off(verdict: Verdict) -> None:
    """Raise ``ClockIsOff``: for what must stand at its true time, like a dose of a controlled drug."""
    if (sentence := verdict.sentence) is not None:
        raise ClockIsOff(f"{sentence} Until then this is not entered here: use the paper form. Alarms still work.")
