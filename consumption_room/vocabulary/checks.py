"""The closed list of looking after people in cubicles."""

import enum


class CheckResult(enum.StrEnum):
    """What a welfare check found, or that it was not made in time."""

    RESPONSIVE = "responsive"
    NOT_RESPONSIVE = "not-responsive"
    MISSED = "missed"
    OVERRAN = "overran"
