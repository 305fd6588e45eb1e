"""Reading which report is wanted, and answering with it."""

from marshmallow import Schema, fields, validate

from consumption_room.forms import Choice, Day, Form
from consumption_room.vocabulary.reports import Grain


class PeriodForm(Form):
    """The first and the last day of a report, both included, how long a row is, and in what form it comes."""

    first = Day(data_key="from")
    last = Day(data_key="to")
    grain = Choice(Grain, load_default=Grain.DAY)
    format = fields.String(
        load_default="json", validate=validate.OneOf(["json", "csv"], error="A report comes as json or csv.")
    )


class ReportOut(Schema):
    """A report with the definitions of its figures; ``suppressed`` counts the cells that were hidden."""

    name = fields.String()
    first = fields.Function(
        lambda report: report.period.first.isoformat(), data_key="from", metadata={"type": "string", "format": "date"}
    )
    last = fields.Function(
        lambda report: report.period.last.isoformat(), data_key="to", metadata={"type": "string", "format": "date"}
    )
    grain = fields.Function(lambda report: report.period.grain.value, metadata={"type": "string"})
    definitions = fields.Dict(keys=fields.String(), values=fields.String())
    rows = fields.List(fields.Dict())
    totals = fields.Dict()
    suppressed = fields.Integer()
