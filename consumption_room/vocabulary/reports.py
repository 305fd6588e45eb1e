"""The closed list of how long one row of a report is."""

import enum


class Grain(enum.StrEnum):
    """How long one row of a report is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
