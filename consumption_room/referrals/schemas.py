"""Reading partners and referrals, and answering with them."""

from marshmallow import Schema, fields

from consumption_room.forms import Agreement, Choice, Code, Form, Text
from consumption_room.referrals.service import NewReferral, NewService
from consumption_room.vocabulary.referrals import Handover, ReferralState, ServiceKind


class ServiceChangeForm(Form):
    """Any of what is known of a partner."""

    name = Text(longest=80)
    kind = Choice(ServiceKind)
    contact = Text(longest=200, allow_none=True)
    eligibility = Text(longest=400, allow_none=True)
    closed = fields.Boolean()


class NewServiceForm(Form):
    """A partner for the directory."""

    makes = NewService

    name = Text(longest=80, required=True)
    kind = Choice(ServiceKind, required=True)
    contact = Text(longest=200, allow_none=True)
    eligibility = Text(longest=400, allow_none=True)


class NewReferralForm(Form):
    """A referral: from which visit, to whom, how handed over, and whether the person agreed."""

    makes = NewReferral

    visit = Code(required=True)
    service = Code(required=True)
    handover = Choice(Handover, required=True)
    consent = Agreement(required=True)


class ReferralEventForm(Form):
    """The next step of a referral, named by the state it leads to."""

    event = Choice(ReferralState, required=True)
    reason = Text(longest=200, allow_none=True)


class ServiceOut(Schema):
    """A partner."""

    code = fields.String()
    name = fields.String()
    kind = fields.Enum(ServiceKind, by_value=True)
    contact = fields.String(allow_none=True)
    eligibility = fields.String(allow_none=True)
    closed = fields.Boolean()


class ReferralEventOut(Schema):
    """A step that was taken."""

    event = fields.Enum(ReferralState, by_value=True)
    reason = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    by = fields.String()


class ReferralOut(Schema):
    """A referral and the steps it took."""

    code = fields.String()
    visit = fields.Function(lambda referral: referral.visit.code, metadata={"type": "string"})
    service = fields.Function(lambda referral: referral.service.code, metadata={"type": "string"})
    handover = fields.Enum(Handover, by_value=True)
    state = fields.Enum(ReferralState, by_value=True)
    consent = fields.Boolean()
    owner = fields.String()
    made_at = fields.AwareDateTime()
    events = fields.List(fields.Nested(ReferralEventOut))
