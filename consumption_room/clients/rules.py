"""How aliases are compared and recognition phrases are kept."""

import hashlib
import hmac
import unicodedata
from datetime import date

from consumption_room.errors import FieldsWrong
from consumption_room.vocabulary.people import AgeBand

FORGOTTEN = "–"
"""What a person is called once they are forgotten; nobody can search for it."""


def folded(alias: str) -> str:
    """An alias as it is compared: without case, accents, or more than one space."""
    plain = unicodedata.normalize("NFKD", alias.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def phrase_digest(phrase: str, key: bytes) -> str:
    """What is kept of a recognition phrase: a keyed digest, so that the phrase itself cannot be read back."""
    return hmac.new(key, folded(phrase).encode(), hashlib.sha256).hexdigest()


def age_band(birth_year: int | None, said: AgeBand | None, today: date) -> AgeBand | None:
    """The band that somebody's age lies in: as they said it, or from the year they were born in."""
    if birth_year is None:
        return said
    age = today.year - birth_year
    bands = ((25, AgeBand.UNDER_25), (30, AgeBand.UNDER_30), (40, AgeBand.UNDER_40), (50, AgeBand.UNDER_50))
    return next((band for below, band in bands if age < below), AgeBand.OVER_50)


def looks_like_a_code(text: str) -> bool:
    """Whether somebody typed or scanned a client's code and not an alias."""
    return "-" in text and len(text) == 9 and text.replace("-", "").isalnum()


def spoken_code(letters: str) -> str:
    """Eight letters and digits as people read them: four, a dash, four."""
    return f"{letters[:4]}-{letters[4:8]}"


def one_age(birth_year: int | None, age_band: object | None) -> None:
    """Raise when both a birth year and an age band are given: they could disagree."""
    if birth_year is not None and age_band is not None:
        raise FieldsWrong({"age_band": ["Please give a birth year or an age band, not both."]})
