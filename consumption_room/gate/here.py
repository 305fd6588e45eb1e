"""What every way in needs to know of the present request: the policy, the actor, the moment."""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, g

from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.settings import Settings
from consumption_room.staff.rules import Permission
from consumption_room.vault.keys import Keyring
from consumption_room.wordings import Wordings

NOBODY = Actor(name="Somebody at a screen")


@dataclass(frozen=True)
class Installation:
    """What one application was started with."""

    settings: Settings
    policy: Policy
    phrase_key: bytes
    wordings: Wordings


def installation() -> Installation:
    """What this application was started with."""
    found: Installation = current_app.extensions["room"]
    return found


def policy() -> Policy:
    """The room's numbers and lists."""
    return installation().policy


def phrase_key() -> bytes:
    """The key that recognition phrases are digested with."""
    return installation().phrase_key


def wordings() -> Wordings:
    """The texts that people are asked to agree to."""
    return installation().wordings


def keyring() -> Keyring:
    """The keys of the vault, read from their file when they are needed."""
    return Keyring(installation().settings.vault_key_file)


def actor() -> Actor:
    """Who makes this request, as the gate found out."""
    found: Actor = g.get("actor", NOBODY)
    return found


def may(permission: Permission) -> bool:
    """Whether whoever makes this request may do this."""
    return permission in g.get("permissions", frozenset())


def minutes(elapsed: timedelta) -> int:
    """Whole minutes, as screens show them."""
    return int(elapsed.total_seconds() // 60)
