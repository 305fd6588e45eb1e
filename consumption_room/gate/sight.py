"""What the running server sees of itself: able displays, and how long ago the path of the alarm was tested."""

from datetime import timedelta

from consumption_room import clock, presence
from consumption_room.pulse import pulse
from consumption_room.shifts.queries import Facts


def facts() -> Facts:
    """For the opening check, as this process knows it at this moment."""
    now, tested_at = clock.monotonic(), pulse.self_test_at
    return Facts(
        able_displays=presence.register.able(now),
        at_screens=presence.register.people(now),
        self_test_age=None if tested_at is None else timedelta(seconds=max(0.0, now - tested_at)),
    )
