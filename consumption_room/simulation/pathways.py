"""How a referral goes on after the visit: sent, taken up or not, in steps of days."""

from datetime import datetime, timedelta
from random import Random

from consumption_room.policy.room import Policy
from consumption_room.simulation.chance import choose
from consumption_room.simulation.happenings import Happening, ReferralMoved, Referred
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.referrals import Handover, ReferralState

_SENT_AT_ONCE = 0.9
_WAITLISTED = 0.25


def referral(
    number: int, visit: int, now: datetime, scenario: Scenario, policy: Policy, random: Random
) -> list[Happening]:
    """A referral made now and everything that will come of it, in order."""
    kind = choose(random, scenario.referral_mix)
    partners = [service.code for service in policy.services if service.kind is kind]
    partner = partners[0] if partners else policy.services[0].code
    handover = choose(random, scenario.handovers)
    consent = random.random() < scenario.consents
    steps: list[Happening] = [Referred(now, visit, number, partner, handover, consent)]
    if not consent or random.random() >= _SENT_AT_ONCE:
        return steps
    steps.append(ReferralMoved(now, visit, number, ReferralState.SENT))
    at = now
    for state, reason in _steps(handover, scenario, random):
        at += timedelta(days=1 + int(random.expovariate(1 / scenario.days_between_steps)))
        steps.append(ReferralMoved(at, visit, number, state, reason))
    return steps


def _steps(handover: Handover, scenario: Scenario, random: Random) -> list[tuple[ReferralState, str | None]]:
    if random.random() < scenario.withdraws:
        return [(ReferralState.WITHDRAWN, "The person changed their mind")]
    steps: list[tuple[ReferralState, str | None]] = []
    if handover is not Handover.CARD_ONLY:
        steps.append((ReferralState.RECEIVED, None))
    if random.random() < scenario.attends / (1 - scenario.withdraws):
        waits = random.random() < _WAITLISTED
        return [
            *steps,
            (ReferralState.WAITLISTED if waits else ReferralState.ACCEPTED, None),
            (ReferralState.STARTED, None),
        ]
    if random.random() < 0.3:
        return [*steps, (ReferralState.DECLINED, "No place at present")]
    return [*steps, (ReferralState.LOST, "Did not come to the appointment")]
