"""What must stand in a record before it is signed, and what may still be changed after."""

from collections.abc import Collection, Mapping

from consumption_room.errors import RuleBroken
from consumption_room.vocabulary.stock import ItemKind

REQUIRED = ("happened", "substances", "breathing", "consciousness", "causes")
"""What is written by hand; the outcome comes from closing the alarm, the ambulance's times from its timeline."""
AFTER_SIGNING = frozenset({"debriefed_at", "debriefed_by"})
"""The debrief is often held days later."""
RESCUE = (ItemKind.NALOXONE, ItemKind.RESCUE)
"""What is used on somebody during an alarm comes from these shelves."""


class NotComplete(RuleBroken):
    """Something that a record needs is missing."""

    code = "not-complete"


class AlreadySigned(RuleBroken):
    """A signed record is not changed."""

    code = "already-signed"


class NoPerson(RuleBroken):
    """The alarm belongs to nobody with a record."""

    code = "no-person"


def missing(written: Mapping[str, object]) -> list[str]:
    """Which required parts are not written yet, in the order of the page."""
    return [name for name in REQUIRED if not written.get(name)]


def may_sign(left: Collection[str]) -> None:
    """Raise ``NotComplete`` while something is missing."""
    if left:
        raise NotComplete(
            "This record is not complete yet. Please fill in what is missing, then sign.", missing=[*left]
        )


def may_change(signed: bool, names: Collection[str]) -> None:
    """Raise ``AlreadySigned`` when somebody would change what has been signed; a debrief may still be noted."""
    if signed and not AFTER_SIGNING.issuperset(names):
        raise AlreadySigned("This record has been signed and is not changed any more. Add a follow-up instead.")


def may_follow_up(due: object, at_check_in: bool, has_client: bool) -> None:
    """Raise when nobody could ever be reminded of a follow-up."""
    if at_check_in and not has_client:
        raise NoPerson(
            "Nobody with a record was there, so nothing can wait for their next check-in. Give a day instead."
        )
    if due is None and not at_check_in:
        raise NotComplete("Please give a day, or let it wait for the person's next check-in.", missing=["due_on"])
