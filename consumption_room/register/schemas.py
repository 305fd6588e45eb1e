"""Reading what is to be written in a register, and answering with its lines."""

from marshmallow import Schema, fields, validate

from consumption_room.amounts import in_mg
from consumption_room.forms import Choice, Code, Day, Form, Milligrams, Text
from consumption_room.register.custody import Sealed, Step
from consumption_room.staff.schemas import WitnessedForm
from consumption_room.vocabulary.register import CountOccasion, CountState, CustodyMove, DrugForm, LineKind

_SAID_OPENLY = {CountState.AGREES, CountState.DIFFERS}
_HASH = validate.Regexp(r"[0-9a-f]{12,64}\Z", error="A hash has 12 to 64 figures and letters from a to f.")


class DrugOpeningForm(WitnessedForm):
    """What two people counted when the register was opened."""

    amount = Milligrams(required=True, data_key="amount_mg")
    lot = Text(longest=40, required=True)
    expires_on = Day(allow_none=True)


class DrugReceiptForm(DrugOpeningForm):
    """A delivery: from whom, and under which order."""

    party = Text(longest=200, required=True)
    authority = Text(longest=80, allow_none=True)


class WasteForm(WitnessedForm):
    """What was spilled, broken or left over, and why; without a lot, the first to expire."""

    amount = Milligrams(required=True, data_key="amount_mg")
    lot = Text(longest=40, allow_none=True)
    station = Code(allow_none=True)
    reason = Text(longest=200, required=True)
    reference = Code(allow_none=True)


class DestructionForm(WitnessedForm):
    """What is destroyed with permission: its number, and by whom."""

    amount = Milligrams(required=True, data_key="amount_mg")
    lot = Text(longest=40, required=True)
    authority = Text(longest=80, required=True)
    party = Text(longest=200, allow_none=True)
    reason = Text(longest=200, allow_none=True)


class TransferForm(WitnessedForm):
    """What is sent to another site or back to the pharmacy."""

    amount = Milligrams(required=True, data_key="amount_mg")
    lot = Text(longest=40, required=True)
    party = Text(longest=200, required=True)
    authority = Text(longest=80, allow_none=True)


class DrugReversalForm(WitnessedForm):
    """A line to take back, and why."""

    line = Code(required=True)
    reason = Text(longest=200, required=True)


class DrugCountForm(WitnessedForm):
    """What somebody counted in a lot. A witness named here is who counted; else it is whoever is signed in."""

    lot = Text(longest=40, required=True)
    counted = Milligrams(required=True, data_key="counted_mg")
    occasion = Choice(CountOccasion, load_default=CountOccasion.SPOT)


class SettleForm(WitnessedForm):
    """Why the register is put right by what was counted."""

    reason = Text(longest=200, required=True)


class BagForm(WitnessedForm):
    """A sealed bag: its printed number, what it looks like, where it was found and is kept, and its weight if known."""

    makes = Sealed

    bag = Text(longest=40, required=True)
    what = Text(longest=200, required=True)
    found = Text(longest=200, required=True)
    store = Text(longest=200, required=True)
    amount = Milligrams(data_key="amount_mg", allow_none=True, least=1)
    estimated = fields.Boolean()


class BagStepForm(WitnessedForm):
    """Where a bag goes, and the number of the receipt it was given against."""

    makes = Step

    kind = Choice(CustodyMove, required=True)
    to = Text(longest=200, required=True)
    receipt = Text(longest=80, allow_none=True)


class LinesForm(Form):
    """Which lines of a register: the days, both included, and where the list begins."""

    first = Day(data_key="from")
    last = Day(data_key="to")
    after = Code()
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500, error="A page has 1 to 500 lines."))


class ExtractForm(Form):
    """The days of an extract, both included, and in what form it comes."""

    first = Day(required=True, data_key="from")
    last = Day(required=True, data_key="to")
    format = fields.String(
        load_default="pdf", validate=validate.OneOf(["pdf", "csv"], error="An extract comes as pdf or csv.")
    )


class BottleForm(Form):
    """A bottle of a lot to open at a station, and how much is in it."""

    lot = Text(longest=40, required=True)
    station = Code(required=True)
    contents = Milligrams(required=True, data_key="contents_mg")


class VerifyForm(Form):
    """A line as a printed extract says it, to compare with."""

    line = fields.Integer(validate=validate.Range(1, 10**9, error="Lines are numbered from 1."))
    hash = Text(longest=64, validate=_HASH)


