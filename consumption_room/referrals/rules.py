"""How a referral may go on, and what must be there before it leaves the room."""

from consumption_room.errors import OutOfOrder, RuleBroken
from consumption_room.vocabulary.referrals import ReferralState as State

_ENDS = frozenset({State.WITHDRAWN, State.LOST})
ALLOWED: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SENT, State.WITHDRAWN}),
    State.SENT: frozenset({State.RECEIVED, State.ACCEPTED, State.WAITLISTED, State.DECLINED}) | _ENDS,
    State.RECEIVED: frozenset({State.ACCEPTED, State.WAITLISTED, State.DECLINED}) | _ENDS,
    State.WAITLISTED: frozenset({State.ACCEPTED, State.STARTED, State.DECLINED}) | _ENDS,
    State.ACCEPTED: frozenset({State.STARTED, State.DECLINED}) | _ENDS,
    State.STARTED: frozenset({State.COMPLETED}) | _ENDS,
    State.COMPLETED: frozenset(),
    State.DECLINED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.LOST: frozenset(),
}
NEEDS_A_REASON = frozenset({State.DECLINED, State.WITHDRAWN, State.LOST})


class NoConsent(RuleBroken):
    """The person has not agreed that anything is shared."""

    code = "no-consent"


class NeedsAReason(RuleBroken):
    """This step is only taken with a reason."""

    code = "needs-a-reason"


def may_become(old: State, new: State, consent: bool, reason: str | None) -> None:
    """Raise the first rule that keeps a referral from going on like this."""
    if new not in ALLOWED[old]:
        raise OutOfOrder(f"A referral that is {old.value} cannot become {new.value}.")
    if new is State.SENT and not consent:
        raise NoConsent("The person has not agreed to this referral, so nothing can be sent. It stays a draft.")
    if new in NEEDS_A_REASON and not reason:
        raise NeedsAReason(f"Please say why the referral is {new.value}.")
