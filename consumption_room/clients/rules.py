"""How aliases are compared, how phrases are kept, and what may be closed to somebody who comes."""

import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from consumption_room.errors import FieldsWrong, RuleBroken, TooManyTries
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.people import AgeBand
from consumption_room.vocabulary.records import BarReason, BarScope
from consumption_room.vocabulary.visits import Purpose

ALWAYS_OPEN = frozenset({Purpose.NEEDLES})
"""What no bar closes. Emergency help asks for nobody's record and is open to everybody."""
CLOSES: dict[BarScope, frozenset[Purpose]] = {
    BarScope.OWN_DRUG_USE: frozenset({Purpose.CONSUME}),
    BarScope.WHOLE_BUILDING: frozenset(Purpose) - ALWAYS_OPEN,
}
_CLOSED = {
    BarScope.OWN_DRUG_USE: ("Using own drugs here", "Needle exchange, emergency help and everything else stay open."),
    BarScope.WHOLE_BUILDING: ("The building", "Needle exchange and emergency help stay open."),
}


class Barred(RuleBroken):
    """What somebody came for is closed to them for a time."""

    code = "barred"


class FlagsUnseen(RuleBroken):
    """There is something on the record that must be seen before the person is let in."""

    code = "flags-unseen"


class Standing(NamedTuple):
    """A bar that stands now: what it closes, why, until when, and when it is looked at again."""

    code: str
    reason: BarReason
    scope: BarScope
    ends_at: datetime
    review_on: date


FORGOTTEN = "–"
"""What a person is called once they are forgotten; nobody can search for it."""


def folded(alias: str) -> str:
    """An alias as it is compared: without case, accents, or more than one space."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", alias).casefold()).casefold()
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


def as_code(text: str) -> str:
    """What somebody typed or scanned, as the code it would be: without case, and with its dash."""
    letters = bare(text)
    return spoken_code(letters) if len(letters) == 8 else text.strip().lower()


def bare(code: str) -> str:
    """The letters and figures of a code, or of a part of one."""
    return "".join(character for character in code.lower() if character.isalnum())


def some_letters(said: str) -> str:
    """The letters of a code that somebody remembers; raise ``FieldsWrong`` when they are fewer than three."""
    letters = bare(said)
    if len(letters) < 3:
        raise FieldsWrong({"letters": ["Please give three letters or figures of the code, or more, in a row."]})
    return letters


def two_things(said: Iterable[object | None]) -> int:
    """How many things somebody knew of their record; raise ``FieldsWrong`` when it is fewer than two."""
    things = sum(thing is not None for thing in said)
    if things < 2:
        raise FieldsWrong({"alias": ["Please give at least two things: alias, letters of the code, year, phrase."]})
    return things


def may_recover(tries: int, policy: Policy) -> None:
    """Raise ``TooManyTries`` when a station has asked for lost codes so often that somebody may be guessing."""
    if tries >= policy.recovery_tries:
        minutes = int(policy.recovery_within.total_seconds() // 60)
        raise TooManyTries(
            f"Lost codes were asked for too often here. Please wait {minutes} minutes; alarms still work."
        )


def spoken_code(letters: str) -> str:
    """Eight letters and digits as people read them: four, a dash, four."""
    return f"{letters[:4]}-{letters[4:8]}"


def one_age(birth_year: int | None, age_band: object | None) -> None:
    """Raise when both a birth year and an age band are given: they could disagree."""
    if birth_year is not None and age_band is not None:
        raise FieldsWrong({"age_band": ["Please give a birth year or an age band, not both."]})


def not_closed(purposes: Collection[Purpose], standing: Iterable[Standing], policy: Policy) -> None:
    """Raise ``Barred`` when something that somebody came for is closed to them; the bar that lasts longest is named.

    What stays open is a recommendation of the field: a bar never costs anybody clean needles or help.
    """
    closing = [bar for bar in standing if not CLOSES[bar.scope].isdisjoint(purposes)]
    if not closing:
        return
    bar = max(closing, key=lambda one: one.ends_at)
    closed = frozenset[Purpose]().union(*(CLOSES[one.scope] for one in closing))
    what, stays_open = _CLOSED[bar.scope]
    until = bar.ends_at.astimezone(policy.timezone)
    raise Barred(
        f"{what} is closed to this person until {until.day} {until:%B %Y, %H:%M}. {stays_open} "
        "A nurse or a manager can be asked about it.",
        bar=bar.code,
        reason=bar.reason.value,
        scope=bar.scope.value,
        until=bar.ends_at.isoformat(timespec="seconds"),
        review_on=bar.review_on.isoformat(),
        open=[purpose.value for purpose in Purpose if purpose not in closed],
    )


def all_seen(high: Collection[str], seen: Collection[str]) -> None:
    """Raise ``FlagsUnseen`` when a flag of high priority (by code) has not been seen by whoever lets the person in."""
    unseen = [code for code in high if code not in seen]
    if unseen:
        raise FlagsUnseen(
            "There is something on this person's record to be read first. Read it, and say that you have seen it.",
            flags=unseen,
        )


def flag_ends(expires_on: date | None, today: date, policy: Policy) -> date:
    """The last day of a flag: as said, or the policy's number of days from today; raise when it is over already."""
    if expires_on is None:
        return today + policy.flag_lasts
    if expires_on < today:
        raise FieldsWrong({"expires_on": ["This day is over. A flag is shown until the end of its last day."]})
    return expires_on


def bar_is_whole(starts_at: datetime, ends_at: datetime, review_on: date, policy: Policy, now: datetime) -> None:
    """Raise ``FieldsWrong`` when a bar would never stand, or would be looked at again only when it is over."""
    if ends_at <= max(starts_at, now):
        raise FieldsWrong({"ends_at": ["A bar ends after it starts, and not in the past."]})
    if not policy.service_day(starts_at) <= review_on <= policy.service_day(ends_at):
        raise FieldsWrong({"review_on": ["A bar is looked at again between its first and its last day."]})
