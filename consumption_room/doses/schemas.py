"""Reading limits, orders and doses, and answering with them; amounts in milligrams as decimal text."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields

from consumption_room.amounts import in_mg
from consumption_room.doses.models import Dose, Terms
from consumption_room.doses.precheck import Measured
from consumption_room.doses.prescriptions import Planned
from consumption_room.forms import Choice, Code, Day, Form, Milligrams, Moment, Text, Whole
from consumption_room.staff.schemas import WitnessedForm
from consumption_room.vocabulary.alarms import Sedation
from consumption_room.vocabulary.doses import (
    Advice,
    DeclaredUse,
    DoseOutcome,
    DoseRoute,
    DoseState,
    DoseWindow,
    HoldCause,
    HoldLevel,
    Limit,
    PrescriptionState,
    Supervision,
)

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class NumbersForm(Form.from_dict({limit.value: Whole(least=0, most=99999, required=True) for limit in Limit})):  # type: ignore[misc]
    """Every clinical number, none left out; the unit is in the name."""


class LimitsForm(Form):
    """New limits to sign: every number, and the version that they take the place of."""

    seen = Whole(least=1, most=999999, required=True)
    numbers = fields.Nested(NumbersForm, required=True)
    note = Text(longest=400, allow_none=True)


class LimitsOut(Schema):
    """Limits: ``signed_by`` null means that no doctor has confirmed them yet."""

    version = fields.Integer()
    numbers = fields.Dict(keys=fields.String(), values=fields.Integer())
    written_at = fields.AwareDateTime()
    signed_at = fields.AwareDateTime(allow_none=True)
    signed_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class TimeOfDay(fields.String):
    """A time of the room's own day, like 08:30; gives the time since midnight."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more) or ""
        found = _TIME.fullmatch(text)
        if found is None:
            raise ValidationError("This must be a time of day, like 08:30.")
        return timedelta(hours=int(found[1]), minutes=int(found[2]))


class PlannedForm(Form):
    """The dose of one window, and times of the person's own where the room's do not fit."""

    makes = Planned

    window = Choice(DoseWindow, required=True)
    amount = Milligrams(required=True, data_key="amount_mg")
    opens = TimeOfDay(data_key="opens_at", allow_none=True)
    closes = TimeOfDay(data_key="closes_at", allow_none=True)


class TermsForm(Form):
    """What an order says; two doses a day unless said otherwise, three at most."""

    product = Code(required=True)
    route = Choice(DoseRoute, required=True)
    alternative = Choice(DoseRoute, allow_none=True)
    supervision = Choice(Supervision, required=True)
    doses = fields.List(fields.Nested(PlannedForm), required=True)
    single_maximum = Milligrams(required=True, data_key="single_maximum_mg")
    daily_maximum = Milligrams(required=True, data_key="daily_maximum_mg")
    minimum_gap_minutes = Whole(least=0, most=1440, required=True)
    starts_on = Day(required=True)
    ends_on = Day(required=True)
    prescriber = Text(longest=80, allow_none=True)
    second_opinion_on = Day(allow_none=True)


class PrescriptionListForm(Form):
    """Where a list of orders begins, how long a page is, and whether only those are wanted that end soon."""

    after = Code()
    limit = Whole(least=1, most=200, load_default=50)
    ends_soon = fields.Boolean()


class NewPrescriptionForm(TermsForm):
    """An order for somebody with a record."""

    client = Code(required=True)


class TermsChangeForm(TermsForm):
    """Any part of what an order says, and why it is changed."""

    reason = Text(longest=200, required=True)


class OrderReasonForm(Form):
    """Why, in the name of whoever asks."""

    reason = Text(longest=200, required=True)


class HoldOrderForm(OrderReasonForm):
    """Why nobody may give a dose for now, and who has to look."""

    level = Choice(HoldLevel, load_default=HoldLevel.NURSE)


class OrderReviewForm(OrderReasonForm):
    """What came of looking, and when an independent second opinion is due."""

    second_opinion_on = Day(allow_none=True)


class ElsewhereForm(Form):
    """A dose that was had at another place, and who says so."""

    window = Choice(DoseWindow, required=True)
    amount = Milligrams(required=True, data_key="amount_mg")
    at = Moment(required=True)
    source = Text(longest=200, required=True)


