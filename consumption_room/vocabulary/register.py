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
