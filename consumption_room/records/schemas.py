"""Reading which records belong together, and answering with what was done."""

from marshmallow import Schema, fields

from consumption_room.forms import Code, Form, Text


class MergeForm(Form):
    """The other record of the same person, and how one knows."""

    other = Code(required=True)
    reason = Text(shortest=3, longest=200, required=True)


class MergeOut(Schema):
    """Two records brought together, and parted again if they were; codes only."""

    code = fields.String()
    survivor = fields.String(attribute="survivor.code")
    merged = fields.String(attribute="merged.code")
    reason = fields.String()
    by = fields.String()
    at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    undone_by = fields.String(allow_none=True)