class MeasuredForm(Form):
    """What was measured and said: breath alcohol in hundredths of a per mille, SpO2 in per cent, pressure in mmHg."""

    makes = Measured

    sedation = Choice(Sedation, allow_none=True)
    breaths = Whole(least=0, most=80, allow_none=True)
    saturation = Whole(least=0, most=100, allow_none=True)
    alcohol = Whole(least=0, most=600, allow_none=True)
    systolic = Whole(least=30, most=300, allow_none=True)
    own_use = Choice(DeclaredUse)
    own_use_hours = Whole(least=0, most=999, allow_none=True)


class PreCheckForm(Form):
    """Looking at somebody before a dose."""

    prescription = Code(required=True)
    visit = Code(required=True)
    window = Choice(DoseWindow, required=True)
    precheck = fields.Nested(MeasuredForm, required=True)
    reason = Text(longest=200, allow_none=True)


class PrepareForm(WitnessedForm):
    """How much is prepared, typed again where it is unusual, and why against the pre-check."""

    amount = Milligrams(required=True, data_key="prepared_mg")
    again = Milligrams(data_key="prepared_again_mg", allow_none=True)
    override = Text(longest=200, allow_none=True)


class EndForm(WitnessedForm):
    """What became of a dose; what was prepared and is not named is given back."""

    outcome = Choice(DoseOutcome, required=True)
    given = Milligrams(data_key="given_mg")
    wasted = Milligrams(data_key="wasted_mg")
    returned = Milligrams(data_key="returned_mg")
    reason = Text(longest=200, allow_none=True)
    attempts = Whole(least=0, most=99, allow_none=True)
    given_at = Moment(allow_none=True)


class DoseForm(PrepareForm, EndForm, PreCheckForm):
    """A whole dose in one breath: looked at, prepared by two, taken."""

    amount = Milligrams(load_default=0, data_key="prepared_mg")


class DischargeForm(Form):
    """Why somebody is let go too early, by name; nothing when all is well."""

    override = Text(longest=200, allow_none=True)


class ReverseForm(WitnessedForm):
    """Why a dose is taken back."""

    reason = Text(longest=200, required=True)


def _doses(terms: Terms) -> list[dict[str, Any]]:
    def told(window: str, plan: Mapping[str, int]) -> dict[str, Any]:
        times = {
            f"{name}_at": f"{plan[name] // 60:02d}:{plan[name] % 60:02d}" if name in plan else None
            for name in ("opens", "closes")
        }
        return {"window": window, "amount_mg": in_mg(plan["amount"]), **times}

    return [told(window, terms.windows[window]) for window in DoseWindow if window in terms.windows]


class TermsOut(Schema):
    """One version of what an order says."""

    version = fields.Integer()
    product = fields.Function(lambda terms: terms.product.code, metadata={"type": "string"})
    route = fields.Enum(DoseRoute, by_value=True)
    alternative = fields.Enum(DoseRoute, by_value=True, allow_none=True)
    supervision = fields.Enum(Supervision, by_value=True)
    doses = fields.Function(_doses, metadata={"type": "array", "items": {"type": "object"}})
    single_maximum = Milligrams(data_key="single_maximum_mg")
    daily_maximum = Milligrams(data_key="daily_maximum_mg")
    minimum_gap_minutes = fields.Integer()
    starts_on = fields.Date()
    ends_on = fields.Date()
    prescriber = fields.String()
    written_at = fields.AwareDateTime()
    written_by = fields.String()
    reason = fields.String(allow_none=True)


