"""The API put together: its blueprints, how requests are read, and the document it describes itself with."""

import threading
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Blueprint as PlainBlueprint
from flask import Flask, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_smorest import Api

from consumption_room.api import (
    across,
    agreements,
    alerts,
    board,
    bookings,
    checks,
    clients,
    consents,
    cubicles,
    custody,
    deliveries,
    devices,
    doses,
    events,
    health,
    incidents,
    journal,
    merging,
    prescriptions,
    records,
    referrals,
    register,
    reports,
    shifts,
    stock,
    vault,
    visits,
)
from consumption_room.gate.doors import public

BLUEPRINTS = (
    visits.bp,
    clients.bp,
    records.bp,
    records.bars_bp,
    merging.bp,
    consents.bp,
    across.bp,
    vault.bp,
    cubicles.bp,
    checks.bp,
    bookings.bp,
    cubicles.places_bp,
    board.bp,
    board.vocabulary_bp,
    devices.bp,
    alerts.bp,
    incidents.bp,
    shifts.bp,
    doses.bp,
    prescriptions.bp,
    stock.bp,
    register.bp,
    custody.bp,
    referrals.bp,
    referrals.services_bp,
    agreements.bp,
    reports.bp,
    journal.bp,
    deliveries.bp,
)
bp = PlainBlueprint("document", __name__)


def _called(schema: Any) -> str:
    """What a form is called in the document: the register has receipts and reversals of its own, beside the stock's."""
    of: Any = resolve_schema_cls(schema)
    feature = of.__module__.removeprefix("consumption_room.").split(".")[0]
    name = str(of.__name__).removesuffix("Schema")
    return f"Register{name}" if feature == "register" else name


class RoomApi(Api):  # type: ignore[misc]
    """The API's document, written when it is first asked for; errors are answered by the gate, as those of pages."""

    def __init__(self, app: Flask) -> None:
        """Nothing is written yet."""
        self._writing = threading.Lock()
        self._written: dict[str, Any] | None = None
        super().__init__(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_called)})

    def _register_error_handlers(self) -> None:
        """Leave errors to ``gate.refusals``."""

    def register_blueprint(self, resource: Any, **options: Any) -> None:
        """Open the doors of a resource. To describe them takes longer than all the rest of a start together."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][options["name"]] = self
        self._app.register_blueprint(resource, **options)

    def document(self) -> dict[str, Any]:
        """Everything that the room offers to programs."""
        with self._writing:  # two who ask first at the same moment would write it twice
            if self._written is None:
                self._written = self._write()
            return self._written

    def _write(self) -> dict[str, Any]:
        for resource in BLUEPRINTS:
            name = _named(resource)
            resource.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
            self.spec.tag({"name": name, "description": resource.description})
        _describe(self.spec)
        written: dict[str, Any] = self.spec.to_dict()
        return written


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
    for resource in BLUEPRINTS:
        api.register_blueprint(resource, name=_named(resource))
    app.register_blueprint(bp)
    app.register_blueprint(events.bp)
    app.register_blueprint(health.bp)


def _named(resource: Any) -> str:
    """Screens and resources may share a word: /stock is a page, /api/v1/stock a resource."""
    return f"{resource.name}-api"


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
    return jsonify(current_app.extensions["room.api"].document())


@bp.get("/api/docs")
@public
def readable() -> ResponseReturnValue:
    """Show the same document as a page."""
    spoken = {"document": current_app.extensions["room.api"].document(), "events": events.document()}
    return render_template("api/docs.html", **spoken)
