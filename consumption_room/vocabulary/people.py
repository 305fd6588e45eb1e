"""The closed lists about a person: nothing here is ever required."""

import enum


class Sex(enum.StrEnum):
    """As the person says it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeBand(enum.StrEnum):
    """For people who would rather not give a birth year."""

    UNDER_25 = "18-24"
    UNDER_30 = "25-29"
    UNDER_40 = "30-39"
    UNDER_50 = "40-49"
    OVER_50 = "50-and-over"


class Area(enum.StrEnum):
    """Where the person lives, no closer than this."""

    CITY = "city"
    REGION = "region"
    ELSEWHERE = "elsewhere"
    NO_HOME = "no-home"
