"""What the running server sees of itself: able displays, whether its clock is right, how old the self-test is."""

from datetime import timedelta

from consumption_room import clock, presence
from consumption_room.gate import here
from consumption_room.pulse import pulse
from consumption_room.shifts.queries import Facts
from consumption_room.timekeeping.rules import Verdict
from consumption_room.timekeeping.service import comparison


def clock_verdict() -> Verdict:
    """How right the clock of this machine is, by the time server and by the displays' own clocks."""
    now = clock.monotonic()
    return comparison.verdict(presence.register.clocks(now), here.policy(), clock.now(), now)


def facts() -> Facts:
    """For the opening check, as this process knows it at this moment."""
    now, tested_at = clock.monotonic(), pulse.self_test_at
    return Facts(
        able_displays=presence.register.able(now),
        at_screens=presence.register.people(now),
        clock=clock_verdict(),
        self_test_age=None if tested_at is None else timedelta(seconds=max(0.0, now - tested_at)),
    )
