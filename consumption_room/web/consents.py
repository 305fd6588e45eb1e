"""What a person is asked to agree to: the text in their language, what they said, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.clients import service as clients
from consumption_room.clients.models import Client
from consumption_room.consents import audience, queries, rules, service
from consumption_room.consents.models import Consent
from consumption_room.consents.schemas import ConsentForm
from consumption_room.doses import across as doses
from consumption_room.errors import NotAllowed, Refusal
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vocabulary.consents import ConsentScope, ConsentState, ConsentWay
from consumption_room.web.again import again, on_refusal
from consumption_room.web.fields import read
from consumption_room.wordings import Wording

bp = Blueprint("consents", __name__)

# What each language calls itself: whoever looks for theirs cannot read ours.
LANGUAGES = {
    "ar": "العربية",
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "kl": "Kalaallisut",
    "pl": "Polski",
    "ro": "Română",
    "ru": "Русский",
    "so": "Soomaali",
    "uk": "Українська",
}


@dataclass(frozen=True)
class Asked:
    """One thing on the page: its text, how it stands, and the agreement behind that."""

    scope: ConsentScope
    wording: Wording
    languages: list[tuple[str, str]]
    state: ConsentState
    consent: Consent | None


@bp.app_context_processor
def _for_the_desk() -> dict[str, Callable[[Client], Any]]:
    """What the desk's own pages need for a line each: what to ask a person at the door, and when they had a dose."""
    return {"consents_to_ask": _to_ask, "last_dose_of": _last_dose}


def _last_dose(client: Client) -> datetime | None:
    """When a person last had a prescribed dose, while they agree that the room sees it."""
    try:
        return doses.last_given_at(client.id, clock.now())
    except rules.NotAgreed:
        return None


def _to_ask(client: Client) -> list[ConsentScope]:
    return queries.to_ask(client.id, here.policy(), here.wordings(), clock.now())


@bp.get("/clients/<code>/consents")
@requires(Permission.TAKE_CONSENT)
def page(code: str) -> ResponseReturnValue:
    """Everything a person can agree to, what they said, and the texts."""
    return _page(code)


@bp.post("/clients/<code>/consents")
@requires(Permission.TAKE_CONSENT)
@writes
def give(code: str) -> ResponseReturnValue:
    """Note that a person agrees to what they have just been read or shown."""
    asked = read(ConsentForm())
    if asked.scope not in audience.scopes(here.may):
        raise NotAllowed(_("Agreements about this are not noted in your role."))
    service.give(code, asked, here.wordings(), here.policy(), here.actor(), clock.now())
    flash(_("Noted: the person agrees."))
    return redirect(url_for(".page", code=code, language=asked.language, _anchor=asked.scope.value), 303)


@bp.post("/clients/<code>/consents/<consent>/withdraw")
@requires(Permission.TAKE_CONSENT)
@writes
def withdraw(code: str, consent: str) -> ResponseReturnValue:
    """Take one agreement back."""
    ended = service.withdraw(code, consent, here.actor(), clock.now())
    if ended.scope not in audience.scopes(here.may):
        raise NotAllowed(_("Agreements about this are not noted in your role."))
    flash(_("Taken back. Nothing rests on it from now on."))
    return redirect(url_for(".page", code=code, _anchor=ended.scope.value), 303)


@bp.post("/clients/<code>/consents/withdraw")
@requires(Permission.TAKE_CONSENT)
@writes
def withdraw_all(code: str) -> ResponseReturnValue:
    """Take back everything, also what this role does not see."""
    service.withdraw_all(code, here.actor(), clock.now())
    flash(_("Everything is taken back. Nothing rests on it from now on."))
    return redirect(url_for(".page", code=code), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page with the reason on top, and what was chosen still there."""
    return again(lambda: _page((request.view_args or {})["code"], refusal), refusal)


def _page(code: str, refusal: Refusal | None = None) -> str:
    client, now = clients.get(code), clock.now()
    asked = [one for scope in audience.scopes(here.may) for one in _asked(client, scope)]
    return render_template(
        "consents/page.html",
        client=client,
        asked=asked,
        at_the_door=here.policy().asked_at_check_in,
        across=rules.ACROSS_THE_WALL,
        latest={scope: (now + here.policy().consent_lasts[scope]).date() for scope in ConsentScope},
        ways=ConsentWay,
        refusal=refusal,
        typed=request.form,
    )


def _asked(client: Client, scope: ConsentScope) -> list[Asked]:
    """How it stands with a scope; for partners one after the other, and last the one still to be named."""
    wordings, now = here.wordings(), clock.now()
    wanted = [request.values.get("language", ""), *([client.language] if client.language else []), str(get_locale())]
    wording = wordings.read(scope, wanted)
    languages = [(code, LANGUAGES.get(code, code)) for code in wordings.languages(scope)]
    last: dict[str, Consent] = {}
    for consent in queries.of_client(client.id, [scope]):
        last.setdefault(consent.whom, consent)
    newest = wordings.newest[scope]
    known = [
        Asked(scope, wording, languages, rules.state(consent.facts, newest, now), consent) for consent in last.values()
    ]
    if scope is ConsentScope.PARTNER or not known:
        known.append(Asked(scope, wording, languages, ConsentState.NEVER_ASKED, None))
    return known
