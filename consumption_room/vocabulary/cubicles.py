"""The closed lists of a cubicle."""

import enum


class CubicleState(enum.StrEnum):
    """What a cubicle is doing."""

    FREE = "free"
    HELD = "held"
    OCCUPIED = "occupied"
    CLEANING = "cleaning"
    OUT_OF_USE = "out-of-use"


class CubicleMode(enum.StrEnum):
    """What a cubicle is fit for; a cubicle has a set of these."""

    INJECTING = "injecting"
    SMOKING = "smoking"
    WHEELCHAIR = "wheelchair"
    LEFT_HANDED = "left-handed"
    TWO_PERSON = "two-person"
    TREATMENT = "treatment"
