"""What the answers of a screening mean: which concerns there are, and what they lead to."""

from collections.abc import Mapping
from typing import Any

from consumption_room.policy.room import Policy
from consumption_room.vocabulary.screening import Concern, LeadsTo, Sign
from consumption_room.vocabulary.visits import LastUse, Otherwise

_STRENGTH = tuple(LeadsTo)
_OF_SIGNS = {
    Sign.INTOXICATED: Concern.INTOXICATED,
    Sign.UNWELL: Concern.UNWELL,
    Sign.PREGNANT: Concern.PREGNANT,
    Sign.FIRST_TIME: Concern.FIRST_TIME,
    Sign.SEDATIVES: Concern.SEDATIVES,
}


def concerns(answers: Mapping[str, Any] | None) -> tuple[Concern, ...]:
    """What the answers give reason to think of, the most serious first; nothing when nobody asked.

    A break of more than a week lowers tolerance, and sedatives and alcohol add to an opioid: Sydney's injecting centre
    gives the one in 31 to 41 % of its overdoses and the other in 65 to 69 %. Whoever would use alone at home has nobody
    there with naloxone.
    """
    said = answers or {}
    found = {_OF_SIGNS[Sign(sign)] for sign in said.get("signs", ())}
    if said.get("sedatives_or_alcohol"):
        found.add(Concern.SEDATIVES)
    if said.get("last_use") == LastUse.LONGER:
        found.add(Concern.LONG_BREAK)
    if said.get("otherwise") == Otherwise.HOME and said.get("alone"):
        found.add(Concern.ALONE_AT_HOME)
    return tuple(concern for concern in Concern if concern in found)


def leads_to(answers: Mapping[str, Any] | None, policy: Policy) -> LeadsTo:
    """The strongest thing that any of the concerns leads to."""
    steps = [policy.concern_leads_to[concern] for concern in concerns(answers)]
    return max(steps, key=_STRENGTH.index, default=LeadsTo.NOTE)
