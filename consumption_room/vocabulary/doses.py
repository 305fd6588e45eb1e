"""The closed lists of prescribed doses: windows, states, outcomes, what was found before a dose, and the limits."""

import enum


class DoseWindow(enum.StrEnum):
    """The part of the day that a dose belongs to; its times stand in the policy, or in the prescription."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class DoseRoute(enum.StrEnum):
    """How a prescribed dose is taken."""

    INTRAVENOUS = "intravenous"
    INTRAMUSCULAR = "intramuscular"
    ORAL = "oral"
    NASAL = "nasal"


class Supervision(enum.StrEnum):
    """How a dose is watched over: it must not be assumed, and is prescribed."""

    WATCHED = "watched"
    GIVEN_BY_NURSE = "given-by-nurse"


class DoseState(enum.StrEnum):
    """How far a dose has come; only the table in ``doses.rules`` says what may follow what."""

    EXPECTED = "expected"
    PRE_CHECK = "pre-check"
    HELD = "held"
    REFERRED = "referred"
    PREPARED = "prepared"
    HANDED_OVER = "handed-over"
    TAKEN = "taken"
    RETURNED = "returned"
    OBSERVING = "observing"
    DISCHARGED = "discharged"
    ADVERSE_EVENT = "adverse-event"
    MISSED = "missed"
    ABSENT = "absent"
    REFUSED = "refused"
    WITHHELD = "withheld"
    ELSEWHERE = "elsewhere"
    SPILLED = "spilled"
    REVERSED = "reversed"


class DoseOutcome(enum.StrEnum):
    """What became of a dose; everything but ``given`` needs a reason, and ``missed`` is set by the server alone."""

    GIVEN = "given"
    PART_GIVEN = "part-given"
    NO_VEIN = "no-vein"
    REFUSED = "refused"
    HELD = "held"
    WITHHELD = "withheld"
    ABSENT = "absent"
    VOMITED = "vomited"
    SPILLED = "spilled"
    MISSED = "missed"


class Advice(enum.StrEnum):
    """What the pre-check comes to, the mildest first."""

    GIVE = "give"
    REDUCE = "reduce"
    HOLD = "hold"
    REFER = "refer"


class DeclaredUse(enum.StrEnum):
    """What somebody says they took today besides their dose: asked here, never looked up in the room's visits."""

    NOTHING = "nothing"
    OPIOID = "opioid"
    SEDATIVE = "sedative"
    STIMULANT = "stimulant"
    NOT_SAID = "not-said"


class Why(enum.StrEnum):
    """Why a pre-check comes to more than ``give``; the words are in ``labels``."""

    SEDATION = "sedation"
    BREATHS = "breaths"
    SATURATION = "saturation"
    ALCOHOL = "alcohol"
    PRESSURE_LOW = "pressure-low"
    PRESSURE_HIGH = "pressure-high"
    OWN_USE = "own-use"
    OWN_USE_NOT_SAID = "own-use-not-said"
    NOT_MEASURED = "not-measured"
    MISSED_DOSES = "missed-doses"


class HoldLevel(enum.StrEnum):
    """Who may let a held prescription go on."""

    NURSE = "nurse"
    PRESCRIBER = "prescriber"


class HoldCause(enum.StrEnum):
    """Why a prescription is held; what somebody wrote stands beside it."""

    BY_HAND = "by-hand"
    MISSED_DOSES = "missed-doses"
    EMERGENCY = "emergency"


class PrescriptionState(enum.StrEnum):
    """Whether doses of a prescription are due."""

    ACTIVE = "active"
    HELD = "held"
    STOPPED = "stopped"


class Limit(enum.StrEnum):
    """Every clinical number; none stands in the code. The unit is the last word of the name."""

    SINGLE_MAXIMUM = "single_maximum_mg"
    DAILY_MAXIMUM = "daily_maximum_mg"
    MINIMUM_GAP = "minimum_gap_minutes"
    OBSERVATION = "observation_minutes"
    ALCOHOL_REDUCE = "alcohol_reduce_from_hundredths_permille"
    ALCOHOL_HOLD = "alcohol_hold_from_hundredths_permille"
    SEDATION_HOLD = "sedation_hold_from_score"
    SEDATION_REFER = "sedation_refer_from_score"
    BREATHS_HOLD = "breaths_hold_below_a_minute"
    BREATHS_REFER = "breaths_refer_below_a_minute"
    SATURATION_HOLD = "saturation_hold_below_percent"
    SATURATION_REFER = "saturation_refer_below_percent"
    SYSTOLIC_HOLD = "systolic_hold_below_mmhg"
    SYSTOLIC_REFER = "systolic_refer_from_mmhg"
    OWN_USE_HOLD = "own_use_hold_within_hours"
    OWN_USE_REDUCE = "own_use_reduce_within_hours"
    REDUCE_TO = "reduce_to_percent"
    RETYPE_BEYOND = "retype_beyond_percent"
    VEIN_ATTEMPTS = "vein_attempts"
    MISSED_WARNING = "missed_warning_doses"
    MISSED_REDUCE = "missed_nurse_review_doses"
    MISSED_RETITRATE = "missed_prescriber_review_doses"
