"""What people agree to, over HTTP: noted, listed, taken back."""

from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint
from consumption_room.clients import service as clients
from consumption_room.consents import audience, queries, service
from consumption_room.consents.models import Consent
from consumption_room.consents.schemas import ConsentForm, ConsentOut, ConsentsOut, WordingsOut
from consumption_room.errors import NotAllowed, NotFound
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("consents", __name__, url_prefix="/api/v1", description="What people have agreed to")


@bp.get("/consents/texts")
@requires(Permission.TAKE_CONSENT)
@bp.response(200, WordingsOut)
def texts() -> dict[str, Any]:
    """List the texts that are asked now, in every language there is."""
    wordings = here.wordings()
    newest = [one for one in wordings.all if one.version == wordings.newest[one.scope]]
    return {"items": newest, "next": None}


@bp.get("/clients/<code>/consents")
@requires(Permission.TAKE_CONSENT)
@bp.response(200, ConsentsOut)
def consents(code: str) -> dict[str, Any]:
    """List what a person has agreed to, as far as the asker's role may know of it, and what to ask at the door."""
    return _as_seen(code)


@bp.post("/clients/<code>/consents")
@requires(Permission.TAKE_CONSENT)
@writes
@bp.arguments(ConsentForm)
@bp.response(201, ConsentOut)
def give(asked: service.Agreement, code: str) -> Consent:
    """Note that a person agrees."""
    if asked.scope not in audience.scopes(here.may):
        raise NotAllowed("Agreements about this are not noted in your role.")
    return service.give(code, asked, here.wordings(), here.policy(), here.actor(), clock.now())


@bp.post("/clients/<code>/consents/withdraw")
@requires(Permission.TAKE_CONSENT)
@writes
@bp.response(200, ConsentsOut)
def withdraw_all(code: str) -> dict[str, Any]:
    """End everything a person agreed to; whoever is asked may do it, and sees no more of it than before."""
    service.withdraw_all(code, here.actor(), clock.now())
    return _as_seen(code)


@bp.post("/clients/<code>/consents/<consent>/withdraw")
@requires(Permission.TAKE_CONSENT)
@writes
@bp.response(200, ConsentOut)
def withdraw(code: str, consent: str) -> Consent:
    """End an agreement at once."""
    ended = service.withdraw(code, consent, here.actor(), clock.now())
    if ended.scope not in audience.scopes(here.may):
        raise NotFound("This person has no such agreement.")
    return ended


def _as_seen(code: str) -> dict[str, Any]:
    client = clients.get(code)
    return {
        "items": queries.of_client(client.id, audience.scopes(here.may)),
        "next": None,
        "to_ask": queries.to_ask(client.id, here.policy(), here.wordings(), clock.now()),
    }
