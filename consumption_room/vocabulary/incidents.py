"""The closed lists of an incident record and the tasks it leaves."""

import enum


class Breathing(enum.StrEnum):
    """How the person breathed when help came."""

    NORMAL = "normal"
    SLOW = "slow"
    SNORING = "snoring"
    NONE = "none"
    UNKNOWN = "unknown"


class Consciousness(enum.StrEnum):
    """What the person answered to when help came: alert, voice, pain, or nothing."""

    ALERT = "alert"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"
    UNKNOWN = "unknown"


class TaskState(enum.StrEnum):
    """Whether a follow-up has been done."""

    OPEN = "open"
    DONE = "done"


class PartOfDay(enum.StrEnum):
    """Which part of the room's day a moment lies in, as response times are told apart."""

    EARLY = "early"
    LATE = "late"
    NIGHT = "night"
