"""The AsyncAPI document of the sockets, written from the description that the sockets' own code uses."""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response, jsonify
from marshmallow import Schema

from consumption_room import signals
from consumption_room.gate.doors import public
from consumption_room.signals import Signal

bp = Blueprint("events", __name__)


@bp.get("/api/v1/asyncapi.json")
@public
def asyncapi() -> Response:
    """Give the AsyncAPI 3.0 document: what the room rings on displays, and what a display may say."""
    return jsonify(document())


def document() -> dict[str, Any]:
    """The whole document; the room *sends* what displays hear, and *receives* what they say."""
    spec = APISpec("", "", "3.1.0", plugins=[MarshmallowPlugin(schema_name_resolver=_name)])
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for action, listed in (("send", signals.SENT), ("receive", signals.HEARD)):
        for signal in listed:
            _describe(signal, action, spec, messages, operations)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Consumption room",
            "version": "v1",
            "description": (
                "Socket.IO on its default path and namespace; transports websocket suffices. Connect with auth {key}, "
                "or with the session's cookie; anything else is refused. Sockets ring, HTTP acts: nothing said here "
                "changes anything. A message may be lost: whoever connects asks sync for the whole list, and answers "
                "each alert with receipts, without which it is sent again."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {"room": {"address": "/", "messages": messages}},
        "operations": operations,
        "components": {"schemas": spec.to_dict()["components"]["schemas"]},
    }


def _describe(signal: Signal, action: str, spec: APISpec, messages: dict[str, Any], operations: dict[str, Any]) -> None:
    key = _key(signal, action)
    messages[key] = _message(signal.name, signal.schema, spec)
    operations[key] = {
        "action": action,
        "channel": {"$ref": "#/channels/room"},
        "summary": _sentence(signal.schema),
        "messages": [{"$ref": f"#/channels/room/messages/{key}"}],
    }
    if signal.answer is not None:
        messages[f"{key}-answer"] = _message(f"{signal.name} answer", signal.answer, spec)
        operations[key]["reply"] = {"messages": [{"$ref": f"#/channels/room/messages/{key}-answer"}]}


def _key(signal: Signal, action: str) -> str:
    return signal.name if action == "send" else f"display-{signal.name}"


def _message(name: str, schema: type[Schema], spec: APISpec) -> dict[str, Any]:
    if _name(schema) not in spec.components.schemas:
        spec.components.schema(_name(schema), schema=schema)
    payload = {"$ref": f"#/components/schemas/{_name(schema)}"}
    return {"name": name, "summary": _sentence(schema), "payload": payload}


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Signal").removesuffix("Out")


def _sentence(schema: type[Schema]) -> str:
    return (schema.__doc__ or "").strip().splitlines()[0]
