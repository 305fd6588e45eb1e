"""Reading what people tell us about themselves, and answering with what we hold."""

from marshmallow import Schema, fields

from consumption_room.clients.service import NewClient
from consumption_room.forms import Choice, Form, Text, Whole
from consumption_room.vocabulary.people import AgeBand, Area, Sex


class ClientChangeForm(Form):
    """Any of what can be told; what is not named stays as it is."""

    alias = Text(shortest=2, longest=40)
    birth_year = Whole(least=1900, most=2100, allow_none=True)
    age_band = Choice(AgeBand, allow_none=True)
    sex = Choice(Sex, allow_none=True)
    home_area = Choice(Area, allow_none=True)
    language = Text(shortest=2, longest=20, allow_none=True)
    phrase = Text(shortest=4, longest=80, allow_none=True, load_only=True)


class NewClientForm(ClientChangeForm):
    """A person to register: only the alias is needed."""

    makes = NewClient

    alias = Text(shortest=2, longest=40, required=True)


class ClientOut(Schema):
    """What we hold about a person; the recognition phrase never leaves."""

    code = fields.String()
    alias = fields.String()
    birth_year = fields.Integer(allow_none=True)
    age_band = fields.Enum(AgeBand, by_value=True, allow_none=True)
    sex = fields.Enum(Sex, by_value=True, allow_none=True)
    home_area = fields.Enum(Area, by_value=True, allow_none=True)
    language = fields.String(allow_none=True)
    registered_at = fields.AwareDateTime()
