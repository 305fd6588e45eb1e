"""Reading whom or what an administrator adds."""

from marshmallow import validate

from consumption_room.forms import Choice, Form, Text
from consumption_room.staff.service import NewDevice, NewStaff
from consumption_room.vocabulary.staff import DeviceKind, Role

_PIN = validate.Regexp(r"\d{4,6}\Z", error="A PIN has four to six figures.")


class NewStaffForm(Form):
    """Somebody who will work here; their password is made up."""

    makes = NewStaff

    name = Text(shortest=2, longest=60, required=True)
    role = Choice(Role, required=True)
    pin = Text(longest=6, validate=_PIN, load_only=True)


class ResetForm(Form):
    """A new PIN beside the new password, if one is wanted."""

    pin = Text(longest=6, validate=_PIN, load_only=True)


class NewDeviceForm(Form):
    """A screen, a button or a program."""

    makes = NewDevice

    kind = Choice(DeviceKind, required=True)
    place = Text(longest=40)
    role = Choice(Role)
