"""Reading whom or what an administrator adds, and who stands by as witness."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load, validate

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


class WitnessForm(Form):
    """Who stands by: their staff code or name, and their PIN."""

    staff = Text(longest=80, required=True)
    pin = Text(longest=6, required=True, load_only=True)


class WitnessedForm(Form):
    """Something that a second person may have to witness; the gate proves them, and the PIN goes no further."""

    witness = fields.Nested(WitnessForm, load_only=True)

    @post_load
    def _make(self, data: Mapping[str, Any], **_: object) -> Any:
        said = {name: value for name, value in data.items() if name != "witness"}
        return self.makes(**said) if self.makes else said
