"""How people come in: what they are asked, how they wait, and how they check themselves in."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist
from consumption_room.vocabulary.screening import Concern, LeadsTo, Question
from consumption_room.vocabulary.visits import Purpose

QUESTIONS_AT_MOST = 6
"""No configuration may ask people more than this, a tap each, before they use."""


@dataclass(frozen=True)
class Arrivals:
    """What happens between the door and a cubicle."""

    undo_within: timedelta
    asks: tuple[Question, ...]
    concern_leads_to: dict[Concern, LeadsTo]
    wait_amber: timedelta
    wait_red: timedelta
    claim_lasts: timedelta
    window_soon: timedelta
    kiosk_is_open: bool
    kiosk_purposes: tuple[Purpose, ...]
    kiosk_answers_after: timedelta


def read(found: Found) -> Arrivals:
    """The door, the queue and the kiosk as the file says them; a concern it does not name is only noted."""
    waiting, screening, kiosk = found["waiting"], found["screening"], found["kiosk"]
    return Arrivals(
        undo_within=timedelta(minutes=found["check_in"]["undo_minutes"]),
        asks=tuple(Question(question) for question in screening["asks"]),
        concern_leads_to={
            concern: LeadsTo(screening["leads_to"].get(concern.value, LeadsTo.NOTE)) for concern in Concern
        },
        wait_amber=timedelta(minutes=waiting["amber_after_minutes"]),
        wait_red=timedelta(minutes=waiting["red_after_minutes"]),
        claim_lasts=timedelta(minutes=waiting["claim_minutes"]),
        window_soon=timedelta(minutes=waiting["window_soon_minutes"]),
        kiosk_is_open=kiosk["open"],
        kiosk_purposes=tuple(Purpose(purpose) for purpose in kiosk["purposes"]),
        kiosk_answers_after=timedelta(milliseconds=kiosk["answers_after_ms"]),
    )


def check(policy: Arrivals, insist: Insist) -> None:
    """Insist on few questions, and on waiting that ends."""
    insist(timedelta(0) < policy.undo_within <= timedelta(hours=1), "a check-in can be taken back for an hour at most.")
    insist(
        len(policy.asks) == len(set(policy.asks)) <= QUESTIONS_AT_MOST,
        "a screening asks at most six things, once each.",
    )
    insist(timedelta(0) < policy.wait_amber < policy.wait_red, "waiting turns amber before it turns red.")
    insist(
        timedelta(minutes=1) <= policy.claim_lasts <= timedelta(minutes=30), "a call holds for one to thirty minutes."
    )
    insist(policy.window_soon >= timedelta(0), "a dose window is about to close some minutes before it does.")
    insist(bool(policy.kiosk_purposes), "who checks in at the kiosk comes for something.")
