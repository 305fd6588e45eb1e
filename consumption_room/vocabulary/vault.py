"""The closed lists of the identity vault."""

import enum


class VaultReason(enum.StrEnum):
    """Why somebody looks at who a person really is; a free text could name them."""

    AT_THE_DOSE = "at-the-dose"
    PRESCRIPTION = "prescription"
    REFERRAL = "referral"
    CORRECTION = "correction"
    PERSON_ASKS = "person-asks"
    LEGAL_DEMAND = "legal-demand"
