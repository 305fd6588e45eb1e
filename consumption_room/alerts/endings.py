"""How an alarm of each kind may end, and what may have led to it."""

from collections.abc import Collection, Iterable

from consumption_room.errors import FieldsWrong
from consumption_room.vocabulary.alarms import AlarmKind, Cause, Outcome
from consumption_room.vocabulary.labels import label

_OF_A_BODY = (Outcome.RECOVERED, Outcome.OXYGEN_ONLY, Outcome.NALOXONE, Outcome.TO_HOSPITAL, Outcome.DIED)
OUTCOMES: dict[AlarmKind, tuple[Outcome, ...]] = {
    AlarmKind.OVERDOSE: (*_OF_A_BODY, Outcome.FALSE_ALARM),
    AlarmKind.STIMULANT: (Outcome.CALMED, *_OF_A_BODY, Outcome.FALSE_ALARM),
    AlarmKind.MEDICAL: (*_OF_A_BODY, Outcome.FALSE_ALARM),
    AlarmKind.AGGRESSION: (
        Outcome.CALMED,
        Outcome.SENT_AWAY,
        Outcome.POLICE,
        Outcome.TO_HOSPITAL,
        Outcome.FALSE_ALARM,
    ),
    AlarmKind.TECHNICAL: (Outcome.REPAIRED, Outcome.WATCHED, Outcome.FALSE_ALARM),
    AlarmKind.WELFARE_CHECK: (Outcome.WELL, Outcome.NEW_ALARM, Outcome.FALSE_ALARM),
}
"""Overdose, stimulant and other medical emergencies share the endings of a body: what somebody has is often known only
afterwards (a third of Insite's overdoses involved stimulants), and naloxone that was given must never lack its outcome.
Oxygen only is an ending of its own, because it is the commonest (OnPoint: oxygen 35, naloxone 19; Dublin: five of six).
A stimulant emergency may end by calming, as its path is: cool, calm, water. Whoever dies or breathes badly in a quarrel
has a medical alarm of their own, with its record; so has whoever is found unwell when a missed check rings."""

_OF_A_BODY_BECAUSE = (
    Cause.OTHER_SEDATIVES,
    Cause.ALCOHOL,
    Cause.LOWERED_TOLERANCE,
    Cause.STRONGER_BATCH,
    Cause.LARGER_AMOUNT,
    Cause.STIMULANT_TOXICITY,
    Cause.ILLNESS,
)
_ANYWAY = (Cause.MISTAKEN_PRESS, Cause.UNKNOWN)
CAUSES: dict[AlarmKind, tuple[Cause, ...]] = {
    AlarmKind.OVERDOSE: (*_OF_A_BODY_BECAUSE, *_ANYWAY),
    AlarmKind.STIMULANT: (*_OF_A_BODY_BECAUSE, *_ANYWAY),
    AlarmKind.MEDICAL: (*_OF_A_BODY_BECAUSE, *_ANYWAY),
    AlarmKind.AGGRESSION: (
        Cause.QUARREL,
        Cause.REFUSED_SOMETHING,
        Cause.FEAR,
        Cause.ALCOHOL,
        Cause.STIMULANT_TOXICITY,
        *_ANYWAY,
    ),
    AlarmKind.TECHNICAL: (Cause.NO_POWER, Cause.NO_NETWORK, Cause.BROKEN_DEVICE, Cause.SWITCHED_OFF, *_ANYWAY),
    AlarmKind.WELFARE_CHECK: (Cause.NOBODY_FREE, Cause.NOT_WRITTEN_DOWN, Cause.TOOK_LONG, *_ANYWAY),
}
"""What Sydney's room attributes its events to (other sedatives two thirds, lowered tolerance a third, a stronger batch
an eighth, a larger amount a tenth, alcohol a quarter), with stimulants and illness; quarrels and faults have others."""


def may_end(kind: AlarmKind, outcome: Outcome, causes: Collection[Cause]) -> None:
    """Raise ``FieldsWrong`` when an alarm of this kind does not end like this, or not because of that."""
    errors = _wrong_causes(kind, causes)
    if outcome not in OUTCOMES[kind]:
        errors["outcome"] = [f"An alarm of this kind ends in one of these ways: {_spoken(OUTCOMES[kind])}."]
    if errors:
        raise FieldsWrong(errors)


def may_be_because(kind: AlarmKind, causes: Collection[Cause]) -> None:
    """Raise ``FieldsWrong`` when one of these leads to no alarm of this kind."""
    if errors := _wrong_causes(kind, causes):
        raise FieldsWrong(errors)


def _wrong_causes(kind: AlarmKind, causes: Collection[Cause]) -> dict[str, list[str]]:
    if set(causes) <= set(CAUSES[kind]):
        return {}
    return {"causes": [f"An alarm of this kind may come from these: {_spoken(CAUSES[kind])}."]}


def _spoken(choices: Iterable[Outcome | Cause]) -> str:
    return "; ".join(label(choice) for choice in choices)
