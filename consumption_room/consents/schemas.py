"""Reading what a person agrees to, and answering with what they agreed to."""

from marshmallow import Schema, fields

from consumption_room.consents.service import Agreement
from consumption_room.forms import Choice, Day, Form, Text, Whole
from consumption_room.vocabulary.consents import ConsentEnding, ConsentScope, ConsentWay


class ConsentForm(Form):
    """An agreement: to what, how (spoken), in which language it was read (the person's own), and until when at most."""

    makes = Agreement

    scope = Choice(ConsentScope, required=True)
    way = Choice(ConsentWay)
    language = Text(shortest=2, longest=20)
    version = Whole(least=1, most=9999, allow_none=True)
    whom = Text(longest=80)
    expires_on = Day(allow_none=True)


class ConsentOut(Schema):
    """An agreement, and whether it still counts."""

    code = fields.String()
    scope = fields.Enum(ConsentScope, by_value=True)
    whom = fields.String()
    version = fields.Integer()
    language = fields.String()
    digest = fields.String(metadata={"description": "SHA-256 of the text that was shown"})
    way = fields.Enum(ConsentWay, by_value=True)
    given_at = fields.AwareDateTime()
    noted_by = fields.String()
    expires_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    ending = fields.Enum(ConsentEnding, by_value=True, allow_none=True)


class ConsentsOut(Schema):
    """A person's agreements, newest first, and what they are to be asked at the door."""

    items = fields.List(fields.Nested(ConsentOut))
    next = fields.String(allow_none=True)
    to_ask = fields.List(fields.Enum(ConsentScope, by_value=True))


class WordingOut(Schema):
    """A text that people are asked to agree to, in one language."""

    scope = fields.Enum(ConsentScope, by_value=True)
    version = fields.Integer()
    language = fields.String()
    title = fields.String()
    paragraphs = fields.List(fields.String())
    digest = fields.String()


class WordingsOut(Schema):
    """The texts that are asked now, in every language they are there in."""

    items = fields.List(fields.Nested(WordingOut))
    next = fields.String(allow_none=True)
