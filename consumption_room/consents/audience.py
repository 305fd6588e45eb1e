"""Which agreements a member of staff may see: one across the wall already says that somebody is in treatment."""

from collections.abc import Callable

from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.consents import ConsentScope

OPEN_TO: dict[ConsentScope, Permission] = {
    ConsentScope.HOUSE_RULES: Permission.TAKE_CONSENT,
    ConsentScope.DATA: Permission.TAKE_CONSENT,
    ConsentScope.TREATMENT_SEES_OWN_USE: Permission.SEE_TREATMENT,
    ConsentScope.OWN_USE_SEES_TREATMENT: Permission.SEE_TREATMENT,
    ConsentScope.PARTNER: Permission.REFER,
    ConsentScope.CONTRACT_ATTENDANCE: Permission.KEEP_CONTRACTS,
}


def scopes(may: Callable[[Permission], bool]) -> list[ConsentScope]:
    """The scopes that whoever has these permissions may see and note, in the order of the list."""
    return [scope for scope, permission in OPEN_TO.items() if may(permission)]
