"""How often, and how long: short and patient inside the suite, long and to the promise where figures are taken."""

import os
import time
from collections.abc import Iterator

FIGURES_ARE_TAKEN = os.environ.get("ROOM_EVIDENCE") == "1"
PATIENCE = 3.0
"""Inside the suite a machine does other things too; the promise itself is held to by ``make faults``."""


def many(variable: str, short: int) -> int:
    """How often something is done: ``short``, unless the environment says otherwise."""
    return int(os.environ.get(variable, short))


def rounds(most: int) -> Iterator[int]:
    """Count to ``most`` from 1, and no further once ``ROOM_MINUTES`` are over, where the environment names them."""
    began, minutes = time.monotonic(), float(os.environ.get("ROOM_MINUTES", "inf"))
    for number in range(1, most + 1):
        yield number
        if time.monotonic() - began > minutes * 60:
            return


def at_most(promised_s: float) -> float:
    """How many seconds may pass where ``promised_s`` were promised."""
    return promised_s if FIGURES_ARE_TAKEN else promised_s * PATIENCE
