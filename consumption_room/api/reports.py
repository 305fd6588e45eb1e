"""Reports over HTTP."""

from datetime import timedelta
from typing import Any

from flask import Response

from consumption_room import clock, journal
from consumption_room.api.reading import Blueprint
from consumption_room.database import transaction
from consumption_room.errors import NotFound
from consumption_room.events import Happened
from consumption_room.gate import here
from consumption_room.gate.doors import requires
from consumption_room.reports import files
from consumption_room.reports.catalogue import REPORTS
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period
from consumption_room.reports.schemas import PeriodForm, ReportOut
from consumption_room.staff.rules import Permission

bp = Blueprint("reports", __name__, url_prefix="/api/v1/reports", description="What the room did")


@bp.get("")
@requires(Permission.SEE_REPORTS)
@bp.response(200)
def reports() -> dict[str, Any]:
    """List the reports with the question each answers and the definitions of its figures."""
    return {
        "items": [
            {"name": name, "question": kind.question, "definitions": kind.definitions} for name, kind in REPORTS.items()
        ],
        "next": None,
    }


@bp.get("/<name>")
@requires(Permission.SEE_REPORTS)
@bp.arguments(PeriodForm, location="query")
@bp.response(200, ReportOut)
def report(asked: dict[str, Any], name: str) -> Report | Response:
    """Give one report; without a period, the last seven days."""
    if name not in REPORTS:
        raise NotFound("There is no report with this name.")
    today = here.policy().service_day(clock.now())
    last = asked.get("last", max(today, asked.get("first", today)))
    period = Period(asked.get("first", last - timedelta(days=6)), last, asked["grain"])
    found = REPORTS[name].make(period, here.policy())
    if asked["format"] == "json":
        return found
    with transaction():
        journal.record(Happened.REPORT_TAKEN, name, here.actor(), clock.now(), form=asked["format"])
    headers = {"Content-Disposition": f'attachment; filename="{name}-{period.first}-{period.last}.csv"'}
    return Response(files.as_csv(found), mimetype="text/csv", headers=headers)
