"""What an entry of an alarm's timeline may say, and when the next dose of naloxone may come."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from consumption_room.errors import FieldsWrong
from consumption_room.vocabulary.alarms import AlarmAction, NaloxoneRoute, Sedation

STRONGEST_MG = Decimal(10)
"""Above this somebody mistyped: rooms and community kits give 0.4 to 4 mg at a time (Sydney: 0.8 mg into a muscle)."""
_DOSE = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?)\s*(?:mg)?(?:\s+([a-z]+))?", re.IGNORECASE)
_SHORT = {
    "in": NaloxoneRoute.NASAL,
    "im": NaloxoneRoute.INTRAMUSCULAR,
    "iv": NaloxoneRoute.INTRAVENOUS,
} | {route.value: route for route in NaloxoneRoute}
_LITRES = re.compile(r"(\d{1,2})\s*(?:l/min|l)?", re.IGNORECASE)
_WHOLE = re.compile(r"(\d{1,3})\s*%?")
_NEEDS_A_VALUE = {
    AlarmAction.SATURATION: "Please give the SpO2 in per cent, from 0 to 100.",
    AlarmAction.RESPIRATORY_RATE: "Please give the breaths a minute, from 0 to 60.",
    AlarmAction.SEDATION: "Please give the sedation as S, 1, 2, 3 or 4.",
}
_MOST = {AlarmAction.SATURATION: 100, AlarmAction.RESPIRATORY_RATE: 60}


class Done(Protocol):
    """Something that stands on a timeline."""

    action: AlarmAction
    at: datetime


@dataclass(frozen=True)
class Said:
    """What an entry says beside its action, in the one form it is stored in."""

    value: str | None = None
    route: NaloxoneRoute | None = None


def read(action: AlarmAction, value: str | None, route: NaloxoneRoute | None) -> Said:
    """What somebody typed, as it is stored; raise ``FieldsWrong`` with the sentence that says what is asked for.

    A dose of naloxone may be noted before anybody knows how much it was: its moment matters most.
    """
    if route is not None and action is not AlarmAction.NALOXONE:
        raise FieldsWrong({"route": ["Only naloxone is given by a route."]})
    if action is AlarmAction.NALOXONE:
        return _dose(value, route)
    if action in _NEEDS_A_VALUE:
        return Said(_measure(action, value))
    if value is None:
        return Said()
    if action is AlarmAction.OXYGEN:
        return Said(_litres(value))
    raise FieldsWrong({"value": ["Nothing is measured here. Please leave the value out."]})


def next_naloxone_at(entries: Iterable[Done], again: timedelta) -> datetime | None:
    """From when on another dose may be given if the person does not breathe; ``None`` when none was given yet."""
    given = [entry.at for entry in entries if entry.action is AlarmAction.NALOXONE]
    return max(given) + again if given else None


def first(entries: Iterable[Done], action: AlarmAction) -> datetime | None:
    """When something was first done."""
    return min((entry.at for entry in entries if entry.action is action), default=None)


def _dose(value: str | None, route: NaloxoneRoute | None) -> Said:
    if value is None:
        return Said(None, route)
    match = _DOSE.fullmatch(value)
    amount = Decimal(match[1].replace(",", ".")) if match else Decimal(0)
    written = _SHORT.get(match[2].lower()) if match and match[2] else None
    if not match or (match[2] and written is None) or not 0 < amount <= STRONGEST_MG:
        raise FieldsWrong({"value": ["Please give the dose in milligrams, like 0.8 or 1.8, at most 10."]})
    if route is not None and written is not None and written is not route:
        raise FieldsWrong({"route": ["The dose names another route."]})
    return Said(f"{amount.normalize():f}", route or written)


def _measure(action: AlarmAction, value: str | None) -> str:
    sentence = FieldsWrong({"value": [_NEEDS_A_VALUE[action]]})
    if value is None:
        raise sentence
    if action is AlarmAction.SEDATION:
        if value.lower() not in {step.value for step in Sedation}:
            raise sentence
        return value.lower()
    match = _WHOLE.fullmatch(value)
    if not match or int(match[1]) > _MOST[action]:
        raise sentence
    return str(int(match[1]))


def _litres(value: str) -> str:
    match = _LITRES.fullmatch(value)
    if not match or not 1 <= int(match[1]) <= 25:
        raise FieldsWrong({"value": ["Please give the oxygen in litres a minute, from 1 to 25."]})
    return str(int(match[1]))
