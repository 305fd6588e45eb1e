"""The closed lists of the queue: why somebody stands where they stand."""

import enum


class Turn(enum.StrEnum):
    """What gives somebody their place, the strongest first."""

    UNWELL = "unwell"
    DOSE_WINDOW = "dose-window"
    ARRIVAL = "arrival"
    MISSED_CALL = "missed-call"
