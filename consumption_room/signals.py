"""What goes over the sockets, described once: the code that rings and listens uses it, and so does its document."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import Schema, fields, validate

from consumption_room.alerts.schemas import WallAlertOut
from consumption_room.vocabulary.alarms import ReceiptStage


class BoardSignal(Schema):
    """Something in the room changed: look again."""

    seq = fields.Integer(required=True, metadata={"description": "the journal's number"})
    version = fields.Integer(required=True, metadata={"description": "the same, as the board calls it"})


class BeatSignal(Schema):
    """The room is alive, and so old are its parts; ages are null before the first time."""

    seq = fields.Integer(required=True)
    server_ms = fields.Integer(required=True, metadata={"description": "the server's clock, since 1970"})
    database_age_ms = fields.Integer(required=True, allow_none=True)
    watch_age_ms = fields.Integer(required=True, allow_none=True)
    able_displays = fields.Integer(required=True)
    build = fields.String(required=True, metadata={"description": "which scripts and styles the server gives out"})
    self_test_age_s = fields.Integer(required=True, allow_none=True)
    clock_off_s = fields.Integer(
        required=True, metadata={"description": "by how much the server's clock is wrong; 0 while that does no harm"}
    )


class SelfTestSignal(Schema):
    """A test of the alarm's whole path: answer with a receipt for this id."""

    id = fields.String(required=True)


class SyncSignal(Schema):
    """What a display that has just connected asks: everything that is open now."""

    after = fields.Integer(metadata={"description": "the last number heard; the whole list is given all the same"})


class SyncAnswer(Schema):
    """Every open alarm, and the journal's number at which this is true."""

    seq = fields.Integer(required=True)
    alerts = fields.List(fields.Nested(WallAlertOut), required=True)


class ReceiptSignal(Schema):
    """An alarm, or a self-test, has come so far on this display."""

    code = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9-]{1,40}\Z"))
    stage = fields.Enum(ReceiptStage, by_value=True, required=True)


class ReceiptAnswer(Schema):
    """Whether the receipt could be read."""

    ok = fields.Boolean(required=True)


class DisplayBeatSignal(Schema):
    """A display says that it is there, whether it is seen and heard, and what its own clock shows."""

    seq = fields.Integer(metadata={"description": "the last number it has shown"})
    visible = fields.Boolean()
    audio = fields.Boolean()
    build = fields.String()
    clock_ms = fields.Integer(metadata={"description": "the display's own clock, since 1970"})


@dataclass(frozen=True)
class Signal:
    """One event: its name on the wire, what it carries, and what whoever sends it is answered."""

    name: str
    schema: type[Schema]
    answer: type[Schema] | None = None

    @cached_property
    def _writes(self) -> Schema:
        return self.schema()

    def of(self, said: object) -> dict[str, Any]:
        """What goes over the wire for this."""
        written: dict[str, Any] = self._writes.dump(said)
        return written

    @cached_property
    def _replies(self) -> Schema:
        return (self.answer or Schema)()

    def answers(self, said: object) -> dict[str, Any]:
        """What whoever sent this is answered."""
        written: dict[str, Any] = self._replies.dump(said)
        return written


ALERT = Signal("alert", WallAlertOut)
BOARD = Signal("board", BoardSignal)
BEAT = Signal("beat", BeatSignal)
SELF_TEST = Signal("self_test", SelfTestSignal)
SENT = (ALERT, BOARD, BEAT, SELF_TEST)
"""What the room rings on displays."""

SYNC = Signal("sync", SyncSignal, SyncAnswer)
RECEIPT = Signal("receipt", ReceiptSignal, ReceiptAnswer)
DISPLAY_BEAT = Signal("beat", DisplayBeatSignal)
HEARD = (SYNC, RECEIPT, DISPLAY_BEAT)
"""What a display may say. It changes nothing: sockets ring, HTTP acts."""
