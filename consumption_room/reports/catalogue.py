"""Every report by name: the question it answers, how it is made, and what its figures mean."""

from collections.abc import Callable
from dataclasses import dataclass

from consumption_room.policy.room import Policy
from consumption_room.reports import doses, queries, register, response, rules
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period


@dataclass(frozen=True)
class Kind:
    """One report."""

    question: str
    make: Callable[[Period, Policy], Report]
    definitions: dict[str, str]


REPORTS = {
    "usage": Kind("How busy were we?", lambda period, _: queries.usage(period), rules.DEFINITIONS),
    "register": Kind(
        "Where did the controlled drugs go?", lambda period, _: register.register(period), register.DEFINITIONS
    ),
    "doses": Kind("Who came for their doses?", lambda period, _: doses.doses(period), rules.DOSES),
    "alerts": Kind("How fast did we come?", response.alerts, rules.RESPONSE),
}
