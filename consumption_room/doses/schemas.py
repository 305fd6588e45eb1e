"""Reading clinical limits, and answering with them."""

from marshmallow import Schema, fields

from consumption_room.forms import Form, Text, Whole
from consumption_room.vocabulary.doses import Limit


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
