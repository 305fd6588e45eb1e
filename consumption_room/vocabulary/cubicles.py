"""The closed lists of a cubicle, and what somebody may need of one."""

import enum
from dataclasses import dataclass

from consumption_room.vocabulary.visits import Route


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
    NEAR_NURSE = "near-nurse"
    WOMEN_ONLY = "women-only"


class Because(enum.StrEnum):
    """What speaks for a cubicle, or against it."""

    OFFERS_WHAT_IS_NEEDED = "offers-what-is-needed"
    NEAR_THE_NURSE = "near-the-nurse"
    FOR_WOMEN = "for-women"
    OTHER_ROUTE = "other-route"
    LACKS_WHAT_IS_NEEDED = "lacks-what-is-needed"


@dataclass(frozen=True)
class Needs:
    """What somebody needs of a cubicle, as far as they have said: nothing of it is ever guessed."""

    route: Route | None = None
    must_offer: frozenset[CubicleMode] = frozenset()
    is_a_woman: bool = False
    better_near_the_nurse: bool = False
