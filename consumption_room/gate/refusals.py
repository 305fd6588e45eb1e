"""How a refusal leaves: ``problem+json`` (RFC 9457) for programs, a page with the sentence for people."""

import json
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from consumption_room.errors import Busy, FieldsWrong, NotAllowed, NotSignedIn, Refusal
from consumption_room.gate import here

log = structlog.get_logger()

_SENTENCES = {
    400: "The request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not take that kind of request.",
    412: "Somebody else has changed this in the meantime. Load it again and repeat your change.",
    413: "That is too much to be sent at once.",
    415: "Please send JSON.",
    428: "Please send If-Match with the ETag of what you are changing.",
}
_CODES = {
    400: "unreadable",
    404: "not-found",
    405: "method-not-allowed",
    412: "changed-meanwhile",
    413: "too-large",
    415: "not-json",
    428: "if-match-needed",
}


def problem(status: int, code: str, sentence: str, **more: Any) -> Response:
    """An RFC 9457 answer: ``title`` is the status, ``detail`` the sentence, ``code`` for machines."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": sentence,
    }
    return Response(json.dumps(body | more), status=status, mimetype="application/problem+json")


def init_app(app: Flask) -> None:
    """Give every refusal and every error of this application its answer."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_trouble)
    app.register_error_handler(Exception, _unexpected)


def _for_a_program() -> bool:
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def _refused(refusal: Refusal) -> Response:
    if _for_a_program():
        more: dict[str, Any] = dict(refusal.facts)
        if isinstance(refusal, FieldsWrong):
            more["errors"] = refusal.errors
        return problem(refusal.status, refusal.code, refusal.message, **more)
    if request.method == "GET" and _may_help_to_sign_in(refusal):
        return make_response(redirect(url_for("sign_in.page", next=request.path), 303))
    return _page(refusal.status, refusal.message, refusal.errors if isinstance(refusal, FieldsWrong) else {})


def _may_help_to_sign_in(refusal: Refusal) -> bool:
    """Nobody is here, or only the room's own screen: who signs in may be somebody to whom this is open."""
    if isinstance(refusal, NotAllowed):
        return here.actor().staff is None and request.authorization is None
    return isinstance(refusal, NotSignedIn)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    sentence = _SENTENCES.get(status, error.description or HTTPStatus(status).phrase)
    if _for_a_program():
        return problem(status, _CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "-")), sentence)
    return _page(status, sentence, {})


def _database_trouble(error: OperationalError) -> Response:
    log.error("database trouble", trouble=type(error.orig).__name__)
    return _refused(Busy("The room's memory did not answer in time. Nothing was changed; please try again."))


def _unexpected(error: Exception) -> Response:
    # The text of an unforeseen error may hold what a person told us: only its kind and place are logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
    log.error("unexpected error", kind=type(error).__name__, at=place)
    sentence = "Something went wrong on our side. Nothing was changed; please try again."
    if _for_a_program():
        return problem(500, "unexpected", sentence)
    return _page(500, sentence, {})


def _page(status: int, sentence: str, errors: dict[str, list[str]]) -> Response:
    return make_response(render_template("error.html", status=status, sentence=sentence, errors=errors), status)
