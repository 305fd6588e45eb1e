"""What is done with the answers of a screening: kept with the visit, and heeded."""

from datetime import datetime
from typing import Any

from consumption_room import journal
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import concerns
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.screening import Concern, LeadsTo
from consumption_room.vocabulary.visits import Stage


def plain(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers as they are kept: codes and lists of codes."""
    return {name: list(value) if isinstance(value, tuple | list) else value for name, value in answers.items()}


def heed(visit: Visit, answers: dict[str, Any], policy: Policy, by: Actor, now: datetime) -> None:
    """Keep the answers with an open visit, in place of earlier ones, and do what they lead to.

    A nurse is told once; whoever waits for one is held; an unwell person goes first. The journal keeps what followed,
    never what was answered.
    """
    visit.screening = plain(answers)
    step = concerns.leads_to(answers, policy)
    if step is not LeadsTo.NOTE and visit.nurse_asked_at is None:
        visit.nurse_asked_at = now
    if step is LeadsTo.HOLD and visit.nurse_came_at is None and visit.stage in {Stage.WAITING, Stage.CALLED}:
        visit.move_to(Stage.HELD, now)
    if Concern.UNWELL in visit.concerns:
        visit.unwell = True
    journal.record(Happened.VISIT_SCREENED, visit.code, by, now, visit=visit.code, leads_to=step.value)


def nurse_came(visit: Visit, by: Actor, now: datetime) -> None:
    """A nurse has spoken with the person; whoever was held for it waits in the queue again."""
    visit.nurse_came_at = now
    if visit.stage is Stage.HELD and visit.hold_reason is None:
        visit.move_to(Stage.WAITING, now)
    journal.record(Happened.VISIT_NURSE_CAME, visit.code, by, now, visit=visit.code)
