"""Who somebody at the desk is: the search, the one who was meant, and the form for a new person."""

import re
from collections.abc import Sequence
from typing import Any

from flask import request

from consumption_room import clock
from consumption_room.clients import queries as people
from consumption_room.clients import rules as client_rules
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.gate import here
from consumption_room.incidents import queries as incidents
from consumption_room.staff.rules import Permission
from consumption_room.visits import queries as visit_queries
from consumption_room.visits import rules as visit_rules


def panel() -> dict[str, Any]:
    """What the left side needs while nobody in particular is being looked after: ``panel`` says which it is."""
    # Addresses are kept by browsers and proxies: only a ticket's code is ever read from one, never who somebody is.
    said = request.form
    if code := request.args.get("ticket"):
        visit = visit_queries.visit(code)
        return {
            "panel": "ticket",
            "visit": visit,
            "follow_up": incidents.waits_for(visit.client_id),
            "to_screen": here.may(Permission.RUN_VISIT)
            and visit_rules.is_to_be_screened(visit.stage, visit.purposes, visit.screening),
        }
    form = request.values.get("form")
    if form == "new":
        return {"panel": "new", **new()}
    if form == "no-record":
        return {"panel": "no-record"}
    if code := said.get("client"):
        return _person(clients.get(code), [])
    text = said.get("q", "").strip()
    found = people.find(text, here.phrase_key())
    if person := _meant(text, found):
        return _person(person, [other for other in found if other is not person])
    return {"panel": "search", "q": text, "found": found}


def _meant(text: str, found: Sequence[Client]) -> Client | None:
    """The one person that was found, or the only one whose code, phrase or whole alias this is."""
    digest = client_rules.phrase_digest(text, here.phrase_key())
    exact = [
        client
        for client in found
        if client.code == text.lower()
        or client.alias_folded == client_rules.folded(text)
        or client.phrase_digest == digest
    ]
    for some in (exact, found):
        if len(some) == 1:
            return some[0]
    return None


def _person(person: Client, others: Sequence[Client]) -> dict[str, Any]:
    return {
        "panel": "person",
        "person": person,
        "others": others,
        "open_visit": visit_queries.open_visit_of(person.id),
        "follow_up": incidents.waits_for(person.id),
        "earlier": visit_queries.visits_of(person.id, limit=3),
        "door": people.at_the_door(person.id, here.actor().role, here.policy(), clock.now()),
    }


def new() -> dict[str, Any]:
    """What was typed of a new person, and who they may be already."""
    alias, year = request.form.get("alias", "").strip(), request.form.get("birth_year", "").strip()
    return {"alias": alias, "similar": people.similar(alias, int(year) if re.fullmatch("[0-9]{4}", year) else None)}