class PrescriptionOut(Schema):
    """An order as it stands, with every version of what it says."""

    code = fields.String()
    client = fields.Function(lambda order: order.client.code, metadata={"type": "string"})
    state = fields.Enum(PrescriptionState, by_value=True)
    version = fields.Integer()
    terms = fields.Nested(TermsOut)
    history = fields.List(fields.Nested(TermsOut))
    missed_in_a_row = fields.Integer()
    hold_level = fields.Enum(HoldLevel, by_value=True, allow_none=True)
    hold_cause = fields.Enum(HoldCause, by_value=True, allow_none=True)
    hold_reason = fields.String(allow_none=True)
    held_at = fields.AwareDateTime(allow_none=True)
    held_by = fields.String(allow_none=True)
    reviewed_at = fields.AwareDateTime(allow_none=True)
    reviewed_by = fields.String(allow_none=True)
    second_opinion_on = fields.Date(allow_none=True)
    stopped_at = fields.AwareDateTime(allow_none=True)
    stopped_by = fields.String(allow_none=True)
    stop_reason = fields.String(allow_none=True)


class ObservationOut(Schema):
    """One look at a person after a dose."""

    at = fields.AwareDateTime()
    by = fields.String()
    found = fields.Dict()
    good = fields.Boolean()


class DoseOut(Schema):
    """A dose: from expected to whatever became of it."""

    code = fields.String()
    prescription = fields.Function(lambda dose: dose.prescription.code, metadata={"type": "string"})
    client = fields.Function(lambda dose: dose.prescription.client.code, metadata={"type": "string"})
    visit = fields.Function(lambda dose: dose.visit.code if dose.visit else None, metadata={"type": ["string", "null"]})
    service_day = fields.Date()
    window = fields.Enum(DoseWindow, by_value=True)
    turn = fields.Integer()
    opens_at = fields.AwareDateTime()
    closes_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    state = fields.Enum(DoseState, by_value=True)
    planned = fields.Function(lambda dose: in_mg(planned(dose)), data_key="planned_mg", metadata={"type": "string"})
    precheck = fields.Dict(attribute="found", allow_none=True)
    advice = fields.Enum(Advice, by_value=True, allow_none=True)
    limits_version = fields.Integer(allow_none=True)
    override_by = fields.String(allow_none=True)
    override_reason = fields.String(allow_none=True)
    converted_from = fields.Enum(DoseState, by_value=True, allow_none=True)
    prepared = Milligrams(data_key="prepared_mg")
    given = Milligrams(data_key="given_mg")
    wasted = Milligrams(data_key="wasted_mg")
    returned = Milligrams(data_key="returned_mg")
    giver = fields.String(allow_none=True)
    witness = fields.String(allow_none=True)
    outcome = fields.Enum(DoseOutcome, by_value=True, allow_none=True)
    reason = fields.String(allow_none=True)
    attempts = fields.Integer(allow_none=True)
    given_at = fields.AwareDateTime(allow_none=True)
    recorded_at = fields.AwareDateTime(allow_none=True)
    late = fields.Boolean()
    observe_until = fields.AwareDateTime(allow_none=True)
    observations = fields.List(fields.Nested(ObservationOut))
    discharged_at = fields.AwareDateTime(allow_none=True)
    discharged_by = fields.String(allow_none=True)
    reversed_by = fields.String(allow_none=True)


def planned(dose: Dose) -> int:
    """What was prescribed for a dose when it was looked at, or is prescribed now, in micrograms."""
    if dose.planned is not None:
        return dose.planned
    plan = dose.prescription.terms.windows.get(dose.window.value)
    return int(plan["amount"]) if plan else 0


class DueOut(Schema):
    """A dose of today, the visit of its person if they are here, and whether so many were missed that it is said."""

    dose = fields.Nested(DoseOut)
    checked_in = fields.Boolean()
    missed_in_a_row = fields.Integer(attribute="dose.prescription.missed_in_a_row")
    warns = fields.Boolean()
    visit = fields.Function(lambda one: one.visit.code if one.visit else None, metadata={"type": ["string", "null"]})


class DayOut(Schema):
    """The doses of a day; ``limits_signed_by`` null means that no doctor has confirmed the limits yet."""

    on = fields.Date()
    to_come = fields.List(fields.Nested(DueOut))
    under_way = fields.List(fields.Nested(DueOut))
    observed = fields.List(fields.Nested(DueOut))
    done = fields.List(fields.Nested(DueOut))
    limits_version = fields.Function(lambda day: day.limits.version, metadata={"type": "integer"})
    limits_signed_by = fields.Function(lambda day: day.limits.signed_by, metadata={"type": ["string", "null"]})
