"""Reading what the form on a page sent: empty lines left out, lists gathered, and one frozen thing made of it."""

import re
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from marshmallow import ValidationError, fields
from werkzeug.datastructures import MultiDict

from consumption_room.errors import FieldsWrong
from consumption_room.forms import Agreement, Form
from consumption_room.gate import here

_WHOLE = re.compile(r"[+-]?\d{1,12}")
_YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}


def read(form: Form, sent: MultiDict[str, str] | None = None, /, **also: Any) -> Any:
    """What the page sent (or ``sent``), and ``also``, as the form makes it; raise ``FieldsWrong``, sentences by field.

    Only the form's own fields are looked at: the page's keys and buttons are none of its business.
    """
    sent = request.form if sent is None else sent
    said = {}
    for name, field in form.fields.items():
        key = field.data_key or name
        value = _said(sent, key, field)
        if value is not None:
            said[key] = value
    try:
        return form.load(said | also)
    except ValidationError as error:
        raise FieldsWrong(_by_field(error.messages_dict), _("Please look at this again.")) from error


def whole(text: str) -> int | str:
    """The whole number that somebody typed, or what they typed, for the form to refuse."""
    return int(text) if _WHOLE.fullmatch(text) else text


def _said(sent: MultiDict[str, str], key: str, field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.List):
        return [value for value in sent.getlist(key) if value] or None
    text = sent.get(key, "").strip()
    if not text:
        return None
    if isinstance(field, fields.Integer):
        return whole(text)
    if isinstance(field, fields.AwareDateTime):
        return _moment(text)
    if isinstance(field, fields.Boolean | Agreement):
        return _YES_OR_NO.get(text, text)
    return text


def _moment(text: str) -> str:
    """A moment on the room's own clock, as a date and time field gives it, made one of everywhere."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=here.policy().timezone)).isoformat()


def _by_field(messages: dict[str, Any]) -> dict[str, list[str]]:
    words = _words()
    return {
        name: [
            f"{words[name]}: {_plain(sentence)}" if name in words else _plain(sentence)
            for sentence in _sentences(found)
        ]
        for name, found in messages.items()
    }


def _words() -> dict[str, str]:
    """What the fields are called on the pages, so that a sentence stands by itself in the summary."""
    return {
        "alias": _("Alias"),
        "amount_mg": _("Milligrams"),
        "authority": _("Number of the order or permission"),
        "counted_mg": _("Milligrams you counted"),
        "hash": _("Hash"),
        "line": _("Line"),
        "occasion": _("Occasion"),
        "party": _("From or to whom"),
        "action": _("What was done"),
        "birth_date": _("Birth date"),
        "audience": _("Who should see it"),
        "birth_year": _("Birth year"),
        "bag": _("Number on the sealed bag"),
        "causes": _("What may have contributed"),
        "consent": _("Agreement"),
        "contact": _("Contact"),
        "counted": _("Pieces on the shelf"),
        "cubicle": _("Cubicle"),
        "decided_by": _("Decided by"),
        "ends_at": _("Last day"),
        "expires_on": _("Good until"),
        "from": _("From"),
        "found": _("Where it was found"),
        "handover": _("Handed over"),
        "item": _("Item"),
        "kind": _("Kind"),
        "language": _("Language"),
        "lot": _("Lot number"),
        "name": _("Name"),
        "number": _("Number"),
        "notes": _("What happened"),
        "other": _("The other record"),
        "outcome": _("Outcome"),
        "phrase": _("Recognition phrase"),
        "pin": _("PIN"),
        "place": _("Place"),
        "purposes": _("Came for"),
        "quantity": _("How many"),
        "reason": _("Reason"),
        "review_on": _("Looked at again on"),
        "role": _("Role"),
        "route": _("How"),
        "scope": _("What is closed"),
        "service": _("Partner"),
        "store": _("Where it is kept"),
        "substances": _("Substance"),
        "text": _("What they should know"),
        "to": _("To"),
        "person": _("Person"),
        "starts_at": _("Begins"),
        "minutes": _("Minutes"),
        "value": _("Measured value"),
        "what": _("What it looks like"),
        "whom": _("Which partner"),
    }


def _sentences(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [sentence for inner in found.values() for sentence in _sentences(inner)]
    return [str(sentence) for sentence in found]


def _plain(sentence: str) -> str:
    """The library's own sentences in the words of the room."""
    if sentence == "Missing data for required field.":
        return str(_("please fill this in or choose."))
    if sentence.startswith("Not a valid integer"):
        return str(_("this must be a whole number."))
    if sentence.startswith("Not a valid date"):
        return str(_("this must be a day, like 2026-11-20."))
    if sentence.startswith("Must be one of"):
        return str(_("please choose one from the list."))
    return sentence
