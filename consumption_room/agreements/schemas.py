"""Reading what somebody agrees to do, and answering with how far it has come."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from consumption_room.agreements.rules import LEAST_HOURS, MOST_HOURS
from consumption_room.agreements.service import NewAgreement, NewCondition, Step
from consumption_room.amounts import from_mg, in_mg
from consumption_room.forms import Choice, Choices, Code, Day, Form, Text, Whole
from consumption_room.vocabulary.agreements import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    ConditionKind,
    Pathway,
)
from consumption_room.vocabulary.consents import ConsentWay


class MilligramsADay(Text):
    """An amount a day in milligrams, written like ``12.5``."""

    def __init__(self, **more: Any) -> None:
        """Kept in micrograms."""
        super().__init__(longest=14, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        try:
            amount = from_mg(super()._deserialize(value, attr, data, **more))
        except ValueError as wrong:
            raise ValidationError("This must be milligrams, like 12.5.") from wrong
        if not 0 <= amount <= 5_000_000:
            raise ValidationError("This must be 0 to 5000 milligrams a day.")
        return amount

    def _validate(self, value: Any) -> None:
        """Checked while it was read: the length is of the text, not of the amount."""


class NewAgreementForm(Form):
    """An agreement to offer: for whom, of which kind, and when it is looked at again."""

    makes = NewAgreement

    client = Code(required=True)
    kind = Choice(AgreementKind, required=True)
    next_review_on = Day(allow_none=True)
    goal = Text(longest=300, allow_none=True)
    key_worker = Code(allow_none=True)
    ends_on = Day(allow_none=True)
    pathways = Choices(Pathway, least=0)
    referred_by = Text(longest=80, allow_none=True)
    confirmed = fields.List(Code(), validate=validate.Length(max=30))

    class Meta(Form.Meta):
        """Nothing more: there is no field for an offence, and one that is sent is refused."""


class NewConditionForm(Form):
    """One more thing that somebody signs up to."""

    makes = NewCondition

    kind = Choice(ConditionKind, required=True)
    what = Text(longest=300, allow_none=True)
    hours = Whole(least=LEAST_HOURS, most=MOST_HOURS, allow_none=True)
    from_on = Day(allow_none=True)
    mg_a_day = MilligramsADay(attribute="amount", allow_none=True)


class StepForm(Form):
    """What happened to an agreement."""

    makes = Step

    event = Choice(AgreementStep, required=True)
    reason = Text(longest=300, allow_none=True)
    on_day = Day(allow_none=True)
    way = Choice(ConsentWay, allow_none=True)
    next_review_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    decided_by = Text(longest=80, allow_none=True)


class ConditionOut(Schema):
    """One thing that somebody signed up to."""

    position = fields.Integer()
    kind = fields.Enum(ConditionKind, by_value=True)
    what = fields.String(allow_none=True)
    hours = fields.Integer(allow_none=True)
    from_on = fields.Date(allow_none=True)
    mg_a_day = fields.Function(
        lambda one: None if one.amount is None else in_mg(one.amount), metadata={"type": ["string", "null"]}
    )


class AgreementEventOut(Schema):
    """One thing that happened."""

    event = fields.Enum(AgreementStep, by_value=True)
    reason = fields.String(allow_none=True)
    on_day = fields.Date()
    at = fields.AwareDateTime()
    by = fields.String()


class AgreementOut(Schema):
    """An agreement, what it holds and what happened since."""

    code = fields.String()
    client = fields.Function(lambda agreement: agreement.client.code, metadata={"type": "string"})
    kind = fields.Enum(AgreementKind, by_value=True)
    state = fields.Enum(AgreementState, by_value=True)
    key_worker = fields.String()
    referred_by = fields.String(allow_none=True)
    pathways = fields.List(fields.Enum(Pathway, by_value=True))
    starts_on = fields.Date()
    ends_on = fields.Date()
    next_review_on = fields.Date(allow_none=True)
    signed_at = fields.AwareDateTime(allow_none=True)
    signed_way = fields.Enum(ConsentWay, by_value=True, allow_none=True)
    decided_by = fields.String(allow_none=True)
    conditions = fields.List(fields.Nested(ConditionOut))
    events = fields.List(fields.Nested(AgreementEventOut))


class AttendanceOut(Schema):
    """On which days somebody came to what was agreed, and on which they did not: all that a partner is told."""

    came = fields.List(fields.Date())
    stayed_away = fields.List(fields.Date())
