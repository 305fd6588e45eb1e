"""What an agreement may hold, how it may go on, and who may say so (Checkpoint: `domain.md` 6.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from consumption_room.errors import FieldsWrong, OutOfOrder, RuleBroken
from consumption_room.policy.room import Policy
from consumption_room.vocabulary.agreements import AgreementKind as Kind
from consumption_room.vocabulary.agreements import AgreementState as State
from consumption_room.vocabulary.agreements import AgreementStep as Step
from consumption_room.vocabulary.agreements import ConditionKind as Condition

RUNNING = frozenset({State.OFFERED, State.ACTIVE, State.EXTENDED, State.IN_REVIEW})
"""Somebody has at most one of each kind in these states."""
CONTRACTS = frozenset({Kind.DIVERSION, Kind.COURSE})

_RUNS_ON = {Step.COMPLETED: State.COMPLETED, Step.WITHDRAWN: State.WITHDRAWN}
_STAYS = frozenset({Step.REVIEWED, Step.CAME, Step.STAYED_AWAY})
MOVES: dict[State, dict[Step, State]] = {
    State.OFFERED: {Step.SIGNED: State.ACTIVE, Step.REFUSED: State.REFUSED, Step.WITHDRAWN: State.WITHDRAWN},
    State.ACTIVE: {
        **dict.fromkeys(_STAYS, State.ACTIVE),
        Step.EXTENDED: State.EXTENDED,
        Step.SENT_FOR_REVIEW: State.IN_REVIEW,
        **_RUNS_ON,
    },
    State.EXTENDED: {
        **dict.fromkeys(_STAYS, State.EXTENDED),
        Step.SENT_FOR_REVIEW: State.IN_REVIEW,
        **_RUNS_ON,
    },
    # What the police decide is written down here, never decided.
    State.IN_REVIEW: {
        Step.CONTINUED: State.ACTIVE,
        Step.BREACHED: State.BREACHED,
        Step.WITHDRAWN: State.WITHDRAWN,
    },
    State.REFUSED: {},
    State.COMPLETED: {},
    State.BREACHED: {},
    State.WITHDRAWN: {},
}
OF_THE_POLICE = frozenset({Step.CONTINUED, Step.BREACHED})
NEEDS_A_REASON = frozenset({Step.EXTENDED, Step.SENT_FOR_REVIEW, Step.WITHDRAWN})
NEVER_IN_TREATMENT = frozenset({Step.SENT_FOR_REVIEW, *OF_THE_POLICE})

ALLOWED_CONDITIONS: dict[Kind, frozenset[Condition]] = {
    Kind.TREATMENT: frozenset({Condition.GOAL, Condition.REDUCTION}),
    Kind.DIVERSION: frozenset(
        {Condition.NO_REOFFENDING, Condition.RESTORATIVE, Condition.PATHWAY, Condition.VOLUNTARY_WORK}
    ),
    Kind.COURSE: frozenset({Condition.NO_REOFFENDING, Condition.COURSE}),
}
LEAST_HOURS, MOST_HOURS = 18, 36
"""Hours of voluntary work that a condition may ask for (Checkpoint)."""


class NothingAgreed(RuleBroken):
    """There is nothing yet that somebody could sign up to."""

    code = "nothing-agreed"


class TooManyConditions(RuleBroken):
    """A contract has no room for a further condition."""

    code = "too-many-conditions"


class NotEligible(RuleBroken):
    """The police have not said that everything holds which a contract needs."""

    code = "not-eligible"


class NotTheirsToSay(RuleBroken):
    """Whoever leads somebody through a contract does not also write down its end."""

    code = "not-theirs-to-say"


class AlreadyRunning(RuleBroken):
    """Somebody has an agreement of this kind already."""

    code = "already-running"


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of an agreement."""

    kind: Kind
    state: State
    was_extended: bool
    conditions: Collection[Condition]


@dataclass(frozen=True)
class Said:
    """A step, and what came with it."""

    step: Step
    reason: str | None
    way: object | None
    decided_by: str | None
    by_key_worker: bool


