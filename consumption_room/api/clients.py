"""People over HTTP: registering, finding, changing what we hold."""

from dataclasses import replace
from typing import Any

from consumption_room import clock
from consumption_room.api.reading import Blueprint, listed, page_of
from consumption_room.clients import queries, recovery, service
from consumption_room.clients.queries import Record
from consumption_room.clients.schemas import (
    ClientChangeForm,
    ClientOut,
    NewClientForm,
    NewRecordOut,
    RecordOut,
    RecoveredOut,
    RecoveryForm,
)
from consumption_room.forms import Form, Text
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission

bp = Blueprint("clients", __name__, url_prefix="/api/v1/clients", description="People, under an alias of their own")


class SearchForm(Form):
    """What somebody can tell of themselves."""

    q = Text(longest=80, required=True)


@bp.post("")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(NewClientForm)
@bp.etag
@bp.response(201, NewRecordOut)
def register(asked: service.NewClient) -> Record:
    """Make a record under an alias; nothing else is needed. ``similar`` names records that may be the same person's."""
    alike = queries.similar(asked.alias, asked.birth_year)
    made = _record(service.register(asked, here.phrase_key(), here.actor(), clock.now()).code)
    bp.set_etag(made, RecordOut)
    return replace(made, similar=alike)


@bp.get("")
@requires(Permission.SEE_CLIENTS)
@bp.arguments(SearchForm, location="query")
@bp.response(200, page_of(ClientOut))
def find(asked: dict[str, str]) -> dict[str, Any]:
    """Find people by alias, code or recognition phrase."""
    return listed(queries.find(asked["q"], here.phrase_key()))


@bp.post("/recover")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(RecoveryForm)
@bp.response(200, RecoveredOut)
def recover(asked: recovery.Known) -> dict[str, Any]:
    """Recover a lost code by two things or more that the person knows: one record or none, never a list."""
    found = recovery.recover(asked, here.phrase_key(), here.policy(), here.actor(), clock.now())
    return {"client": found.code if found else None}


@bp.get("/<code>")
@requires(Permission.SEE_CLIENTS)
@bp.etag
@bp.response(200, RecordOut)
def client(code: str) -> Record:
    """Give what we hold about a person: flags meant for others are left out."""
    return _record(code)


@bp.patch("/<code>")
@requires(Permission.CHECK_IN)
@writes
@bp.arguments(ClientChangeForm(partial=True))
@bp.etag
@bp.response(200, RecordOut)
def change(asked: dict[str, Any], code: str) -> Record:
    """Change what we hold about a person."""
    bp.check_etag(_record(code), RecordOut)
    return _record(service.change(code, asked, here.phrase_key(), here.actor(), clock.now()).code)


def _record(code: str) -> Record:
    return queries.record(code, here.actor().role, here.policy().service_day(clock.now()))
