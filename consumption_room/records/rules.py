"""When two records may be brought together, and until when that is undone."""

from calendar import monthrange
from datetime import date, datetime

from consumption_room.errors import OutOfOrder, RuleBroken
from consumption_room.policy.room import Policy


class OneRecord(RuleBroken):
    """Both codes lead to the same record."""

    code = "one-record"


class BothInside(RuleBroken):
    """Both records have an open visit: they may well be two people."""

    code = "both-inside"


class IdentitySealed(RuleBroken):
    """The record that would lead elsewhere has a real name in the vault, sealed to its own code."""

    code = "identity-sealed"


class Treated(RuleBroken):
    """The record that would lead elsewhere has prescriptions or doses, which are signed and stay where they are."""

    code = "treated"


class TooLate(RuleBroken):
    """What could be undone for some hours is as it is now."""

    code = "too-late"


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def may_merge(survivor: str, merged: str, both_inside: bool, sealed: bool, treated: bool) -> None:
    """Raise when two records (by code) are one already, their people are both in the room, or a name would be lost.

    ``sealed``: the merged record has an identity in the vault; ``treated``: it has prescriptions or doses, and a dose
    that is counted under another record is a dose given twice.
    """
    if survivor == merged:
        raise OneRecord("These two codes lead to one and the same record.")
    if both_inside:
        raise BothInside("Both records have an open visit. End one of them first, if it really is one person.")
    if sealed:
        raise IdentitySealed("The other record has a real name in the vault. Let that record be the one that stays.")
    if treated:
        raise Treated("The other record has a prescribed treatment. Let that record be the one that stays.")


def may_undo(at: datetime, survivor_merged: bool, policy: Policy, now: datetime) -> None:
    """Raise ``TooLate`` after the policy's hours, and ``OutOfOrder`` when a later merge stands on this one."""
    if now - at > policy.merge_undone_within:
        hours = int(policy.merge_undone_within.total_seconds() // 3600)
        raise TooLate(f"Records that were brought together can be parted for {hours} hours; those are over.")
    if survivor_merged:
        raise OutOfOrder("The record that stayed was itself brought together with another. Part those first.")
