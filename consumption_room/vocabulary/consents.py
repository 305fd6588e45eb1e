"""The closed lists of what people agree to."""

import enum


class ConsentScope(enum.StrEnum):
    """What an agreement is about."""

    HOUSE_RULES = "house-rules"
    DATA = "data"
    TREATMENT_SEES_OWN_USE = "treatment-sees-own-use"
    OWN_USE_SEES_TREATMENT = "own-use-sees-treatment"
    PARTNER = "partner"
    CONTRACT_ATTENDANCE = "contract-attendance"


class ConsentWay(enum.StrEnum):
    """How the person agreed."""

    SPOKEN = "spoken"
    SIGNED = "signed"
    CARD = "card"


class ConsentState(enum.StrEnum):
    """How it stands with an agreement at this moment."""

    NEVER_ASKED = "never-asked"
    LIVE = "live"
    OLD_WORDING = "old-wording"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class ConsentEnding(enum.StrEnum):
    """What ended an agreement before its time."""

    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
