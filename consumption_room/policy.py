"""How this room works: the numbers and lists of ``config/policy.toml``, typed and checked at the start."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from consumption_room import clock
from consumption_room.errors import Unsafe
from consumption_room.vocabulary import AlarmKind, CubicleMode, ItemKind, ServiceKind

LAST_STEP_AT_MOST = timedelta(seconds=60)
"""No configuration may put the last step of a ladder later than this (proof P14)."""


@dataclass(frozen=True)
class Rung:
    """One step of the ladder that an unanswered alarm climbs."""

    number: int
    after: timedelta
    audience: str


@dataclass(frozen=True)
class CubiclePlan:
    """A cubicle that the room has, and what it is fit for."""

    number: int
    modes: tuple[CubicleMode, ...]


@dataclass(frozen=True)
class ZonePlan:
    """A place that is not a cubicle, from which an alarm can come."""

    code: str
    name: str


@dataclass(frozen=True)
class ItemPlan:
    """One line of the opening catalogue; ``minimum`` is the number below which stock is short."""

    code: str
    name: str
    kind: ItemKind
    minimum: int


@dataclass(frozen=True)
class KitPlan:
    """A kit and how many of each item are in it."""

    code: str
    name: str
    parts: dict[str, int]


@dataclass(frozen=True)
class ServicePlan:
    """A partner that people can be referred to."""

    code: str
    name: str
    kind: ServiceKind


@dataclass(frozen=True)
class Policy:
    """Everything the room's rules need to know that is not in the database."""

    room_name: str
    timezone: ZoneInfo
    day_ends: timedelta
    opens: timedelta
    closes: timedelta
    wait_amber: timedelta
    wait_red: timedelta
    injecting_limit: timedelta
    smoking_limit: timedelta
    aftercare: timedelta
    join_within: timedelta
    resend_after: timedelta
    ladder: tuple[Rung, ...]
    priority: dict[AlarmKind, str]
    beat_every: timedelta
    deaf_after: timedelta
    poll_when_deaf: timedelta
    self_test_every: timedelta
    device_beats_every: timedelta
    device_grace: timedelta
    sign_in_tries: int
    locked_for: timedelta
    session_lasts: timedelta
    answers_kept: timedelta
    deliveries_kept: timedelta
    cubicles: tuple[CubiclePlan, ...]
    zones: tuple[ZonePlan, ...]
    items: tuple[ItemPlan, ...]
    kits: tuple[KitPlan, ...]
    services: tuple[ServicePlan, ...]

    def service_day(self, moment: datetime) -> date:
        """The room's day that ``moment`` belongs to."""
        return clock.service_day(moment, self.timezone, self.day_ends)

    def limit(self, modes: tuple[CubicleMode, ...]) -> timedelta:
        """How long a stay may last before the cubicle is marked: the longer limit where a cubicle is fit for both."""
        return self.smoking_limit if set(modes) == {CubicleMode.SMOKING} else self.injecting_limit


def load(path: Path, timezone: ZoneInfo) -> Policy:
    """Read and check the policy file; raise ``Unsafe`` with a sentence that names the line to change."""
    try:
        found = tomllib.loads(path.read_text())
        policy = _read(found, timezone)
    except KeyError as missing:
        raise Unsafe(f"{path.name} lacks {missing}.") from missing
    except (ValueError, TypeError) as trouble:
        raise Unsafe(f"{path.name} cannot be read: {trouble}.") from trouble
    _check(policy, path.name)
    return policy


