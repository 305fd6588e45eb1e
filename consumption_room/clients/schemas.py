"""Reading what people tell us about themselves, and answering with what we hold."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room.clients.bars import NewBar
from consumption_room.clients.flags import NewFlag
from consumption_room.clients.recovery import Known
from consumption_room.clients.service import NewClient
from consumption_room.forms import Choice, Choices, Day, Form, Moment, Text, Whole
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.records import BarReason, BarScope, FlagPriority, Likeness
from consumption_room.vocabulary.staff import Role


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


class NewFlagForm(Form):
    """What some roles should know of a person."""

    makes = NewFlag

    text = Text(shortest=3, longest=400, lines=True, required=True)
    priority = Choice(FlagPriority)
    audience = Choices(Role)
    expires_on = Day(allow_none=True)


class NewBarForm(Form):
    """What is closed to a person, why and until when; the rest has a default.

    It starts now, closes the use of own drugs, was decided by whoever notes it, and is looked at again half-way.
    """

    makes = NewBar

    reason = Choice(BarReason, required=True)
    notes = Text(shortest=3, longest=1000, lines=True, required=True)
    scope = Choice(BarScope, load_default=BarScope.OWN_DRUG_USE)
    starts_at = Moment(allow_none=True)
    ends_at = Moment(required=True)
    decided_by = Text(shortest=2, longest=80, allow_none=True)
    review_on = Day(allow_none=True)


class BarReasonForm(Form):
    """Why a bar does not hold today, or is lifted."""

    reason = Text(shortest=3, longest=200, required=True)


class BarReviewForm(Form):
    """When a bar is looked at again."""

    review_on = Day(required=True)


class RecoveryForm(Form):
    """What somebody knows of their own record: two things at least."""

    makes = Known

    alias = Text(shortest=2, longest=40, allow_none=True)
    letters = Text(shortest=3, longest=9, allow_none=True)
    birth_year = Whole(least=1900, most=2100, allow_none=True)
    phrase = Text(shortest=4, longest=80, allow_none=True)


class RecoveredOut(Schema):
    """The code of the one record that fits, or null; never how many nearly did."""

    client = fields.String(allow_none=True)


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


class FlagOut(Schema):
    """What some roles should know, and until the end of which day."""

    code = fields.String()
    text = fields.String()
    priority = fields.Enum(FlagPriority, by_value=True)
    audience = fields.List(fields.Enum(Role, by_value=True))
    expires_on = fields.Date()
    made_at = fields.AwareDateTime()
    made_by = fields.String()
    ended_at = fields.AwareDateTime(allow_none=True)


class BarOut(Schema):
    """What is or was closed to a person; a bar whose review day has come is due."""

    code = fields.String()
    client = fields.String(attribute="client.code")
    reason = fields.Enum(BarReason, by_value=True)
    notes = fields.String()
    scope = fields.Enum(BarScope, by_value=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    decided_by = fields.String()
    review_on = fields.Date()
    lifted_at = fields.AwareDateTime(allow_none=True)
    lifted_by = fields.String(allow_none=True)
    lifted_reason = fields.String(allow_none=True)


class RecordOut(ClientOut):
    """What we hold about a person, the flags meant for whoever asks, and every bar, the newest first."""

    flags = fields.List(fields.Nested(FlagOut))
    bars = fields.List(fields.Nested(BarOut))

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The person's own fields are read from the person, the lists from the record."""
        return super().get_attribute(obj if attr in ("flags", "bars", "similar") else obj.client, attr, default)


class SimilarOut(Schema):
    """A record that may be the same person's, and why."""

    code = fields.String(attribute="client.code")
    alias = fields.String(attribute="client.alias")
    because = fields.Enum(Likeness, by_value=True)


class NewRecordOut(RecordOut):
    """The new record, and those that may be the same person's."""

    similar = fields.List(fields.Nested(SimilarOut))
