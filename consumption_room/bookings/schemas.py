"""Reading what is to be booked, and answering with bookings."""

from marshmallow import Schema, fields, validate

from consumption_room.bookings.rules import Repeats
from consumption_room.bookings.service import NewBooking
from consumption_room.forms import Choice, Code, Day, Form, Whole
from consumption_room.vocabulary.bookings import BookingState, Every


class RepeatsForm(Form):
    """How a booking repeats: how often, the last day, and the days on which it does not."""

    every = Choice(Every, required=True)
    until = Day(required=True)
    except_on = fields.List(Day(), validate=validate.Length(max=100))

    makes = Repeats


class BookingForm(Form):
    """A cubicle for a person, from when to when."""

    makes = NewBooking

    cubicle = Whole(least=1, most=999, required=True)
    client = Code(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    repeats = fields.Nested(RepeatsForm, allow_none=True)


class CancelForm(Form):
    """Only this one, or every later one of its series too."""

    whole_series = fields.Boolean(load_default=False)


class BookingOut(Schema):
    """A booking: codes only, never an alias."""

    code = fields.String()
    series = fields.String()
    cubicle = fields.Integer(attribute="cubicle.number")
    client = fields.String(attribute="client.code")
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    release_at = fields.AwareDateTime()
    state = fields.Enum(BookingState, by_value=True)


class BookedOut(BookingOut):
    """What was booked: the first, and everything booked with it."""

    bookings = fields.List(fields.Nested(BookingOut))
