"""The closed lists of a booking."""

import enum


class BookingState(enum.StrEnum):
    """What became of a booking."""

    BOOKED = "booked"
    KEPT = "kept"
    NO_SHOW = "no-show"
    CANCELLED = "cancelled"


class Every(enum.StrEnum):
    """How often a booking repeats."""

    DAY = "day"
    WEEK = "week"
