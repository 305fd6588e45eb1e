"""The journal over HTTP, for the auditor."""

from typing import Any

from marshmallow import Schema, fields

from consumption_room import journal
from consumption_room.api.reading import Blueprint
from consumption_room.forms import Code, Form, Whole
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("journal", __name__, url_prefix="/api/v1/journal", description="What happened, in order")


class FollowForm(Form):
    """From which number on, and about what."""

    after = Whole(least=0, most=2**53, load_default=0)
    limit = Whole(least=1, most=1000, load_default=200)
    subject = Code()


class JournalRowOut(Schema):
    """A row of the journal: codes only."""

    seq = fields.Integer()
    at = fields.AwareDateTime()
    what = fields.String()
    subject = fields.String()
    visit = fields.String(allow_none=True)
    staff = fields.String(allow_none=True)
    device = fields.String(allow_none=True)
    payload = fields.Dict()
    previous = fields.String()
    hash = fields.String()


class JournalPage(Schema):
    """Some rows, and the number to go on from."""

    items = fields.List(fields.Nested(JournalRowOut))
    next = fields.String(allow_none=True)


@bp.get("")
@requires(Permission.READ_JOURNAL)
@bp.arguments(FollowForm, location="query")
@bp.response(200, JournalPage)
def rows(asked: dict[str, Any]) -> dict[str, Any]:
    """List what happened after a number, oldest first."""
    found = journal.after(asked["after"], asked["limit"], asked.get("subject"))
    return {"items": found, "next": str(found[-1].seq) if len(found) == asked["limit"] else None}
