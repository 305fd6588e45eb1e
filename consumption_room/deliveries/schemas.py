"""Telling of deliveries."""

from marshmallow import Schema, fields

from consumption_room.vocabulary.deliveries import DeliveryState


class DeliveryOut(Schema):
    """A change of an alarm on its way to a place outside."""

    code = fields.String()
    target = fields.String()
    seq = fields.Integer()
    event = fields.String()
    state = fields.Enum(DeliveryState, by_value=True)
    tries = fields.Integer()
    written_at = fields.AwareDateTime()
    next_try_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)
    trouble = fields.String(allow_none=True)
