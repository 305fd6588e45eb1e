"""How often, and how long: short and patient inside the suite, long and to the promise where figures are taken."""

import os

FIGURES_ARE_TAKEN = os.environ.get("ROOM_EVIDENCE") == "1"
PATIENCE = 3.0
"""Inside the suite a machine does other things too; the promise itself is held to by ``make faults``."""


def many(variable: str, short: int) -> int:
    """How often something is done: ``short``, unless the environment says otherwise."""
    return int(os.environ.get(variable, short))


def at_most(promised_s: float) -> float:
    """How many seconds may pass where ``promised_s`` were promised."""
    return promised_s if FIGURES_ARE_TAKEN else promised_s * PATIENCE
