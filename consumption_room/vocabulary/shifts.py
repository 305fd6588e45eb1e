"""The closed lists of opening the room."""

import enum


class OpeningCheck(enum.StrEnum):
    """What is looked at before the room opens; some of it the room sees for itself, some only a person can see."""

    NALOXONE = "naloxone"
    RESCUE_STOCK = "rescue-stock"
    OXYGEN = "oxygen"
    ALARM_PATH = "alarm-path"
    ALARM_SOUND = "alarm-sound"
    DISPLAYS = "displays"
    NURSE = "nurse"
    SHARPS_BINS = "sharps-bins"
    CLOCK = "clock"


class Override(enum.StrEnum):
    """Which rule somebody set aside, by name and with a reason."""

    OPENING_CHECK = "opening-check"
    NO_DISPLAY = "no-display"
    TOO_FEW_STAFF = "too-few-staff"