def _read(found: dict[str, Any], timezone: ZoneInfo) -> Policy:
    room, alarm, display, sign_in = found["room"], found["alarm"], found["display"], found["sign_in"]
    waiting, stay = found["waiting"], found["stay"]
    rungs = sorted(alarm["ladder"], key=lambda rung: rung["after_seconds"])
    return Policy(
        room_name=room["name"],
        timezone=timezone,
        day_ends=_since_midnight(room["day_ends_at"]),
        opens=_since_midnight(room["opens_at"]),
        closes=_since_midnight(room["closes_at"]),
        wait_amber=timedelta(minutes=waiting["amber_after_minutes"]),
        wait_red=timedelta(minutes=waiting["red_after_minutes"]),
        injecting_limit=timedelta(minutes=stay["injecting_limit_minutes"]),
        smoking_limit=timedelta(minutes=stay["smoking_limit_minutes"]),
        aftercare=timedelta(minutes=stay["aftercare_minutes"]),
        join_within=timedelta(seconds=alarm["join_within_seconds"]),
        resend_after=timedelta(seconds=alarm["resend_after_seconds"]),
        ladder=tuple(
            Rung(number, timedelta(seconds=rung["after_seconds"]), rung["audience"])
            for number, rung in enumerate(rungs, start=1)
        ),
        priority={kind: alarm["priority"][kind.value] for kind in AlarmKind},
        beat_every=timedelta(seconds=display["beat_seconds"]),
        deaf_after=timedelta(seconds=display["deaf_after_seconds"]),
        poll_when_deaf=timedelta(seconds=display["poll_when_deaf_seconds"]),
        self_test_every=timedelta(seconds=display["self_test_seconds"]),
        device_beats_every=timedelta(seconds=found["device"]["heartbeat_seconds"]),
        device_grace=timedelta(seconds=found["device"]["grace_seconds"]),
        sign_in_tries=sign_in["tries"],
        locked_for=timedelta(minutes=sign_in["locked_minutes"]),
        session_lasts=timedelta(hours=sign_in["session_hours"]),
        answers_kept=timedelta(hours=found["writing"]["answers_kept_hours"]),
        deliveries_kept=timedelta(days=found["writing"]["deliveries_kept_days"]),
        cubicles=tuple(
            CubiclePlan(number, tuple(CubicleMode(mode) for mode in group["modes"]))
            for group in found["cubicle"]
            for number in group["numbers"]
        ),
        zones=tuple(ZonePlan(zone["code"], zone["name"]) for zone in found["zone"]),
        items=tuple(
            ItemPlan(item["code"], item["name"], ItemKind(item["kind"]), item["minimum"]) for item in found["item"]
        ),
        kits=tuple(KitPlan(kit["code"], kit["name"], kit["parts"]) for kit in found["kit"]),
        services=tuple(
            ServicePlan(service["code"], service["name"], ServiceKind(service["kind"])) for service in found["service"]
        ),
    )


def _since_midnight(text: str) -> timedelta:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time of day like 07:30")
    return timedelta(hours=int(match[1]), minutes=int(match[2]))


def _check(policy: Policy, name: str) -> None:
    def insist(holds: bool, sentence: str) -> None:
        if not holds:
            raise Unsafe(f"{name}: {sentence}")

    numbers = [cubicle.number for cubicle in policy.cubicles]
    items = {item.code for item in policy.items}
    insist(bool(policy.ladder), "the alarm ladder needs at least one step.")
    insist(
        policy.ladder[-1].after <= LAST_STEP_AT_MOST, "the last step of the alarm ladder must come within 60 seconds."
    )
    insist(policy.ladder[0].after > timedelta(0), "the first step of the alarm ladder comes after the alarm.")
    insist(set(policy.priority.values()) <= {"high", "medium", "low"}, "a priority is high, medium or low.")
    insist(timedelta(0) < policy.wait_amber < policy.wait_red, "waiting turns amber before it turns red.")
    insist(
        len(numbers) == len(set(numbers)) and all(0 < n <= 999 for n in numbers),
        "cubicle numbers are 1 to 999, once each.",
    )
    insist(all(cubicle.modes for cubicle in policy.cubicles), "every cubicle has at least one mode.")
    insist(all(set(kit.parts) <= items for kit in policy.kits), "a kit has a part that is not an item.")
    insist(policy.day_ends < timedelta(hours=12), "the room's day ends before noon.")
    insist(policy.sign_in_tries >= 1, "at least one try to sign in.")
    insist(
        timedelta(0) < policy.beat_every < policy.deaf_after <= timedelta(seconds=5),
        "a display without contact says so within 5 seconds.",
    )
    insist(
        timedelta(0) < policy.device_beats_every <= timedelta(hours=1) and timedelta(0) < policy.device_grace,
        "a button's heartbeat comes at least once an hour, with some grace.",
    )