def goes_on(agreement: Facts, said: Said) -> State:
    """The state this step leads to; raise the first rule that keeps the agreement from going on like this."""
    step = said.step
    moves = MOVES[agreement.state]
    if step not in moves or (agreement.kind is Kind.TREATMENT and step in NEVER_IN_TREATMENT):
        raise OutOfOrder(f"An agreement that is {agreement.state.value} cannot be {step.value}.")
    if step in NEEDS_A_REASON and not said.reason:
        raise FieldsWrong({"reason": ["Please say why, in a few words."]})
    if step is Step.SIGNED:
        _can_be_signed(agreement, said)
    if step in OF_THE_POLICE:
        _was_decided(said)
    if step is Step.CONTINUED and agreement.was_extended:
        return State.EXTENDED
    return moves[step]


def _can_be_signed(agreement: Facts, said: Said) -> None:
    if said.way is None:
        raise FieldsWrong({"way": ["Please say how the person signed."]})
    if not agreement.conditions:
        raise NothingAgreed("Nothing is agreed yet. Please write down a goal first.")


def _was_decided(said: Said) -> None:
    if not said.decided_by:
        raise FieldsWrong({"decided_by": ["Please say who at the police decided."]})
    if said.by_key_worker:
        raise NotTheirsToSay("The navigator does not write down how a review ended. Please ask a colleague.")


def review_is_ahead(day: date | None, today: date, policy: Policy) -> None:
    """Raise unless the next review lies after today, and within the policy's time."""
    if day is None:
        return
    if day <= today:
        raise FieldsWrong({"next_review_on": ["The next review lies ahead. Please choose a later day."]})
    if day > today + policy.review_within:
        raise FieldsWrong({"next_review_on": [f"Please look at it again within {policy.review_within.days} days."]})


def lasts(kind: Kind, starts_on: date, ends_on: date | None, policy: Policy) -> date:
    """The last day of an agreement: as asked, or after the policy's time (contracts: four months); raise if wrong."""
    latest = starts_on + policy.agreement_lasts[kind]
    if ends_on is None:
        return latest
    if not starts_on < ends_on <= latest:
        raise FieldsWrong({"ends_on": [f"It ends after it starts, and by {latest.isoformat()}."]})
    return ends_on


def extended_to(ends_on: date, wanted: date | None, policy: Policy) -> date:
    """The new last day of an extended agreement; raise when it is not later, or too late."""
    latest = ends_on + policy.extension_at_most
    if wanted is None:
        return latest
    if not ends_on < wanted <= latest:
        raise FieldsWrong({"ends_on": [f"It ends later than before, and by {latest.isoformat()}."]})
    return wanted


def all_confirmed(kind: Kind, confirmed: Collection[str], policy: Policy) -> None:
    """Raise ``NotEligible`` unless the police said that each line of the policy holds; it is not looked into here."""
    missing = [] if kind is Kind.TREATMENT else [one.says for one in policy.eligibility if one.code not in confirmed]
    if missing:
        raise NotEligible(f"The police have not confirmed: {'; '.join(missing)}.", missing=missing)


def may_hold(agreement: Facts, kind: Condition, policy: Policy) -> None:
    """Raise the first rule that keeps an agreement from holding one more condition of this kind."""
    if agreement.state not in RUNNING or (agreement.kind in CONTRACTS and agreement.state is not State.OFFERED):
        raise OutOfOrder(
            "What was signed is not changed. A plan with a prescription may still get goals while it runs."
        )
    if kind not in ALLOWED_CONDITIONS[agreement.kind]:
        raise FieldsWrong({"kind": [f"An agreement of this kind ({agreement.kind.value}) holds no such condition."]})
    most = policy.most_conditions if agreement.kind in CONTRACTS else policy.most_goals
    if len(agreement.conditions) >= most:
        raise TooManyConditions(f"An agreement of this kind holds at most {most}.")


def is_whole(kind: Condition, what: str | None, hours: int | None, from_on: date | None, amount: int | None) -> None:
    """Raise unless a condition says what its kind needs: hours of work, or from when how much."""
    wrong: dict[str, list[str]] = {}
    if (kind is Condition.VOLUNTARY_WORK) != (hours is not None):
        wrong["hours"] = [f"Voluntary work, and nothing else, has {LEAST_HOURS} to {MOST_HOURS} hours."]
    if (kind is Condition.REDUCTION) != (from_on is not None and amount is not None):
        wrong["from_on"] = ["A step down, and nothing else, has a day and milligrams a day."]
    if kind in {Condition.GOAL, Condition.PATHWAY, Condition.COURSE, Condition.RESTORATIVE} and not what:
        wrong["what"] = ["Please say what, in the person's own words."]
    if wrong:
        raise FieldsWrong(wrong)
