"""Reading presses and answers, and telling of alarms."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room.alerts.service import Action, Press
from consumption_room.forms import Choice, Choices, Code, Form, Text
from consumption_room.vocabulary.alarms import (
    AlarmAction,
    AlarmKind,
    AlarmState,
    Cause,
    NaloxoneRoute,
    Outcome,
    ReceiptStage,
    WaitsFor,
)
from consumption_room.vocabulary.staff import Role


class PressForm(Form):
    """A call for help; a button that stands somewhere needs to say nothing at all."""

    makes = Press

    place = Code()
    kind = Choice(AlarmKind)
    visit = Code(allow_none=True)
    drill = fields.Boolean()


class _Figure(Text):
    """A figure, as text or as a number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        return super()._deserialize(str(value) if type(value) in (int, float) else value, attr, data, **more)


class ActionForm(Form):
    """Something done during an alarm.

    ``value``: SpO2 in per cent, breaths a minute, S or 1 to 4 for sedation, oxygen in litres a minute, or naloxone in
    milligrams; as a number or a decimal string. Other actions have none.
    """

    makes = Action

    action = Choice(AlarmAction, required=True)
    at = fields.AwareDateTime(allow_none=True)
    value = _Figure(longest=40, allow_none=True)
    lot = Text(longest=40, allow_none=True)
    route = Choice(NaloxoneRoute, allow_none=True)


class CloseForm(Form):
    """How an alarm ended."""

    outcome = Choice(Outcome, required=True)
    causes = Choices(Cause, least=0, load_default=())


class RelocateForm(Form):
    """Where the alarm really is."""

    place = Code(required=True)


class CalledOut(Schema):
    """Somebody who was on duty and called by name, and when they answered, if they have."""

    staff = fields.String()
    name = fields.String()
    role = fields.Enum(Role, by_value=True)
    answered_at = fields.AwareDateTime(allow_none=True)


class StepOut(Schema):
    """A step of the ladder: whom it calls of those on duty, and whom it has called; nobody named is everybody."""

    number = fields.Integer(attribute="step.number")
    audience = fields.String(attribute="step.audience")
    all_call = fields.Boolean(attribute="step.all_call")
    roles = fields.List(fields.Enum(Role, by_value=True), attribute="step.roles")
    called = fields.List(fields.Nested(CalledOut))
    waits_for = fields.Enum(WaitsFor, by_value=True, attribute="step.waits_for")
    due_at = fields.AwareDateTime(attribute="step.due_at")
    done_at = fields.AwareDateTime(allow_none=True, attribute="step.done_at")
    needed = fields.Boolean(allow_none=True, attribute="step.needed")


class AnswerOut(Schema):
    """Somebody who said that they are coming."""

    name = fields.String()
    at = fields.AwareDateTime()


class EntryOut(Schema):
    """Something that was done."""

    action = fields.Enum(AlarmAction, by_value=True)
    value = fields.String(allow_none=True)
    route = fields.Enum(NaloxoneRoute, by_value=True, allow_none=True)
    lot = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()
    recorded_by = fields.String()


class SilenceOut(Schema):
    """Somebody's own screens are silent for a while; ``whose`` is the code by which they know themselves."""

    name = fields.String()
    whose = fields.String()
    left_ms = fields.Integer()


class DoneOut(Schema):
    """Something that has been done, and how long after the press it last was; never a measure of anybody."""

    action = fields.Enum(AlarmAction, by_value=True)
    after_ms = fields.Integer()


class WallAlertOut(Schema):
    """An alarm as any display may show it: place, kind, age and responder, never who the person is."""

    seq = fields.Integer()
    code = fields.String()
    kind = fields.Enum(AlarmKind, by_value=True, attribute="alert.kind")
    priority = fields.String(attribute="alert.priority")
    place = fields.String(attribute="alert.place.code")
    place_name = fields.String(attribute="alert.place.name")
    state = fields.Enum(AlarmState, by_value=True, attribute="alert.state")
    raised_at = fields.AwareDateTime(attribute="alert.raised_at")
    age_ms = fields.Integer()
    count = fields.Integer(attribute="alert.count")
    step = fields.Integer(attribute="alert.step")
    responder = fields.String(allow_none=True, attribute="alert.responder")
    drill = fields.Boolean(attribute="alert.drill")
    called = fields.List(fields.String())
    unanswered = fields.List(fields.String())
    done = fields.List(fields.Nested(DoneOut))
    silences = fields.List(fields.Nested(SilenceOut))
    confirmed = fields.Function(lambda told: told.alert.confirmed_at is not None, metadata={"type": "boolean"})


class AlertOut(WallAlertOut):
    """An alarm with its ladder and its timeline, for those who work on it."""

    raised_by = fields.String(attribute="alert.raised_by")
    acknowledged_at = fields.AwareDateTime(allow_none=True, attribute="alert.acknowledged_at")
    on_scene_at = fields.AwareDateTime(allow_none=True, attribute="alert.on_scene_at")
    closed_at = fields.AwareDateTime(allow_none=True, attribute="alert.closed_at")
    closed_by = fields.String(allow_none=True, attribute="alert.closed_by")
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True, attribute="alert.outcome")
    next_naloxone_at = fields.AwareDateTime(allow_none=True)
    causes = fields.List(fields.Enum(Cause, by_value=True), attribute="alert.causes")
    answers = fields.List(fields.Nested(AnswerOut), attribute="alert.answers")
    steps = fields.List(fields.Nested(StepOut))
    timeline = fields.List(fields.Nested(EntryOut), attribute="alert.entries")


class ReceiptOut(Schema):
    """What a display said about an alarm, and when."""

    display = fields.String()
    stage = fields.Enum(ReceiptStage, by_value=True)
    at = fields.AwareDateTime()
