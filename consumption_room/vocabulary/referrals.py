"""The closed lists of partners and referrals."""

import enum


class ServiceKind(enum.StrEnum):
    """What a partner offers."""

    HOUSING = "housing"
    TREATMENT = "treatment"
    BLOOD_BORNE_VIRUS = "blood-borne-virus"
    SEXUAL_HEALTH = "sexual-health"
    WOUND_CARE = "wound-care"
    MENTAL_HEALTH = "mental-health"
    MONEY_ADVICE = "money-advice"
    EMPLOYMENT = "employment"
    OTHER = "other"


class Handover(enum.StrEnum):
    """How the person was handed over: contact with a named worker beats a leaflet."""

    ESCORTED = "escorted"
    PHONED_TOGETHER = "phoned-together"
    APPOINTMENT = "appointment"
    CARD_ONLY = "card-only"


class ReferralState(enum.StrEnum):
    """How far a referral has come; sent is never success."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    STARTED = "started"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LOST = "lost"
