"""Which kinds of agreement a member of staff may see: that somebody has a contract is nobody's business in the room."""

from collections.abc import Callable

from consumption_room.agreements.rules import CONTRACTS
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.agreements import AgreementKind


def kinds(may: Callable[[Permission], bool]) -> list[AgreementKind]:
    """The kinds open to whoever has these permissions, in the order of the list."""
    open_kinds = {AgreementKind.TREATMENT} if may(Permission.KEEP_AGREEMENTS) else set()
    if may(Permission.KEEP_CONTRACTS):
        open_kinds |= CONTRACTS
    return [kind for kind in AgreementKind if kind in open_kinds]
