"""The closed lists of agreements: a plan in return for a prescription, and a contract instead of a court."""

import enum


class AgreementKind(enum.StrEnum):
    """What stands behind the plan."""

    TREATMENT = "treatment"
    DIVERSION = "diversion"
    COURSE = "course"


class AgreementState(enum.StrEnum):
    """How far it has come. A breach is decided by the police, never here (Durham's Checkpoint)."""

    OFFERED = "offered"
    REFUSED = "refused"
    ACTIVE = "active"
    EXTENDED = "extended"
    IN_REVIEW = "in-review"
    COMPLETED = "completed"
    BREACHED = "breached"
    WITHDRAWN = "withdrawn"


class AgreementStep(enum.StrEnum):
    """What can happen to an agreement."""

    SIGNED = "signed"
    REFUSED = "refused"
    REVIEWED = "reviewed"
    CAME = "came"
    STAYED_AWAY = "stayed-away"
    EXTENDED = "extended"
    SENT_FOR_REVIEW = "sent-for-review"
    CONTINUED = "continued"
    BREACHED = "breached"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class ConditionKind(enum.StrEnum):
    """What somebody signs up to."""

    GOAL = "goal"
    REDUCTION = "reduction"
    NO_REOFFENDING = "no-reoffending"
    RESTORATIVE = "restorative"
    PATHWAY = "pathway"
    VOLUNTARY_WORK = "voluntary-work"
    COURSE = "course"


class Pathway(enum.StrEnum):
    """The nine pathways out of offending that needs are looked at by."""

    ALCOHOL = "alcohol"
    DRUGS = "drugs"
    HOUSING = "housing"
    MENTAL_HEALTH = "mental-health"
    SEXUAL_EXPLOITATION = "sexual-exploitation"
    PHYSICAL_HEALTH = "physical-health"
    FINANCES = "finances"
    EMPLOYMENT = "employment"
    RELATIONSHIPS = "relationships"
