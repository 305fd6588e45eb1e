"""When an agreement counts, when somebody is asked again, and the wall of law between own use and treatment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from consumption_room.errors import FieldsWrong, RuleBroken
from consumption_room.vocabulary.consents import ConsentEnding, ConsentScope, ConsentState

ACROSS_THE_WALL = frozenset({ConsentScope.TREATMENT_SEES_OWN_USE, ConsentScope.OWN_USE_SEES_TREATMENT})
"""Own-drug use and prescribed treatment are two worlds in law (`domain.md` 2.3); these join them, for one person."""


class OldWording(RuleBroken):
    """The person was shown another version of the text than the one that is asked now."""

    code = "old-wording"


class AlreadyNoted(RuleBroken):
    """Somebody else has noted this agreement at the same moment."""

    code = "already-noted"


class NotAgreed(RuleBroken):
    """The person has not agreed, or no longer agrees, that this is seen."""

    code = "no-consent"


@dataclass(frozen=True)
class Agreed:
    """What a rule needs to know of one agreement."""

    scope: ConsentScope
    version: int
    given_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = None
    ending: ConsentEnding | None = None


def is_live(agreed: Agreed, now: datetime) -> bool:
    """Whether this agreement counts at this moment: given, not ended by anybody, not run out."""
    return agreed.given_at <= now and agreed.ended_at is None and (agreed.expires_at is None or now < agreed.expires_at)


def may_see(agreements: Iterable[Agreed], scope: ConsentScope, now: datetime) -> bool:
    """The wall of law: whether one side may see the other now. Only with a live agreement to just this, with an end."""
    return any(one.scope is scope and one.expires_at is not None and is_live(one, now) for one in agreements)


def state(agreed: Agreed | None, newest: int, now: datetime) -> ConsentState:
    """How it stands with the last agreement of a scope; an agreement to an older text counts until its time is over."""
    if agreed is None:
        return ConsentState.NEVER_ASKED
    if agreed.ending is not None:
        return ConsentState(agreed.ending.value)
    if not is_live(agreed, now):
        return ConsentState.EXPIRED
    return ConsentState.LIVE if agreed.version >= newest else ConsentState.OLD_WORDING


def to_ask(
    asked: Collection[ConsentScope],
    last: Mapping[ConsentScope, Agreed],
    newest: Mapping[ConsentScope, int],
    now: datetime,
) -> list[ConsentScope]:
    """What this person is to be asked at the door, in the order of the policy."""
    return [scope for scope in asked if state(last.get(scope), newest[scope], now) is not ConsentState.LIVE]


def must_be_the_newest(shown: int | None, newest: int) -> None:
    """Raise ``OldWording`` when another text was shown than the one that counts now."""
    if shown is not None and shown != newest:
        raise OldWording("The text has changed since this page was opened. Please read out the new one.")


def names_whom(scope: ConsentScope, whom: str) -> None:
    """Raise when a partner is to be told and nobody says which, or when nobody outside is told."""
    if scope is ConsentScope.PARTNER and not whom:
        raise FieldsWrong({"whom": ["Please say which partner may be told."]})
    if scope is not ConsentScope.PARTNER and whom:
        raise FieldsWrong({"whom": ["Only an agreement about a partner says who is told."]})


def ends(wanted: datetime | None, lasts: timedelta, now: datetime) -> datetime:
    """When an agreement runs out: as the person wants it, at the latest after the policy's time; never in the past."""
    latest = now + lasts
    if wanted is None:
        return latest
    if wanted <= now:
        raise FieldsWrong({"expires_on": ["This day is over. Please choose a later one."]})
    return min(wanted, latest)
