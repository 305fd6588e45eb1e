"""The vault's page, inside the treatment side: who a person really is, behind a reason, and what they share."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.clients import queries as people
from consumption_room.clients import service as clients
from consumption_room.consents.rules import NotAgreed
from consumption_room.database import transaction
from consumption_room.errors import Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vault import queries, service
from consumption_room.vault.schemas import PersonForm, WhyForm
from consumption_room.vault.service import Person
from consumption_room.visits import across
from consumption_room.vocabulary.vault import VaultReason
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read

bp = Blueprint("vault", __name__)


@bp.get("/vault")
@requires(Permission.OPEN_VAULT)
def page() -> ResponseReturnValue:
    """Find a person by what they are called here; a real name finds nobody."""
    return render_template("vault/find.html", text="", found=[])


@bp.post("/vault")
@requires(Permission.OPEN_VAULT)
def find() -> ResponseReturnValue:
    """The person with this alias, code or phrase. Sent as a form, so that none of it stands in an address."""
    text = request.form.get("q", "").strip()
    found = people.find(text, here.phrase_key())
    if len(found) == 1:
        return redirect(url_for(".person", code=found[0].code), 303)
    return render_template("vault/find.html", text=text, found=found)


@bp.get("/vault/<code>")
@requires(Permission.OPEN_VAULT)
def person(code: str) -> ResponseReturnValue:
    """What is kept about a person, still sealed, and what they share across the wall."""
    return _person(code)


@bp.post("/vault/<code>")
@requires(Permission.OPEN_VAULT)
@writes
def keep(code: str) -> ResponseReturnValue:
    """Seal a person's identity."""
    service.keep(code, read(PersonForm()), here.keyring(), here.policy(), here.actor(), clock.now())
    flash(_("Sealed in the vault."))
    return redirect(url_for(".person", code=code), 303)


@bp.post("/vault/<code>/look")
@requires(Permission.OPEN_VAULT)
def look(code: str) -> ResponseReturnValue:
    """Who this is, once, on this page; the answer is stored nowhere."""
    reason = read(WhyForm())["reason"]
    with transaction():
        seen = service.look(code, reason, here.keyring(), here.actor(), clock.now())
    return _person(code, seen=seen)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page with the reason on top; what was typed stays, so that nothing is typed twice."""
    return again(lambda: _person((request.view_args or {})["code"], refusal), refusal)


def _person(code: str, refusal: Refusal | None = None, seen: Person | None = None) -> str:
    client = clients.get(code)
    return render_template(
        "vault/person.html",
        client=client,
        kept=queries.kept(client.id),
        seen=seen,
        reasons=VaultReason,
        refusal=refusal,
        typed=request.form,
        **_own_use(client.id),
    )


def _own_use(client_id: int) -> dict[str, Any]:
    """What the person lets their treatment see of their own use, asked anew for each page."""
    try:
        return {"agreed": True, "own_use": across.own_use(client_id, clock.now())}
    except NotAgreed:
        return {"agreed": False, "own_use": []}
