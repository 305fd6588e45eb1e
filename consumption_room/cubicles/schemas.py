"""Reading what is asked of a cubicle, and answering with cubicles and places."""

from marshmallow import Schema, fields

from consumption_room.cubicles.service import Hold
from consumption_room.forms import Choice, Choices, Form, Text
from consumption_room.vocabulary.cubicles import CubicleMode, CubicleState


class CubicleChangeForm(Form):
    """What a cubicle shall be: any of these."""

    state = Choice(CubicleState)
    modes = Choices(CubicleMode)
    reason = Text(longest=120, allow_none=True)
    until = fields.AwareDateTime(allow_none=True)


class CubicleHoldForm(Form):
    """Why nobody shall sit down in a cubicle, and until when about, as far as anybody says."""

    makes = Hold

    reason = Text(longest=120, allow_none=True)
    until = fields.AwareDateTime(allow_none=True)


class SensorForm(Form):
    """What a sensor sees."""

    occupied = fields.Boolean(required=True)


class CubicleOut(Schema):
    """A cubicle as it is."""

    number = fields.Integer()
    place = fields.String()
    state = fields.Enum(CubicleState, by_value=True)
    modes = fields.List(fields.Enum(CubicleMode, by_value=True))
    since = fields.AwareDateTime()
    reason = fields.String(allow_none=True)
    until = fields.AwareDateTime(allow_none=True)
    frozen = fields.Boolean()
    sensed = fields.Boolean(allow_none=True)
    sensed_at = fields.AwareDateTime(allow_none=True)


class PlaceOut(Schema):
    """A place an alarm can come from."""

    code = fields.String()
    name = fields.String()
    cubicle = fields.Function(
        lambda place: place.cubicle.number if place.cubicle else None, metadata={"type": ["integer", "null"]}
    )
