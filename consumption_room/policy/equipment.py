"""How displays, buttons and the clock prove that they work, and what the room does when they do not."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist

BLIND_AT_MOST = timedelta(seconds=10)
"""No configuration may let an open room go on longer than this without an able display (proof P19)."""

CLOCK_OFF_AT_MOST = timedelta(seconds=5)
"""No configuration may let doses be entered by a clock that is further off than this."""


@dataclass(frozen=True)
class Equipment:
    """How often each thing gives a sign of life, and how long it may be silent."""

    beat_every: timedelta
    deaf_after: timedelta
    poll_when_deaf: timedelta
    self_test_every: timedelta
    tested_within: timedelta
    blind_after: timedelta
    device_beats_every: timedelta
    device_grace: timedelta
    clock_may_differ: timedelta


def read(found: Found) -> Equipment:
    """Displays, devices and the clock as the file says them, with what a shift expects of them."""
    display, shift, device = found["display"], found["shift"], found["device"]
    return Equipment(
        beat_every=timedelta(seconds=display["beat_seconds"]),
        deaf_after=timedelta(seconds=display["deaf_after_seconds"]),
        poll_when_deaf=timedelta(seconds=display["poll_when_deaf_seconds"]),
        self_test_every=timedelta(seconds=display["self_test_seconds"]),
        tested_within=timedelta(seconds=shift["tested_within_seconds"]),
        blind_after=timedelta(seconds=shift["blind_after_seconds"]),
        device_beats_every=timedelta(seconds=device["heartbeat_seconds"]),
        device_grace=timedelta(seconds=device["grace_seconds"]),
        clock_may_differ=timedelta(seconds=found["clock"]["may_differ_seconds"]),
    )


def check(policy: Equipment, insist: Insist) -> None:
    """Insist that whatever stops working is noticed soon."""
    insist(
        timedelta(0) < policy.beat_every < policy.deaf_after <= timedelta(seconds=5),
        "a display without contact says so within 5 seconds.",
    )
    insist(
        policy.self_test_every <= policy.tested_within <= timedelta(minutes=10),
        "the room opens with an alarm path tested within ten minutes, and not sooner than it is tested by itself.",
    )
    insist(
        timedelta(0) < policy.blind_after <= BLIND_AT_MOST,
        "a room without an able display says so within 10 seconds.",
    )
    insist(
        timedelta(0) < policy.device_beats_every <= timedelta(hours=1) and timedelta(0) < policy.device_grace,
        "a button's heartbeat comes at least once an hour, with some grace.",
    )
    insist(
        timedelta(0) < policy.clock_may_differ <= CLOCK_OFF_AT_MOST,
        "a clock that is off by more than 5 seconds says so.",
    )
