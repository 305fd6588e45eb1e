"""What can happen in a simulated room: facts with a moment, that ``hands`` carries out and ``tally`` counts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from consumption_room.simulation.people import Person
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, Cause, Outcome
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState
from consumption_room.vocabulary.referrals import Handover, ReferralState
from consumption_room.vocabulary.stock import ReturnMethod
from consumption_room.vocabulary.visits import LeaveReason, Purpose, Route, Substance, TurnedAwayReason


@dataclass(frozen=True)
class Happening:
    """Something at a moment (aware, UTC, whole seconds), in a visit by the simulation's own number, or in none."""

    at: datetime
    visit: int | None


@dataclass(frozen=True)
class Delivered(Happening):
    """A delivery was put on the shelf."""

    item: str
    quantity: int
    lot: str
    expires_on: date


@dataclass(frozen=True)
class CubicleChanged(Happening):
    """A cubicle was put out of use, put back, or made fit for something else."""

    cubicle: int
    state: CubicleState | None = None
    modes: tuple[CubicleMode, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class TurnedAway(Happening):
    """Somebody was not let in."""

    reason: TurnedAwayReason


@dataclass(frozen=True)
class Registered(Happening):
    """Somebody told us an alias for the first time."""

    person: Person


@dataclass(frozen=True)
class CheckedIn(Happening):
    """Somebody came in."""

    person: Person | None
    purposes: tuple[Purpose, ...]
    screening: dict[str, Any] | None


@dataclass(frozen=True)
class Called(Happening):
    """Somebody was called."""


@dataclass(frozen=True)
class Held(Happening):
    """Somebody waits outside the queue."""

    reason: str


@dataclass(frozen=True)
class IntakeRegistered(Happening):
    """Somebody said what they are about to take."""

    substances: tuple[Substance, ...]
    route: Route
    assisted: bool
    switched: bool = False


@dataclass(frozen=True)
class Seated(Happening):
    """Somebody was given a cubicle."""

    cubicle: int


@dataclass(frozen=True)
class Issued(Happening):
    """A kit or an item was handed out."""

    quantity: int
    kit: str | None = None
    item: str | None = None
    for_others: bool = False


@dataclass(frozen=True)
class SharpsReturned(Happening):
    """Used sharps came back."""

    quantity: int
    method: ReturnMethod


@dataclass(frozen=True)
class WentToAftercare(Happening):
    """Somebody rests under observation."""


@dataclass(frozen=True)
class Left(Happening):
    """Somebody left."""

    reason: LeaveReason


@dataclass(frozen=True)
class CubicleCleaned(Happening):
    """A cubicle is clean again, after the visit named."""

    cubicle: int


@dataclass(frozen=True)
class AlarmHappening(Happening):
    """Something about an alarm, by the simulation's own number."""

    alarm: int


@dataclass(frozen=True)
class AlarmRaised(AlarmHappening):
    """Somebody called for help; ``again`` when another hand pressed for the same thing."""

    place: str
    kind: AlarmKind
    drill: bool = False
    again: bool = False


@dataclass(frozen=True)
class AlarmAcknowledged(AlarmHappening):
    """Somebody said they are coming."""


@dataclass(frozen=True)
class AlarmOnScene(AlarmHappening):
    """Somebody is at the person's side."""


@dataclass(frozen=True)
class AlarmNoted(AlarmHappening):
    """Something was done, with what was read or given."""

    action: AlarmAction
    value: str | None = None


@dataclass(frozen=True)
class AlarmClosed(AlarmHappening):
    """An alarm ended."""

    outcome: Outcome
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Referred(Happening):
    """Somebody was referred to a partner."""

    referral: int
    service: str
    handover: Handover
    consent: bool


@dataclass(frozen=True)
class ReferralMoved(Happening):
    """A referral took its next step."""

    referral: int
    state: ReferralState
    reason: str | None = None
