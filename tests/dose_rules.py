"""The truth table of the pre-check and the fates of a dose, written into the documentation from the same data."""

import tomllib
from pathlib import Path
from typing import Any

from consumption_room import settings
from consumption_room.doses.fates import FATES
from consumption_room.doses.precheck import Measured
from consumption_room.doses.rules import Limits
from consumption_room.policy import room as policy
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import DeclaredUse, Limit
from consumption_room.vocabulary.labels import label

TABLE = tomllib.loads(Path(__file__).with_name("dose_rules.toml").read_text())
PAGE = settings.ROOT / "docs" / "dose-rules.md"
CASES: list[dict[str, Any]] = TABLE["case"]
BEGINNING = """# What the room does with a prescribed dose

Written by `make dose-rules` from `tests/dose_rules.toml`, `config/policy.toml` and the code; a test keeps them equal.
The numbers are those a room begins with. **They are to be confirmed by a doctor**, who signs the room's own at
`/doses/limits`; from then on only what was signed counts. The gravest finding decides, and every finding is said.
"""


def numbers() -> Policy:
    """The policy that a new room begins with."""
    given = settings.load({})
    return policy.load(given.policy_file, given.zone)


def unsigned() -> Limits:
    """The limits that a new room begins with."""
    return Limits(1, None, numbers().clinical_limits)


def measured(case: dict[str, Any]) -> Measured:
    """What was found in a case of the table; an empty text is what nobody measured."""
    found = {name: value if value != "" else None for name, value in (TABLE["usual"] | case).items()}
    return Measured(
        sedation=Sedation(found["sedation"]) if found["sedation"] is not None else None,
        breaths=found["breaths"],
        saturation=found["saturation"],
        alcohol=found["alcohol"],
        systolic=found["systolic"],
        own_use=DeclaredUse(found["own_use"]),
        own_use_hours=found.get("own_use_hours"),
    )


def page() -> str:
    """The whole page."""
    limits = unsigned()
    lines = [BEGINNING, "## Before a dose", "", "| The person | The room says | Because of |", "|---|---|---|"]
    for case in CASES:
        why = ", ".join(word.replace("-", " ") for word in case.get("why", []))
        lines.append(f"| {case['found']} | **{case['advice']}** | {why or '–'} |")
    lines += ["", "## What an outcome means", "", "| Outcome | For the person | For the register |", "|---|---|---|"]
    lines += [f"| {label(outcome)} | {fate.clinical} | {fate.stock} |" for outcome, fate in FATES.items()]
    lines += ["", "## The numbers a room begins with", "", "| Limit | Number |", "|---|---|"]
    lines += [f"| {label(limit)} | {limits[limit]} |" for limit in Limit]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
