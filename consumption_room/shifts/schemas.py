"""Reading what is asked of a shift, and answering with it."""

from marshmallow import Schema, fields

from consumption_room.forms import Choice, Choices, Code, Form, Text
from consumption_room.shifts.service import HandOver, OnOrOff
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import Role


class ReasonForm(Form):
    """Why a rule is set aside."""

    reason = Text(shortest=3, longest=200, required=True)


class OpeningForm(Form):
    """What people looked at, by the code of the check, and the reason for opening all the same."""

    checks = fields.Dict(keys=Choice(OpeningCheck), values=fields.Boolean(), load_default=dict)
    override = fields.Nested(ReasonForm, allow_none=True)


class TickedForm(Form):
    """What was ticked on the page."""

    checks = Choices(OpeningCheck, least=0, load_default=())


class DutyForm(Form):
    """On or off duty; oneself, unless a staff code is given."""

    makes = OnOrOff

    on = fields.Boolean(required=True)
    role = Choice(Role, allow_none=True)
    staff = Code(allow_none=True)


class HandOverForm(Form):
    """To whom, and what they should know."""

    makes = HandOver

    to = Code(required=True)
    note = Text(longest=1000, lines=True, allow_none=True)


class ClosingForm(Form):
    """Why the room closes although somebody is inside."""

    reason = Text(longest=200, allow_none=True)


class OnDutyOut(Schema):
    """Somebody who is on duty."""

    staff = fields.String()
    name = fields.String()
    role = fields.Enum(Role, by_value=True)
    since = fields.AwareDateTime()


class CheckOut(Schema):
    """What was found at one check."""

    check = fields.Enum(OpeningCheck, by_value=True)
    passed = fields.Boolean()
    found = fields.String()


class PreviewOut(CheckOut):
    """What would be found now, and whether a person has to look."""

    found = fields.String(attribute="sentence")
    to_look_at = fields.Boolean()


class OverrideOut(Schema):
    """A rule that was set aside."""

    what = fields.Enum(Override, by_value=True)
    by = fields.String()
    reason = fields.String()
    at = fields.AwareDateTime()


class SheetOut(Schema):
    """How the room stood."""

    in_cubicles = fields.Integer()
    in_aftercare = fields.Integer()
    waiting = fields.Integer()
    open_alarms = fields.Integer()
    short = fields.List(fields.String())


class HandoverOut(Schema):
    """A hand-over, with the figures of that moment."""

    code = fields.String()
    from_whom = fields.String()
    to = fields.String(attribute="to_staff.name")
    note = fields.String(allow_none=True)
    sheet = fields.Nested(SheetOut)
    at = fields.AwareDateTime()


class ShiftOut(Schema):
    """A shift, as it was opened and what happened to it since."""

    code = fields.String()
    opened_at = fields.AwareDateTime()
    opened_by = fields.String()
    closed_at = fields.AwareDateTime(allow_none=True)
    closed_by = fields.String(allow_none=True)
    close_reason = fields.String(allow_none=True)
    blind_since = fields.AwareDateTime(allow_none=True)
    checks = fields.List(fields.Nested(CheckOut))
    overrides = fields.List(fields.Nested(OverrideOut))
    handovers = fields.List(fields.Nested(HandoverOut))


class ShiftNowOut(Schema):
    """The open shift, or null; who is on duty; what the opening check finds now; why nobody new can sit down."""

    open = fields.Nested(ShiftOut, allow_none=True)
    on_duty = fields.List(fields.Nested(OnDutyOut))
    checks = fields.List(fields.Nested(PreviewOut))
    blocked = fields.String(allow_none=True)


class BoardShiftOut(Schema):
    """The shift on the board: open or not, who is on duty, and why nobody new can sit down."""

    open = fields.Boolean()
    on_duty = fields.List(fields.Nested(OnDutyOut))
    blocked = fields.String(allow_none=True)
