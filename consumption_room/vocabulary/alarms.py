"""The closed lists of an alarm: kinds, states, what is done at the scene and how it ends."""

import enum


class AlarmKind(enum.StrEnum):
    """What an alarm is about: each kind has its own priority and ladder (in the policy), sound, outcomes and causes."""

    OVERDOSE = "overdose"
    STIMULANT = "stimulant"
    MEDICAL = "medical"
    AGGRESSION = "aggression"
    TECHNICAL = "technical"
    WELFARE_CHECK = "welfare-check"


class AlarmState(enum.StrEnum):
    """How far the answer to an alarm has come: acknowledged is not on scene, on scene is not closed."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ON_SCENE = "on-scene"
    CLOSED = "closed"


class AlarmAction(enum.StrEnum):
    """What was done during an alarm, one tap each."""

    AIRWAY = "airway"
    OXYGEN = "oxygen"
    NALOXONE = "naloxone"
    BREATHING = "breathing"
    SATURATION = "spo2"
    RESPIRATORY_RATE = "respiratory-rate"
    SEDATION = "sedation"
    AMBULANCE_CALLED = "ambulance-called"
    AMBULANCE_ARRIVED = "ambulance-arrived"
    HANDED_OVER = "handed-over"
    TRANSPORTED = "transported"
    COOLING = "cooling"
    CALM_ROOM = "calm-room"
    FLUIDS = "fluids"
    ECG = "ecg"


class NaloxoneRoute(enum.StrEnum):
    """How naloxone was given."""

    NASAL = "nasal"
    INTRAMUSCULAR = "intramuscular"
    INTRAVENOUS = "intravenous"


class Sedation(enum.StrEnum):
    """The Pasero scale of opioid sedation: S, 1 and 2 are acceptable, 3 and 4 are not."""

    ASLEEP = "s"
    AWAKE = "1"
    SLIGHTLY_DROWSY = "2"
    OFTEN_DROWSY = "3"
    NO_RESPONSE = "4"


class Outcome(enum.StrEnum):
    """How an alarm ended; which of these may end which kind stands in ``alerts.endings``."""

    RECOVERED = "recovered"
    OXYGEN_ONLY = "oxygen-only"
    NALOXONE = "naloxone"
    TO_HOSPITAL = "to-hospital"
    CALMED = "calmed"
    SENT_AWAY = "sent-away"
    POLICE = "police"
    DIED = "died"
    REPAIRED = "repaired"
    WATCHED = "watched"
    WELL = "well"
    NEW_ALARM = "new-alarm"
    FALSE_ALARM = "false-alarm"


class Cause(enum.StrEnum):
    """What staff think contributed; which of these fits which kind stands in ``alerts.endings``."""

    OTHER_SEDATIVES = "other-sedatives"
    ALCOHOL = "alcohol"
    LOWERED_TOLERANCE = "lowered-tolerance"
    STRONGER_BATCH = "stronger-batch"
    LARGER_AMOUNT = "larger-amount"
    STIMULANT_TOXICITY = "stimulant-toxicity"
    ILLNESS = "illness"
    QUARREL = "quarrel"
    REFUSED_SOMETHING = "refused-something"
    FEAR = "fear"
    NO_POWER = "no-power"
    NO_NETWORK = "no-network"
    BROKEN_DEVICE = "broken-device"
    SWITCHED_OFF = "switched-off"
    NOBODY_FREE = "nobody-free"
    NOT_WRITTEN_DOWN = "not-written-down"
    TOOK_LONG = "took-long"
    MISTAKEN_PRESS = "mistaken-press"
    UNKNOWN = "unknown"


class ReceiptStage(enum.StrEnum):
    """How far an alarm has come on one display."""

    RECEIVED = "received"
    SHOWN = "shown"
    SOUNDED = "sounded"


class WaitsFor(enum.StrEnum):
    """What has not happened when a step of an alarm's ladder is taken."""

    ANSWER = "answer"
    ARRIVAL = "arrival"
