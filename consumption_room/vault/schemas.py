"""Reading an identity to keep, and answering with it to those who may look."""

from marshmallow import Schema, fields

from consumption_room.forms import Choice, Form, Text
from consumption_room.vault.service import Person
from consumption_room.vocabulary.vault import VaultReason


class PersonForm(Form):
    """Who a person really is; the national number only where it is needed."""

    makes = Person

    name = Text(shortest=2, longest=80, required=True)
    birth_date = fields.Date(required=True)
    number = Text(shortest=4, longest=20, allow_none=True)


class WhyForm(Form):
    """Why somebody looks."""

    reason = Choice(VaultReason, required=True)


class IdentityOut(Schema):
    """That something is kept: nothing of what it says."""

    client = fields.Function(lambda identity: identity.client.code, metadata={"type": "string"})
    kept_at = fields.AwareDateTime()
    kept_by = fields.String()
    has_number = fields.Boolean()


class PersonOut(Schema):
    """Who a person really is."""

    name = fields.String()
    birth_date = fields.Date()
    number = fields.String(allow_none=True)
