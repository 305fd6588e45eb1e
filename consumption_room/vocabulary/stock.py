"""The closed lists of needles, kits and rescue stock."""

import enum


class ItemKind(enum.StrEnum):
    """What a stocked item is, as reports count it."""

    NEEDLE = "needle"
    PARAPHERNALIA = "paraphernalia"
    NALOXONE = "naloxone"
    RESCUE = "rescue"
    OTHER = "other"


class MovementReason(enum.StrEnum):
    """Why stock moved; the sign of a movement follows from it."""

    OPENING = "opening"
    RECEIVED = "received"
    ISSUED = "issued"
    USED = "used"
    COUNTED = "counted"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    REVERSED = "reversed"


class ReturnMethod(enum.StrEnum):
    """How returned sharps were counted."""

    COUNTED = "counted"
    BIN_VOLUME = "bin-volume"
    WEIGHT = "weight"
