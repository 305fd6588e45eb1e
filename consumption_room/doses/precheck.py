"""The rule engine before a dose: what was measured and said goes in; give, reduce, hold or refer comes out. Pure.

The scale of sedation is the Pasero scale (S, 1 and 2 acceptable, 3 and 4 not). Every number comes from the signed
limits; the numbers that a room begins with are marked as not yet confirmed by a doctor.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from consumption_room.doses.rules import Limits
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import Advice, DeclaredUse, Limit, Why

_ORDER = list(Advice)
_SCORE = {
    Sedation.ASLEEP: 0,
    Sedation.AWAKE: 1,
    Sedation.SLIGHTLY_DROWSY: 2,
    Sedation.OFTEN_DROWSY: 3,
    Sedation.NO_RESPONSE: 4,
}
_DAMPENS = frozenset({DeclaredUse.OPIOID, DeclaredUse.SEDATIVE})


@dataclass(frozen=True)
class Measured:
    """What was found before a dose; ``None`` where nobody measured or asked.

    Breath alcohol in hundredths of a per mille, breaths a minute, SpO2 in per cent, systolic pressure in mmHg,
    hours since the declared use.
    """

    sedation: Sedation | None = None
    breaths: int | None = None
    saturation: int | None = None
    alcohol: int | None = None
    systolic: int | None = None
    own_use: DeclaredUse = DeclaredUse.NOT_SAID
    own_use_hours: int | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that was found: what it comes to, why, the value and the limit it met."""

    advice: Advice
    why: Why
    value: int | str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What a pre-check comes to, and everything that speaks for it, the gravest first."""

    advice: Advice
    findings: tuple[Finding, ...] = ()


def look(found: Measured, missed_in_a_row: int, limits: Limits) -> Verdict:
    """What is to be done with the next dose; the gravest finding decides."""
    findings = sorted(
        [*_body(found, limits), *_taken_besides(found, limits), *_missed(missed_in_a_row, limits)],
        key=lambda one: -_ORDER.index(one.advice),
    )
    return Verdict(findings[0].advice if findings else Advice.GIVE, tuple(findings))


def is_good(found: Measured, limits: Limits) -> bool:
    """Whether a person looks fit to leave after a dose: nothing of what was measured is held against them."""
    measured = [one for one in _body(found, limits) if one.why is not Why.NOT_MEASURED]
    return found.sedation is not None and all(_ORDER.index(one.advice) < _ORDER.index(Advice.HOLD) for one in measured)


def _body(found: Measured, limits: Limits) -> Iterator[Finding]:
    if found.sedation is None:
        yield Finding(Advice.HOLD, Why.NOT_MEASURED, Why.SEDATION.value)
    else:
        score = _SCORE[found.sedation]
        yield from _from(score, Why.SEDATION, limits, Limit.SEDATION_HOLD, Limit.SEDATION_REFER)
    yield from _below(found.breaths, Why.BREATHS, limits, Limit.BREATHS_HOLD, Limit.BREATHS_REFER)
    yield from _below(found.saturation, Why.SATURATION, limits, Limit.SATURATION_HOLD, Limit.SATURATION_REFER)
    if found.systolic is not None and found.systolic < limits[Limit.SYSTOLIC_HOLD]:
        yield Finding(Advice.HOLD, Why.PRESSURE_LOW, found.systolic, limits[Limit.SYSTOLIC_HOLD])
    if found.systolic is not None and found.systolic >= limits[Limit.SYSTOLIC_REFER]:
        yield Finding(Advice.REFER, Why.PRESSURE_HIGH, found.systolic, limits[Limit.SYSTOLIC_REFER])


def _from(value: int, why: Why, limits: Limits, hold: Limit, refer: Limit) -> Iterator[Finding]:
    if value >= limits[refer]:
        yield Finding(Advice.REFER, why, value, limits[refer])
    elif value >= limits[hold]:
        yield Finding(Advice.HOLD, why, value, limits[hold])


def _below(value: int | None, why: Why, limits: Limits, hold: Limit, refer: Limit) -> Iterator[Finding]:
    if value is None:
        yield Finding(Advice.HOLD, Why.NOT_MEASURED, why.value)
    elif value < limits[refer]:
        yield Finding(Advice.REFER, why, value, limits[refer])
    elif value < limits[hold]:
        yield Finding(Advice.HOLD, why, value, limits[hold])


def _taken_besides(found: Measured, limits: Limits) -> Iterator[Finding]:
    if found.alcohol is None:
        yield Finding(Advice.HOLD, Why.NOT_MEASURED, Why.ALCOHOL.value)
    elif found.alcohol >= limits[Limit.ALCOHOL_HOLD]:
        yield Finding(Advice.HOLD, Why.ALCOHOL, found.alcohol, limits[Limit.ALCOHOL_HOLD])
    elif found.alcohol >= limits[Limit.ALCOHOL_REDUCE]:
        yield Finding(Advice.REDUCE, Why.ALCOHOL, found.alcohol, limits[Limit.ALCOHOL_REDUCE])
    if found.own_use is DeclaredUse.NOT_SAID:
        yield Finding(Advice.REDUCE, Why.OWN_USE_NOT_SAID)
    elif found.own_use in _DAMPENS:
        hours = found.own_use_hours or 0  # not said when: as if just now
        if hours < limits[Limit.OWN_USE_HOLD]:
            yield Finding(Advice.HOLD, Why.OWN_USE, hours, limits[Limit.OWN_USE_HOLD])
        elif hours < limits[Limit.OWN_USE_REDUCE]:
            yield Finding(Advice.REDUCE, Why.OWN_USE, hours, limits[Limit.OWN_USE_REDUCE])


def _missed(run: int, limits: Limits) -> Iterator[Finding]:
    if run >= limits[Limit.MISSED_RETITRATE]:
        yield Finding(Advice.REFER, Why.MISSED_DOSES, run, limits[Limit.MISSED_RETITRATE])
    elif run >= limits[Limit.MISSED_REDUCE]:
        yield Finding(Advice.REDUCE, Why.MISSED_DOSES, run, limits[Limit.MISSED_REDUCE])
