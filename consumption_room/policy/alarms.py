"""How an alarm rings and climbs until somebody answers, and what follows an emergency."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.staff import Role

LAST_STEP_AT_MOST = timedelta(seconds=60)
"""No configuration may put the last step of a ladder later than this (proof P14)."""

CONFIRMED_AT_MOST = timedelta(seconds=5)
"""No configuration may wait longer for a display to confirm an alarm before the next step begins (proof P4)."""

SILENT_AT_MOST = timedelta(seconds=120)
"""Nothing silences an alarm for longer (proof P10)."""

ARRIVED_AT_MOST = timedelta(seconds=60)
"""No configuration may wait longer for somebody to arrive before the alarm sounds again (proof P15)."""

SHORTEST_OBSERVATION = timedelta(hours=1)
"""No configuration may let anybody go sooner after naloxone, whose effect lasts 45 to 70 minutes (St Paul's rule)."""


@dataclass(frozen=True)
class Rung:
    """One step of the ladder that an unanswered alarm climbs."""

    number: int
    after: timedelta
    audience: str
    all_call: bool
    # Who of those on duty is called by name; nothing said is everybody.
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Alarms:
    """How long each thing about an alarm may take, and who is called when it does not happen."""

    join_within: timedelta
    resend_after: timedelta
    confirm_within: timedelta
    silent_for: timedelta
    arrive_within: timedelta
    ladder: tuple[Rung, ...]
    ladders: dict[AlarmKind, tuple[Rung, ...]]
    priority: dict[AlarmKind, str]
    naloxone_again: timedelta
    observe_after_naloxone: timedelta

    def ladder_of(self, kind: AlarmKind) -> tuple[Rung, ...]:
        """The steps that an unanswered alarm of this kind climbs."""
        return self.ladders.get(kind, self.ladder)


def read(found: Found) -> Alarms:
    """Alarms and emergencies as the file says them; every kind has a priority."""
    alarm, emergency = found["alarm"], found["emergency"]
    return Alarms(
        join_within=timedelta(seconds=alarm["join_within_seconds"]),
        resend_after=timedelta(seconds=alarm["resend_after_seconds"]),
        confirm_within=timedelta(seconds=alarm["confirm_within_seconds"]),
        silent_for=timedelta(seconds=alarm["silent_seconds"]),
        arrive_within=timedelta(seconds=alarm["arrive_within_seconds"]),
        ladder=_ladder(alarm["ladder"]),
        ladders={AlarmKind(kind): _ladder(rungs) for kind, rungs in alarm.get("ladder_of", {}).items()},
        priority={kind: alarm["priority"][kind.value] for kind in AlarmKind},
        naloxone_again=timedelta(minutes=emergency["naloxone_again_minutes"]),
        observe_after_naloxone=timedelta(minutes=emergency["observe_after_naloxone_minutes"]),
    )


def _ladder(rungs: list[Found]) -> tuple[Rung, ...]:
    in_order = sorted(rungs, key=lambda rung: rung["after_seconds"])
    return tuple(
        Rung(
            number,
            timedelta(seconds=rung["after_seconds"]),
            rung["audience"],
            rung.get("all_call", False),
            tuple(Role(role) for role in rung.get("roles", ())),
        )
        for number, rung in enumerate(in_order, start=1)
    )


def check(policy: Alarms, insist: Insist) -> None:
    """Insist that no alarm waits long for anybody, whatever the file says."""
    for ladder in (policy.ladder, *policy.ladders.values()):
        insist(bool(ladder), "every alarm ladder needs at least one step.")
        insist(ladder[-1].after <= LAST_STEP_AT_MOST, "the last step of an alarm ladder must come within 60 seconds.")
        insist(ladder[0].after > timedelta(0), "the first step of an alarm ladder comes after the alarm.")
    insist(timedelta(0) < policy.confirm_within <= CONFIRMED_AT_MOST, "a display confirms an alarm within 5 seconds.")
    insist(timedelta(0) < policy.silent_for <= SILENT_AT_MOST, "a silence ends by itself within 120 seconds.")
    insist(timedelta(0) < policy.arrive_within <= ARRIVED_AT_MOST, "somebody is there within 60 seconds of answering.")
    insist(set(policy.priority.values()) <= {"high", "medium", "low"}, "a priority is high, medium or low.")
    insist(policy.naloxone_again > timedelta(0), "the next dose of naloxone comes some minutes after the last.")
    insist(
        policy.observe_after_naloxone >= SHORTEST_OBSERVATION, "people are observed for an hour or more after naloxone."
    )
