"""Reports: one question a page, the period in the address, and every figure with its definition."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock, journal
from consumption_room.cubicles import queries as cubicles
from consumption_room.database import transaction
from consumption_room.errors import FieldsWrong
from consumption_room.events import Happened
from consumption_room.gate import here
from consumption_room.gate.doors import requires
from consumption_room.incidents import queries as incidents
from consumption_room.reports import doses as adherence
from consumption_room.reports import files, queries, response
from consumption_room.reports.queries import Report
from consumption_room.reports.rules import Period
from consumption_room.reports.schemas import PeriodForm
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.doses import DoseWindow
from consumption_room.vocabulary.incidents import PartOfDay
from consumption_room.vocabulary.reports import Grain
from consumption_room.web import look
from consumption_room.web.fields import read

bp = Blueprint("reports", __name__)

_PAGES = {"reports.alerts": "reports/alerts.html", "reports.doses": "reports/doses.html"}
"""The page of every question but the first, by its view."""


@dataclass(frozen=True)
class Range:
    """A period that is one press away."""

    name: str
    first: date
    last: date
    grain: Grain


@bp.get("/reports")
@requires(Permission.SEE_REPORTS)
def page() -> ResponseReturnValue:
    """How busy were we?"""
    period = _period()
    return render_template(
        "reports/usage.html",
        report=queries.usage(period),
        period=period,
        cluster=incidents.cluster(here.policy(), clock.now()),
        columns=_columns(),
        figure=_figure,
        ranges=_ranges(),
        grains=list(Grain),
        today=_today(),
    )


@bp.get("/reports/usage.csv")
@requires(Permission.SEE_REPORTS)
def usage_file() -> ResponseReturnValue:
    """The same report as a file; that it was taken stands in the journal."""
    return _file(queries.usage(_period()))


@bp.get("/reports/alerts")
@requires(Permission.SEE_REPORTS)
def alerts() -> ResponseReturnValue:
    """How fast did we come?"""
    period = _period()
    return render_template(
        "reports/alerts.html",
        report=response.alerts(period, here.policy()),
        period=period,
        cluster=incidents.cluster(here.policy(), clock.now()),
        columns=_response_columns(),
        figure=_figure,
        shifts={part.value: part for part in PartOfDay},
        places={place.code: look.place_name(place) for place in cubicles.all_places()},
        ranges=_ranges(),
        grains=list(Grain),
        today=_today(),
    )


@bp.get("/reports/alerts.csv")
@requires(Permission.SEE_REPORTS)
def alerts_file() -> ResponseReturnValue:
    """The same report as a file; that it was taken stands in the journal."""
    return _file(response.alerts(_period(), here.policy()))


@bp.get("/reports/doses")
@requires(Permission.SEE_REPORTS)
def doses() -> ResponseReturnValue:
    """Who came for their doses?"""
    period = _period()
    return render_template(
        "reports/doses.html",
        report=adherence.doses(period),
        period=period,
        cluster=incidents.cluster(here.policy(), clock.now()),
        columns=_dose_columns(),
        figure=_figure,
        windows={window.value: window for window in DoseWindow},
        ranges=_ranges(),
        grains=list(Grain),
        today=_today(),
    )


@bp.get("/reports/doses.csv")
@requires(Permission.SEE_REPORTS)
def doses_file() -> ResponseReturnValue:
    """The same report as a file; that it was taken stands in the journal."""
    return _file(adherence.doses(_period()))


def _file(report: Report) -> ResponseReturnValue:
    period = report.period
    with transaction():
        journal.record(
            Happened.REPORT_TAKEN,
            report.name,
            here.actor(),
            clock.now(),
            first=period.first.isoformat(),
            last=period.last.isoformat(),
            grain=period.grain.value,
            format="csv",
        )
    name = f"{report.name}-{period.first}-{period.last}-{period.grain}.csv"
    return Response(
        files.as_csv(report),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.errorhandler(FieldsWrong)
def _refused(refusal: FieldsWrong) -> ResponseReturnValue:
    """The page without figures, with the reason on top and the period as it was typed."""
    return (
        render_template(
            _PAGES.get((request.endpoint or "").removesuffix("_file"), "reports/usage.html"),
            refusal=refusal,
            report=None,
            typed=request.args,
            ranges=_ranges(),
            grains=list(Grain),
            today=_today(),
        ),
        refusal.status,
    )


def _period() -> Period:
    asked, today = read(PeriodForm(), request.args), _today()
    last = asked.get("last") or today
    return Period(asked.get("first") or last - timedelta(days=6), last, asked["grain"])


def _columns() -> dict[str, str]:
    """The words above the columns, in their order."""
    return {
        "period": _("Period"),
        "accesses": _("Visits"),
        "episodes": _("Intakes"),
        "people": _("People"),
        "emergencies": _("Emergencies"),
        "turned_away": _("Not let in"),
        "left_waiting": _("Gave up waiting"),
        "switched_to_injecting": _("Injected instead of smoking"),
        "needles_out": _("Needles out"),
        "needles_back": _("Needles back"),
        "referrals": _("Referrals"),
        "median_wait_s": _("Half waited"),
        "p90_wait_s": _("9 of 10 waited"),
    }


def _response_columns() -> dict[str, str]:
    """The words above the columns of the second question, in their order."""
    return {
        "period": _("Period"),
        "shift": _("Part of the day"),
        "alarms": _("Alarms"),
        "false_alarms": _("Nothing was wrong"),
        "median_receipt_ms": _("Half: on a screen"),
        "p95_receipt_ms": _("19 of 20: on a screen"),
        "median_acknowledge_s": _("Half: answered"),
        "p95_acknowledge_s": _("19 of 20: answered"),
        "median_on_scene_s": _("Half: on scene"),
        "p95_on_scene_s": _("19 of 20: on scene"),
        "drills": _("Drills"),
        "drill_median_on_scene_s": _("Half of drills: on scene"),
    }


def _dose_columns() -> dict[str, str]:
    """The words above the columns of the question about doses, in their order."""
    return {
        "period": _("Period"),
        "window": _("Dose window"),
        "due": _("Doses due"),
        "taken": _("Taken"),
        "in_part": _("In part"),
        "elsewhere": _("Elsewhere"),
        "not_given": _("Not given"),
        "missed": _("Missed"),
        "adherence": _("Share taken"),
        "late_entries": _("Entered late"),
        "missed_runs": _("Two or more missed in a row"),
        "longest_run": _("Most missed in a row"),
    }


def _figure(name: str, value: float | None) -> str:
    """A figure as people read it: waits in minutes and seconds, shares in per cent, a missing one as a dash."""
    if value is None:
        return "–"
    if name == "adherence":
        return f"{value * 100:.1f} %"
    value = int(value)
    if name.endswith("_ms"):
        return f"{value / 1000:.2f} s"
    return f"{value // 60}:{value % 60:02d}" if name.endswith("_s") else str(value)


def _today() -> date:
    return here.policy().service_day(clock.now())


def _ranges() -> list[Range]:
    today = _today()
    return [
        Range(_("7 days"), today - timedelta(days=6), today, Grain.DAY),
        Range(_("28 days"), today - timedelta(days=27), today, Grain.DAY),
        Range(_("This month"), today.replace(day=1), today, Grain.DAY),
        Range(_("12 weeks"), today - timedelta(days=83 + today.weekday()), today, Grain.WEEK),
        Range(_("This year"), today.replace(month=1, day=1), today, Grain.MONTH),
    ]