class ProductOut(Schema):
    """A controlled drug in one form and strength; the strength is in one millilitre, tablet, ampoule or vial."""

    code = fields.String()
    drug = fields.String()
    form = fields.Enum(DrugForm, by_value=True)
    strength_mg = Milligrams(attribute="strength")
    low_mg = Milligrams(attribute="low")


class StandingOut(Schema):
    """How a register stands; ``line`` and ``hash`` are its end."""

    product = fields.Nested(ProductOut)
    balance_mg = Milligrams(attribute="balance")
    expired_mg = Milligrams(attribute="expired")
    low = fields.Boolean()
    line = fields.Integer()
    hash = fields.String()


class DrugLotOut(Schema):
    """A delivery of which something is left."""

    number = fields.String()
    expires_on = fields.Date(allow_none=True)
    balance_mg = Milligrams(attribute="balance")


class BottleOut(Schema):
    """A bottle open at a station; ``low`` says that the next is due."""

    code = fields.String()
    station = fields.String()
    lot = fields.Function(lambda bottle: bottle.lot.number, metadata={"type": "string"})
    contents_mg = Milligrams(attribute="contents")
    rest_mg = Milligrams(attribute="rest")
    low = fields.Function(lambda bottle: bottle.low, metadata={"type": "boolean"})


class CountOut(Schema):
    """A count: while it waits for the second person it says neither figure nor balance."""

    code = fields.String()
    lot = fields.Function(lambda count: count.lot.number, metadata={"type": "string"})
    occasion = fields.Enum(CountOccasion, by_value=True)
    state = fields.Enum(CountState, by_value=True)
    first = fields.String(attribute="first_name")
    second = fields.String(attribute="second_name", allow_none=True)
    difference_mg = fields.Function(
        lambda count: in_mg(count.second_difference) if count.state in _SAID_OPENLY else None,
        metadata={"type": ["string", "null"]},
    )


class DiscrepancyOut(Schema):
    """Two people counted the same, and the register says something else."""

    code = fields.String()
    count = fields.Nested(CountOut)
    difference_mg = Milligrams(attribute="difference")
    found_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    settled_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class LineOut(Schema):
    """A line of a register: what came or went, what is left, who wrote it and who stood by."""

    code = fields.String()
    line = fields.Integer(attribute="seq")
    kind = fields.Enum(LineKind, by_value=True)
    lot = fields.Function(lambda line: line.lot.number, metadata={"type": "string"})
    quantity_mg = Milligrams(attribute="quantity")
    counted_mg = Milligrams(attribute="counted", allow_none=True)
    balance_mg = Milligrams(attribute="balance")
    lot_balance_mg = Milligrams(attribute="lot_balance")
    giver = fields.String(attribute="giver_name")
    witness = fields.String(attribute="witness_name", allow_none=True)
    reference = fields.String(allow_none=True)
    party = fields.String(allow_none=True)
    authority = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    reverses = fields.Function(
        lambda line: line.reverses.seq if line.reverses else None, metadata={"type": ["integer", "null"]}
    )
    at = fields.AwareDateTime()
    previous = fields.String()
    hash = fields.String()


class RegisterOut(StandingOut):
    """A register: how it stands, its lots and open bottles, and the lines of the days that were asked for."""

    lots = fields.List(fields.Nested(DrugLotOut))
    bottles = fields.List(fields.Nested(BottleOut))
    discrepancies = fields.List(fields.Nested(DiscrepancyOut))
    items = fields.List(fields.Nested(LineOut))
    next = fields.String(allow_none=True)


class VerifiedOut(Schema):
    """Whether a register holds; if not, the first line that does not, and why."""

    whole = fields.Boolean()
    lines = fields.Integer()
    hash = fields.String()
    wrong = fields.Nested(
        Schema.from_dict({"line": fields.Integer(), "sentence": fields.String()}, name="WrongLine"), allow_none=True
    )


class BagStepOut(Schema):
    """A step of a bag, and who signed it."""

    kind = fields.Enum(CustodyMove, by_value=True)
    to = fields.String()
    receipt = fields.String(allow_none=True)
    giver = fields.String(attribute="giver_name")
    witness = fields.String(attribute="witness_name")
    at = fields.AwareDateTime()


class BagOut(Schema):
    """A sealed bag, where it is now, and every step it took."""

    code = fields.String()
    bag = fields.String()
    what = fields.String()
    found = fields.String()
    store = fields.String()
    amount_mg = Milligrams(attribute="amount", allow_none=True)
    estimated = fields.Boolean()
    where = fields.String()
    giver = fields.String(attribute="giver_name")
    witness = fields.String(attribute="witness_name")
    at = fields.AwareDateTime()
    steps = fields.List(fields.Nested(BagStepOut))
