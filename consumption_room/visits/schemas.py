"""Reading what is asked of a visit, and answering with it."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room.forms import Choice, Choices, Code, Codes, Form, Text, Whole
from consumption_room.visits.intakes import Intake
from consumption_room.visits.seating import Seating
from consumption_room.visits.service import CheckIn
from consumption_room.vocabulary.cubicles import Because, CubicleMode
from consumption_room.vocabulary.screening import Concern, Sign
from consumption_room.vocabulary.visits import (
    LastUse,
    LeaveReason,
    Otherwise,
    Purpose,
    Route,
    Stage,
    Substance,
    TurnedAwayReason,
    UndoReason,
)


class ScreeningForm(Form):
    """What a person says before using; every answer may be left out."""

    substances = Choices(Substance)
    route = Choice(Route)
    last_use = Choice(LastUse)
    sedatives_or_alcohol = fields.Boolean()
    otherwise = Choice(Otherwise)
    alone = fields.Boolean()
    signs = Choices(Sign, least=0)


class CheckInForm(Form):
    """Who came, if known, and why."""

    makes = CheckIn

    client = Code(allow_none=True)
    purposes = Choices(Purpose, required=True)
    screening = fields.Nested(ScreeningForm, allow_none=True)
    unwell = fields.Boolean()
    window_closes_at = fields.AwareDateTime(allow_none=True)
    seen = Codes(load_default=())


class IntakeForm(Form):
    """What a person is about to take, and how."""

    makes = Intake

    substances = Choices(Substance, required=True)
    route = Choice(Route, required=True)
    assisted = fields.Boolean()
    switched_from_smoking = fields.Boolean()


class CallForm(Form):
    """Which cubicle is offered, if one is."""

    cubicle = Whole(least=1, most=999, allow_none=True)


class UnwellForm(Form):
    """Whether somebody is visibly unwell."""

    unwell = fields.Boolean(required=True)


class SeatForm(Form):
    """Which cubicle."""

    makes = Seating

    cubicle = Whole(least=1, most=999, required=True)
    override = Text(longest=200)


class MoveForm(Form):
    """To which cubicle: nobody new sits down, so there is nothing to set aside."""

    makes = Seating

    cubicle = Whole(least=1, most=999, required=True)


class SuggestForm(Form):
    """What else somebody needs of a cubicle."""

    needs = fields.List(Choice(CubicleMode), load_default=())


class SuggestionOut(Schema):
    """A free cubicle for somebody, and what speaks for it or against it."""

    number = fields.Integer()
    fits = fields.Boolean()
    because = fields.List(fields.Enum(Because, by_value=True))


class HoldForm(Form):
    """Why somebody waits outside the queue."""

    reason = Text(longest=120, allow_none=True)


class LeaveForm(Form):
    """Why a visit ends."""

    reason = Choice(LeaveReason, required=True)


class _WhyUndone(Choice):
    """A word of the list; words of one's own are ``other``, and are not kept: taking back must never fail on them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, str) and value not in set(UndoReason):
            Text(longest=200).deserialize(value)
            return UndoReason.OTHER
        return super()._deserialize(value, attr, data, **more)


class UndoForm(Form):
    """Why a check-in is taken back, if anybody says."""

    reason = _WhyUndone(UndoReason, load_default=UndoReason.OTHER)


class TurnedAwayForm(Form):
    """Why somebody was not let in."""

    reason = Choice(TurnedAwayReason, required=True)


class EpisodeOut(Schema):
    """One consumption as registered."""

    code = fields.String()
    substances = fields.List(fields.Enum(Substance, by_value=True))
    route = fields.Enum(Route, by_value=True)
    assisted = fields.Boolean()
    switched_from_smoking = fields.Boolean()
    registered_at = fields.AwareDateTime()


class VisitOut(Schema):
    """A visit: codes only, never an alias."""

    code = fields.String()
    ticket = fields.String()
    client = fields.Function(
        lambda visit: visit.client.code if visit.client else None, metadata={"type": ["string", "null"]}
    )
    purposes = fields.List(fields.Enum(Purpose, by_value=True))
    screening = fields.Dict(allow_none=True)
    stage = fields.Enum(Stage, by_value=True)
    service_day = fields.Date()
    arrived_at = fields.AwareDateTime()
    called_at = fields.AwareDateTime(allow_none=True)
    seated_at = fields.AwareDateTime(allow_none=True)
    aftercare_at = fields.AwareDateTime(allow_none=True)
    left_at = fields.AwareDateTime(allow_none=True)
    waited_s = fields.Integer(allow_none=True)
    exit_reason = fields.Enum(LeaveReason, by_value=True, allow_none=True)
    undone_because = fields.Enum(UndoReason, by_value=True, allow_none=True)
    nth_today = fields.Integer(allow_none=True, metadata={"description": "Which visit of the day; nobody's is null."})
    hold_reason = fields.String(allow_none=True)
    concerns = fields.List(fields.Enum(Concern, by_value=True))
    nurse_asked_at = fields.AwareDateTime(allow_none=True)
    nurse_came_at = fields.AwareDateTime(allow_none=True)
    claim_until = fields.AwareDateTime(allow_none=True)
    offered = fields.Integer(allow_none=True, metadata={"description": "The number of the cubicle kept for them."})
    missed_at = fields.AwareDateTime(allow_none=True)
    unwell = fields.Boolean()
    window_closes_at = fields.AwareDateTime(allow_none=True)
    cubicle = fields.Integer(allow_none=True)
    with_whom = fields.String(allow_none=True)
    station = fields.String(allow_none=True)
    episodes = fields.List(fields.Nested(EpisodeOut))


class TurnedAwayOut(Schema):
    """That somebody was not let in."""

    code = fields.String()
    reason = fields.Enum(TurnedAwayReason, by_value=True)
    at = fields.AwareDateTime()
