"""The closed lists of the controlled-drug register."""

import enum


class DrugForm(enum.StrEnum):
    """What one unit of a product is: its strength is milligrams in each of these."""

    SOLUTION = "solution"
    VIAL = "vial"
    AMPOULE = "ampoule"
    TABLET = "tablet"


class LineKind(enum.StrEnum):
    """Why a line stands in the register; the sign of its amount follows from it."""

    OPENING = "opening"
    RECEIPT = "receipt"
    SUPPLY = "supply"
    RETURN = "return"
    WASTE = "waste"
    DESTRUCTION = "destruction"
    TRANSFER = "transfer"
    COUNT = "count"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


class CountOccasion(enum.StrEnum):
    """Why a lot is counted: at the end of a shift, of a month, or because somebody wants to know."""

    SHIFT = "shift"
    MONTH_END = "month-end"
    SPOT = "spot"


class CountState(enum.StrEnum):
    """How a count stands: one figure waits for another; both agree with the register, with each other, or neither."""

    WAITING = "waiting"
    AGREES = "agrees"
    DIFFERS = "differs"
    DISAGREE = "disagree"


class CustodyMove(enum.StrEnum):
    """Where a sealed bag goes: another place in the room, or for good to somebody else."""

    MOVED = "moved"
    TO_POLICE = "to-police"
    TO_PHARMACY = "to-pharmacy"
