"""The API put together: its blueprints, how requests are read, and the document it describes itself with."""

from typing import Any

from flask import Blueprint as PlainBlueprint
from flask import Flask, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from consumption_room.api import (
    alerts,
    board,
    checks,
    clients,
    cubicles,
    deliveries,
    devices,
    doses,
    health,
    incidents,
    journal,
    referrals,
    reports,
    shifts,
    stock,
    visits,
)
from consumption_room.gate import here
from consumption_room.gate.doors import public

BLUEPRINTS = (
    visits.bp,
    clients.bp,
    cubicles.bp,
    checks.bp,
    cubicles.places_bp,
    board.bp,
    board.vocabulary_bp,
    devices.bp,
    alerts.bp,
    incidents.bp,
    shifts.bp,
    doses.bp,
    stock.bp,
    referrals.bp,
    referrals.services_bp,
    reports.bp,
    journal.bp,
    deliveries.bp,
)
bp = PlainBlueprint("document", __name__)


class RoomApi(Api):  # type: ignore[misc]
    """The API's document; errors are answered by the gate, for pages and programs alike."""

    def _register_error_handlers(self) -> None:
        """Leave errors to ``gate.refusals``."""


def init_app(app: Flask) -> None:
    """Register every resource, and the pages that describe them."""
    app.config.update(
        API_TITLE="Consumption room",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {
                "description": (
                    "The room's own interface. Errors are application/problem+json with a code and a sentence. "
                    "Every POST takes an Idempotency-Key: the same key and body get the same answer."
                )
            },
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "security": [{"key": []}],
        },
    )
    api = RoomApi(app)
    app.extensions["room.api"] = api
    for blueprint in BLUEPRINTS:
        # Screens and resources may share a word: /stock is a page, /api/v1/stock a resource.
        api.register_blueprint(blueprint, name=f"{blueprint.name}-api")
    _describe(api.spec)
    app.register_blueprint(bp)
    app.register_blueprint(health.bp)


def _describe(spec: Any) -> None:
    """Say at every operation which refusals it may answer with, and that a POST takes an Idempotency-Key."""
    spec.components.schema(
        "Problem",
        {
            "type": "object",
            "required": ["title", "status", "code", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "code": {"type": "string", "description": "for machines; stable"},
                "detail": {"type": "string", "description": "a sentence that can be read aloud"},
                "errors": {"type": "object", "description": "sentences by field"},
            },
        },
    )
    refusal = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    sentences = {
        "400": "It could not be read.",
        "401": "No key, or one that is not valid.",
        "403": "Not open to this role.",
        "404": "There is no such thing, or it is not yours.",
        "409": "It was read, and a rule says no.",
        "413": "Too large.",
        "422": "A field is wrong.",
        "503": "The database is busy; ask again.",
    }
    for path in spec._paths.values():
        for method, operation in path.items():
            if not isinstance(operation, dict) or method == "parameters":
                continue
            operation["responses"].pop("default", None)
            for status, sentence in sentences.items():
                operation["responses"][status] = {"description": sentence, **refusal}
            if method == "post":
                operation.setdefault("parameters", []).append(
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": False,
                        "schema": {"type": "string", "maxLength": 200},
                        "description": "The same key and body get the same answer; the write is done once.",
                    }
                )


@bp.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    """Give the OpenAPI 3.1 document, generated from the schemas that read and write."""
    return jsonify(_document())


@bp.get("/api/docs")
@public
def readable() -> ResponseReturnValue:
    """Show the same document as a page."""
    return render_template("api/docs.html", document=_document(), room=here.policy().room_name)


def _document() -> dict[str, Any]:
    from_spec: dict[str, Any] = current_app.extensions["room.api"].spec.to_dict()
    return from_spec
