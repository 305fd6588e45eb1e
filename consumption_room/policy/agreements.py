"""What people agree to and sign up to, and for how long they are held to it."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist
from consumption_room.vocabulary.agreements import AgreementKind
from consumption_room.vocabulary.consents import ConsentScope

MOST_WRITTEN = 20
"""The database counts the conditions of a plan up to this."""

LONGEST_CONSENT = timedelta(days=731)
"""Nobody is held to something for longer than two years without being asked again."""


@dataclass(frozen=True)
class EligibilityLine:
    """One thing that the police confirm before a contract is offered."""

    code: str
    says: str


@dataclass(frozen=True)
class Agreements:
    """Consents, and the plans that go with a prescription or stand in for a court."""

    asked_at_check_in: tuple[ConsentScope, ...]
    consent_lasts: dict[ConsentScope, timedelta]
    review_within: timedelta
    review_soon: timedelta
    extension_at_most: timedelta
    agreement_lasts: dict[AgreementKind, timedelta]
    most_conditions: int
    most_goals: int
    eligibility: tuple[EligibilityLine, ...]


def read(found: Found) -> Agreements:
    """Consents and plans as the file says them; every scope and every kind has an end."""
    consents, plans = found["consents"], found["agreements"]
    return Agreements(
        asked_at_check_in=tuple(ConsentScope(scope) for scope in consents["asked_at_check_in"]),
        consent_lasts={scope: timedelta(days=consents["lasts_days"][scope.value]) for scope in ConsentScope},
        review_within=timedelta(days=plans["review_within_days"]),
        review_soon=timedelta(days=plans["review_soon_days"]),
        extension_at_most=timedelta(days=plans["extension_at_most_days"]),
        agreement_lasts={kind: timedelta(days=plans["lasts_days"][kind.value]) for kind in AgreementKind},
        most_conditions=plans["most_conditions"],
        most_goals=plans["most_goals"],
        eligibility=tuple(EligibilityLine(line["code"], line["says"]) for line in plans["eligibility"]),
    )


def check(policy: Agreements, insist: Insist) -> None:
    """Insist that everything people are held to ends, and is not more than they can keep."""
    insist(
        all(timedelta(0) < lasts <= LONGEST_CONSENT for lasts in policy.consent_lasts.values()),
        "an agreement holds for a day to two years.",
    )
    insist(
        0 < policy.most_conditions <= MOST_WRITTEN and 0 < policy.most_goals <= MOST_WRITTEN,
        "a plan holds 1 to 20 conditions or goals.",
    )
    insist(
        all(timedelta(0) < time for time in (*policy.agreement_lasts.values(), policy.review_within)),
        "plans last some days, and are looked at again.",
    )
