"""Reading what somebody saw in a cubicle, and answering with the log."""

from marshmallow import Schema, fields

from consumption_room.forms import Form
from consumption_room.vocabulary.checks import CheckResult


class LookForm(Form):
    """What somebody saw: the person answers, or does not."""

    responsive = fields.Boolean(required=True)


class WelfareCheckOut(Schema):
    """One line of the log: codes and the ticket, never who somebody is."""

    code = fields.String()
    result = fields.Enum(CheckResult, by_value=True)
    due_at = fields.AwareDateTime()
    at = fields.AwareDateTime()
    by = fields.String()
    visit = fields.Function(lambda check: check.stay.visit.code, metadata={"type": "string"})
    next_due_at = fields.Function(
        lambda check: check.stay.check_due_at.isoformat() if check.stay.check_due_at else None,
        metadata={"type": ["string", "null"], "format": "date-time"},
    )
    alert = fields.Function(
        lambda check: check.alert.code if check.alert else None, metadata={"type": ["string", "null"]}
    )
