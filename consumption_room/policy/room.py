"""The whole policy, one part of the room beside another: read, and checked at the start."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from consumption_room.errors import Unsafe
from consumption_room.policy import (
    agreements,
    alarms,
    arrivals,
    catalogue,
    doses,
    duty,
    equipment,
    keeping,
    premises,
    stays,
)
from consumption_room.policy.reading import Found


@dataclass(frozen=True)
class Policy(
    premises.Premises,
    arrivals.Arrivals,
    stays.Stays,
    alarms.Alarms,
    equipment.Equipment,
    duty.Duty,
    keeping.Keeping,
    agreements.Agreements,
    doses.Doses,
    catalogue.Catalogue,
):
    """Everything the room's rules need to know that is not in the database."""


def load(path: Path, timezone: ZoneInfo) -> Policy:
    """Read and check the policy file; raise ``Unsafe`` with a sentence that names the line to change."""
    try:
        policy = _read(tomllib.loads(path.read_text()), timezone)
    except KeyError as missing:
        raise Unsafe(f"{path.name} lacks {missing}.") from missing
    except (ValueError, TypeError) as trouble:
        raise Unsafe(f"{path.name} cannot be read: {trouble}.") from trouble
    _check(policy, path.name)
    return policy


def _read(found: Found, timezone: ZoneInfo) -> Policy:
    return Policy(
        **vars(premises.read(found, timezone)),
        **vars(arrivals.read(found)),
        **vars(stays.read(found)),
        **vars(alarms.read(found)),
        **vars(equipment.read(found)),
        **vars(duty.read(found)),
        **vars(keeping.read(found)),
        **vars(agreements.read(found)),
        **vars(doses.read(found)),
        **vars(catalogue.read(found)),
    )


def _check(policy: Policy, name: str) -> None:
    def insist(holds: bool, sentence: str) -> None:
        if not holds:
            raise Unsafe(f"{name}: {sentence}")

    for part in (premises, arrivals, stays, alarms, equipment, duty, keeping, agreements, doses, catalogue):
        part.check(policy, insist)
