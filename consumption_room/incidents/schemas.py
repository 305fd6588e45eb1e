"""Reading what is written about an emergency, and answering with records and follow-ups."""

from marshmallow import Schema, fields

from consumption_room.forms import Choice, Choices, Day, Form, Text
from consumption_room.incidents.service import NewTask
from consumption_room.vocabulary.alarms import AlarmKind, Cause, Outcome
from consumption_room.vocabulary.incidents import Breathing, Consciousness, TaskState
from consumption_room.vocabulary.visits import Substance


class IncidentForm(Form):
    """What is written: any of these. The outcome stands with the alarm, the ambulance's times on its timeline."""

    happened = Text(longest=1000, lines=True, allow_none=True)
    substances = Choices(Substance, least=0)
    breathing = Choice(Breathing, allow_none=True)
    consciousness = Choice(Consciousness, allow_none=True)
    causes = Choices(Cause, least=0)
    debriefed_at = fields.AwareDateTime(allow_none=True)
    debriefed_by = Text(longest=80, allow_none=True)


class TaskForm(Form):
    """Something to be done, by a day or at the person's next check-in."""

    makes = NewTask

    what = Text(longest=200, required=True)
    owner = Text(longest=80, required=True)
    due_on = Day(allow_none=True)
    at_check_in = fields.Boolean()


class TaskOut(Schema):
    """A follow-up."""

    code = fields.String()
    what = fields.String()
    owner = fields.String()
    due_on = fields.Date(allow_none=True)
    at_check_in = fields.Boolean()
    state = fields.Enum(TaskState, by_value=True)
    made_at = fields.AwareDateTime()
    made_by = fields.String()
    done_at = fields.AwareDateTime(allow_none=True)
    done_by = fields.String(allow_none=True)


class IncidentOut(Schema):
    """A record: what is written, what is missing, and what is still to be done. It never says who the person is."""

    code = fields.String()
    alert = fields.String(attribute="alert.code")
    place = fields.String(attribute="alert.place.code")
    kind = fields.Enum(AlarmKind, by_value=True, attribute="alert.kind")
    raised_at = fields.AwareDateTime(attribute="alert.raised_at")
    closed_at = fields.AwareDateTime(attribute="alert.closed_at")
    outcome = fields.Enum(Outcome, by_value=True, attribute="alert.outcome")
    ambulance_called_at = fields.AwareDateTime(allow_none=True)
    ambulance_arrived_at = fields.AwareDateTime(allow_none=True)
    drafted_at = fields.AwareDateTime()
    happened = fields.String(allow_none=True)
    substances = fields.List(fields.Enum(Substance, by_value=True))
    breathing = fields.Enum(Breathing, by_value=True, allow_none=True)
    consciousness = fields.Enum(Consciousness, by_value=True, allow_none=True)
    causes = fields.List(fields.Enum(Cause, by_value=True))
    missing = fields.List(fields.String())
    signed_at = fields.AwareDateTime(allow_none=True)
    signed_by = fields.String(allow_none=True)
    debriefed_at = fields.AwareDateTime(allow_none=True)
    debriefed_by = fields.String(allow_none=True)
    tasks = fields.List(fields.Nested(TaskOut))
