"""What may be kept in the vault, and who may look."""

import unicodedata
from datetime import date

from consumption_room.errors import FieldsWrong, RuleBroken

OLDEST = 120


class VaultShut(RuleBroken):
    """The key that opens this is not where it should be."""

    code = "vault-shut"


class NeedsAPerson(RuleBroken):
    """The vault opens for a person who has signed in, never for a program or a display."""

    code = "needs-a-person"


class NothingKept(RuleBroken):
    """Nobody's real name is kept here, or it was erased."""

    code = "nothing-kept"


def opens_for(staff: str | None) -> None:
    """Raise unless somebody looks in their own name: every look has to be answered for."""
    if staff is None:
        raise NeedsAPerson("The vault opens only for a person who has signed in.")


def born_on(day: date, today: date) -> None:
    """Raise when nobody can be born on this day who is of age and alive (18 or over: Danish act section 3 b)."""
    if not today.year - OLDEST <= day.year or _years(day, today) < 18:
        raise FieldsWrong({"birth_date": ["This birth date cannot be right: people here are 18 or over."]})


def plain(name: str) -> str:
    """A name in one spelling of its letters, whichever keyboard it came from."""
    return unicodedata.normalize("NFC", name)


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
