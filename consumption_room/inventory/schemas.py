"""Reading what is asked of the stock, and answering with levels and lines of the ledger."""

from marshmallow import Schema, fields, validate

from consumption_room.forms import Choice, Code, Day, Form, Text, Whole
from consumption_room.inventory.catalogue import NewItem
from consumption_room.inventory.service import Count, Issue, Receipt, Return
from consumption_room.vocabulary.stock import ItemKind, MovementReason, ReturnMethod

MOST = 100_000
_SLUG = validate.Regexp(r"[a-z0-9][a-z0-9-]*\Z", error="A code has small letters, digits and dashes only.")


class IssueForm(Form):
    """An item or a kit to hand out: as many as the person needs."""

    makes = Issue

    item = Code()
    kit = Code()
    quantity = Whole(least=1, most=MOST, required=True)
    visit = Code(allow_none=True)
    for_others = fields.Boolean()


class ReturnForm(Form):
    """Used sharps that came back."""

    makes = Return

    quantity = Whole(least=1, most=MOST, required=True)
    method = Choice(ReturnMethod)
    visit = Code(allow_none=True)


class ReceiptForm(Form):
    """A delivery."""

    makes = Receipt

    item = Code(required=True)
    quantity = Whole(least=1, most=MOST, required=True)
    lot = Text(longest=40)
    expires_on = Day(allow_none=True)


class CountForm(Form):
    """What somebody counted."""

    makes = Count

    item = Code(required=True)
    counted = Whole(least=0, most=MOST, required=True)
    lot = Text(longest=40)
    note = Text(longest=200, allow_none=True)


class ReversalForm(Form):
    """A booking to take back, and why."""

    movement = Code(required=True)
    reason = Text(longest=200, required=True)


class NewItemForm(Form):
    """An item for the catalogue."""

    makes = NewItem

    code = Text(longest=40, required=True, validate=_SLUG)
    name = Text(longest=80, required=True)
    kind = Choice(ItemKind, required=True)
    minimum = Whole(least=0, most=MOST)


class NewKitForm(Form):
    """A kit for the catalogue: which items, how many of each."""

    code = Text(longest=40, required=True, validate=_SLUG)
    name = Text(longest=80, required=True)
    parts = fields.Dict(
        keys=Code(), values=Whole(least=1, most=1000), required=True, validate=validate.Length(min=1, max=40)
    )


class ItemOut(Schema):
    """An item of the catalogue."""

    code = fields.String()
    name = fields.String()
    kind = fields.Enum(ItemKind, by_value=True)
    minimum = fields.Integer()


class LevelOut(ItemOut):
    """How an item stands; expired pieces count as zero."""

    balance = fields.Integer()
    expired = fields.Integer()
    short = fields.Boolean()
    next_expiry = fields.Date(allow_none=True)


class KitPartOut(Schema):
    """How many of an item are in a kit."""

    item = fields.Function(lambda part: part.item.code, metadata={"type": "string"})
    quantity = fields.Integer()


class KitOut(Schema):
    """A kit and its parts."""

    code = fields.String()
    name = fields.String()
    parts = fields.List(fields.Nested(KitPartOut))


class LotOut(Schema):
    """A delivery of which something is left."""

    code = fields.String()
    item = fields.Function(lambda lot: lot.item.code, metadata={"type": "string"})
    number = fields.String()
    expires_on = fields.Date(allow_none=True)
    on_shelf = fields.Integer()


class MovementOut(Schema):
    """A line of the ledger; lines with the same ``issue`` were booked together."""

    code = fields.String()
    issue = fields.String()
    item = fields.Function(lambda movement: movement.lot.item.code, metadata={"type": "string"})
    lot = fields.Function(lambda movement: movement.lot.number, metadata={"type": "string"})
    quantity = fields.Integer()
    reason = fields.Enum(MovementReason, by_value=True)
    for_others = fields.Boolean()
    note = fields.String(allow_none=True)
    at = fields.AwareDateTime()


class ReturnOut(Schema):
    """Used sharps as counted."""

    code = fields.String()
    quantity = fields.Integer()
    method = fields.Enum(ReturnMethod, by_value=True)
    at = fields.AwareDateTime()
