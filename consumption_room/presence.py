"""Which displays are able to call a nurse right now, by their own beats, timed monotonically."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consumption_room.heartbeats import queries as heartbeats
from consumption_room.heartbeats.models import DeviceState
from consumption_room.heartbeats.queries import InUse
from consumption_room.policy.room import Policy
from consumption_room.staff.models import Device as EnrolledDevice
from consumption_room.staff.rules import DISPLAYS
from consumption_room.vocabulary.staff import DeviceCondition, DeviceKind

ABLE_WITHIN_S = 6.0
"""Three beats missed: a display that fell silent is noticed within 7 s (proof P18), whenever somebody looks."""


@dataclass(frozen=True)
class Beat:
    """What a display last said of itself, and when (monotonic seconds)."""

    at: float
    seq: int
    visible: bool
    audio: bool
    build: str
    # How far the display's own clock is ahead of ours, if it said what it shows.
    clock_ahead: timedelta | None = None


@dataclass
class Display:
    """One open socket of a display or of somebody signed in; ``device`` is its code, if it is enrolled."""

    sid: str
    label: str
    device: str | None
    staff: str | None
    beat: Beat | None = None
    shown: set[str] = field(default_factory=set)
    tested_at: float = float("-inf")

    @property
    def name(self) -> str:
        """What it is called on the list of receipts: two windows on one device are two displays."""
        return f"{self.label} ({self.sid[:6]})"

    @property
    def whose(self) -> str | None:
        """The code of the person or else the device behind it."""
        return self.staff or self.device

    def unable_because(self, now: float) -> str | None:
        """Why nobody would notice an alarm on this display; ``None`` when somebody would."""
        if self.beat is None:
            return "has not said anything yet"
        if now - self.beat.at > ABLE_WITHIN_S:
            return f"silent for {int(now - self.beat.at)} s"
        if not self.beat.visible:
            return "hidden or switched off"
        return None if self.beat.audio else "has no sound"


@dataclass(frozen=True)
class Device:
    """An enrolled device as the room sees it now."""

    code: str
    kind: DeviceKind
    place: str | None
    able: bool
    why: str | None
    last_beat_s: float | None
    battery: int | None = None
    signal: int | None = None


class Register:
    """Every open socket of this process."""

    def __init__(self) -> None:
        """Nobody is connected."""
        self._guard = threading.Lock()
        self._displays: dict[str, Display] = {}

    def add(self, display: Display) -> None:
        """A socket opened."""
        with self._guard:
            self._displays[display.sid] = display

    def drop(self, sid: str) -> None:
        """A socket closed."""
        with self._guard:
            self._displays.pop(sid, None)

    def get(self, sid: str) -> Display | None:
        """The display behind a socket."""
        return self._displays.get(sid)

    def all(self) -> list[Display]:
        """Every display now."""
        with self._guard:
            return list(self._displays.values())

    def able(self, now: float) -> int:
        """How many displays would be noticed."""
        return sum(display.unable_because(now) is None for display in self.all())

    def people(self, now: float) -> frozenset[str]:
        """The codes of those who are signed in at a display that would be noticed."""
        return frozenset(
            display.staff for display in self.all() if display.staff and display.unable_because(now) is None
        )

    def clocks(self, now: float) -> list[timedelta]:
        """How far each display's clock is ahead of ours; two windows of one device, or person, are one clock."""
        beats = {display.whose or display.sid: display.beat for display in self.all() if display.beat is not None}
        fresh = [beat for beat in beats.values() if now - beat.at <= ABLE_WITHIN_S]
        return [beat.clock_ahead for beat in fresh if beat.clock_ahead is not None]


register = Register()


def devices(in_use: Sequence[InUse], policy: Policy, at: datetime, now: float) -> list[Device]:
    """Whether each of these is able; a button that never sent a heartbeat is not judged. ``now`` is monotonic."""
    by_code = {display.device: display for display in register.all() if display.device}
    return [
        _display(one.device, by_code.get(one.device.code), now)
        if one.device.kind in DISPLAYS
        else _button(one.device, one.state, policy, at)
        for one in in_use
    ]


def _display(device: EnrolledDevice, display: Display | None, now: float) -> Device:
    why = display.unable_because(now) if display else "not connected"
    beat = display.beat if display else None
    return Device(device.code, device.kind, device.place, why is None, why, round(now - beat.at, 1) if beat else None)


def _button(device: EnrolledDevice, state: DeviceState | None, policy: Policy, at: datetime) -> Device:
    if state is None:
        return Device(device.code, device.kind, device.place, True, None, None)
    age = max(0.0, (at - state.heard_at).total_seconds())
    condition = heartbeats.condition_of(state, policy, at)
    why = None if condition is DeviceCondition.HEARD else f"{condition}: not heard for {int(age)} s"
    return Device(device.code, device.kind, device.place, why is None, why, round(age, 1), state.battery, state.signal)
