"""How the API reads requests, and the few shapes that many answers share."""

import functools
from typing import Any, NoReturn

from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema, ValidationError, fields, missing, validate
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from consumption_room.errors import FieldsWrong, Unreadable
from consumption_room.forms import Code, Form, Whole

_UNREADABLE = "The request is not JSON that can be read. Nothing was changed."


class Reader(FlaskParser):
    """Reads a request into a form; what is wrong becomes one of our own refusals."""

    # An unknown word in the address is a misunderstanding too, and is said.
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": None}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body as JSON; raise ``Unreadable`` for anything that is not."""
        try:
            # Whatever it calls itself: a body that is not looked at is a misunderstanding nobody hears of.
            return req.get_json(force=True) if req.get_data() else missing
        except (BadRequest, ValueError, RecursionError) as trouble:
            raise Unreadable(_UNREADABLE) from trouble

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        """Name each field that is wrong, with its sentences."""
        messages: dict[str, Any] = error.messages_dict
        raise FieldsWrong({name: _sentences(found) for place in messages.values() for name, found in _named(place)})


def _named(place: Any) -> list[tuple[str, Any]]:
    return list(place.items()) if isinstance(place, dict) else [("_", place)]


def _sentences(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [sentence for inner in found.values() for sentence in _sentences(inner)]
    return [str(sentence) for sentence in found] if isinstance(found, list) else [str(found)]


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A resource of the API."""

    ARGUMENTS_PARSER = Reader()

    def arguments(self, form: Form | type[Form], **more: Any) -> Any:
        """Read requests with one form, made once: it keeps nothing of what it has read."""
        return super().arguments(form() if isinstance(form, type) else form, **more)


class ListForm(Form):
    """Where a list begins and how long a page of it is."""

    after = Code()
    limit = Whole(least=1, most=200, load_default=50)


class StateListForm(ListForm):
    """A list of which one may want only what is still open."""

    state = fields.String(
        validate=validate.OneOf(["open", "all"], error="The state is open or all."), load_default="all"
    )


@functools.cache
def page_of(schema: type[Schema]) -> type[Schema]:
    """The shape of a list: its items, and the cursor of the next page or null."""
    name = schema.__name__.removesuffix("Out") + "Page"
    made: type[Schema] = Schema.from_dict(
        {"items": fields.List(fields.Nested(schema)), "next": fields.String(allow_none=True)}, name=name
    )
    return made


def listed(items: Any, limit: int | None = None) -> dict[str, Any]:
    """A page of things that have a code; a full page says where the next begins."""
    more = limit is not None and len(items) == limit
    return {"items": items, "next": items[-1].code if more else None}
