"""Reports as files."""

import csv
import io

from consumption_room.reports.queries import Report

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: Report) -> str:
    """The report as CSV: a header, a row each period, a row of totals. Safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = list(report.rows[0]) if report.rows else ["period"]
    writer.writerow(names)
    for row in [*report.rows, {"period": "total", **report.totals}]:
        writer.writerow([safe(row.get(name)) for name in names])
    return out.getvalue()


def safe(value: object) -> object:
    """A text that a spreadsheet would run as a formula is kept a text."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
