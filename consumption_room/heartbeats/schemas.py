"""Reading a heartbeat, and telling how often one is expected."""

from marshmallow import Schema, fields

from consumption_room.forms import Form, Whole
from consumption_room.heartbeats.service import Heartbeat


class HeartbeatForm(Form):
    """How a device feels, in per cent; it may say nothing but that it is there."""

    makes = Heartbeat

    battery = Whole(least=0, most=100, allow_none=True)
    signal = Whole(least=0, most=100, allow_none=True)


class HeardOut(Schema):
    """That a device was heard, and when it is missed."""

    device = fields.String()
    heard_at = fields.AwareDateTime()
    period_s = fields.Integer()
    grace_s = fields.Integer()
