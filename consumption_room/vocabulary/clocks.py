"""The closed list of who says whether a clock is right."""

import enum


class ClockWitness(enum.StrEnum):
    """Who said how far this machine's clock is off."""

    TIME_SERVER = "time-server"
    DISPLAYS = "displays"
