"""People: finding a record, and what we hold about one person."""

import hashlib
import json
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consumption_room import clock
from consumption_room.clients import bars, flags, queries, service
from consumption_room.clients.models import Client
from consumption_room.clients.schemas import ClientChangeForm, ClientOut, NewFlagForm
from consumption_room.errors import Refusal, RuleBroken
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.records import merging
from consumption_room.records.schemas import MergeForm
from consumption_room.referrals import queries as referrals
from consumption_room.staff.rules import ROLES, Permission
from consumption_room.visits import queries as visits
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.records import FlagPriority
from consumption_room.web.again import again, on_refusal
from consumption_room.web.bars import CHOICES
from consumption_room.web.fields import read

bp = Blueprint("clients", __name__)

# What can be emptied on the page; an alias cannot, and an empty phrase means the old one.
_MAY_BE_EMPTY = ("birth_year", "age_band", "sex", "home_area", "language")
_AUDIENCES = [role for role, permissions in ROLES.items() if Permission.SEE_CLIENTS in permissions]


class ChangedMeanwhile(RuleBroken):
    """The record is no longer what the page showed when it was changed there."""

    code = "changed-meanwhile"
    status = 412


@bp.get("/clients")
@requires(Permission.SEE_CLIENTS)
def page() -> ResponseReturnValue:
    """A search, and what runs out soon."""
    return _list()


@bp.post("/clients/search")
@requires(Permission.SEE_CLIENTS)
def search() -> ResponseReturnValue:
    """Find a record. Sent as a form: no alias or phrase stands in an address."""
    return _list()


@bp.get("/clients/<code>")
@requires(Permission.SEE_CLIENTS)
def person(code: str) -> ResponseReturnValue:
    """What we hold about one person."""
    return _person(code)


@bp.post("/clients/<code>")
@requires(Permission.CHECK_IN)
@writes
def change(code: str) -> ResponseReturnValue:
    """Change what we hold, unless somebody else changed it while the page was open."""
    if request.form.get("as_it_was") != _fingerprint(service.get(code)):
        raise ChangedMeanwhile(_("Somebody else has changed this record in the meantime. Look at it and say it again."))
    said = dict.fromkeys(_MAY_BE_EMPTY) | read(ClientChangeForm())
    changed = service.change(code, said, here.phrase_key(), here.actor(), clock.now())
    flash(_("The record is changed."))
    return redirect(url_for(".person", code=changed.code), 303)


@bp.post("/clients/<code>/flags")
@requires(Permission.KEEP_RECORDS)
@writes
def put_flag(code: str) -> ResponseReturnValue:
    """Put a flag on the record."""
    flags.put(code, read(NewFlagForm()), here.policy(), here.actor(), clock.now())
    return redirect(url_for(".person", code=code, _anchor="flags"), 303)


@bp.post("/clients/<code>/flags/<flag>/end")
@requires(Permission.KEEP_RECORDS)
@writes
def end_flag(code: str, flag: str) -> ResponseReturnValue:
    """Take a flag down."""
    flags.end(code, flag, here.actor(), clock.now())
    return redirect(url_for(".person", code=code, _anchor="flags"), 303)


@bp.post("/clients/<code>/flags/<flag>/seen")
@requires(Permission.KEEP_RECORDS)
@writes
def see_flag(code: str, flag: str) -> ResponseReturnValue:
    """Say that a flag was seen."""
    flags.see(code, flag, here.actor(), clock.now())
    flash(_("It is noted that you have seen this."))
    return redirect(url_for(".person", code=code, _anchor="flags"), 303)


@bp.post("/clients/<code>/merge")
@requires(Permission.KEEP_RECORDS)
@writes
def merge(code: str) -> ResponseReturnValue:
    """Bring another record of the same person together with this one."""
    asked = read(MergeForm())
    made = merging.merge(code, asked["other"], asked["reason"], here.actor(), clock.now())
    flash(_("%(code)s leads here now. It can be parted again for some days.", code=made.merged.code))
    return redirect(url_for(".person", code=made.survivor.code, _anchor="merged"), 303)


@bp.post("/clients/<code>/merges/<merge>/undo")
@requires(Permission.KEEP_RECORDS)
@writes
def undo_merge(code: str, merge: str) -> ResponseReturnValue:
    """Part two records again."""
    made = merging.undo(code, merge, here.policy(), here.actor(), clock.now())
    flash(_("The records are parted again. Everything is where it was."))
    return redirect(url_for(".person", code=made.survivor.code, _anchor="merged"), 303)


@on_refusal(bp)
def _refused(refusal: Refusal) -> ResponseReturnValue:
    """The same page again, with the reason on top and everything typed still there."""
    code = (request.view_args or {}).get("code")
    return again(lambda: _person(code, refusal) if code else _list(refusal), refusal)


def _list(refusal: Refusal | None = None) -> str:
    text, now = request.form.get("q", "").strip(), clock.now()
    today = here.policy().service_day(now)
    return render_template(
        "clients/page.html",
        refusal=refusal,
        q=text,
        found=queries.find(text, here.phrase_key()),
        due=[bar for bar in bars.not_over(now) if bar.review_on <= today],
        ending=queries.ending_soon(here.actor().role, here.policy(), today),
        today=today,
    )


def _person(code: str, refusal: Refusal | None = None) -> str:
    now = clock.now()
    today = here.policy().service_day(now)
    record = queries.record(code, here.actor().role, today)
    key = record.client.id
    return render_template(
        "clients/person.html",
        refusal=refusal,
        typed=request.form,
        person=record.client,
        as_it_was=_fingerprint(record.client),
        flags=record.flags,
        bars=record.bars,
        today=today,
        visits=visits.visits_of(key),
        open_visit=visits.open_visit_of(key),
        referrals=referrals.of_client(key) if here.may(Permission.SEE_REFERRALS) else None,
        merges=merging.standing(key),
        audiences=_AUDIENCES,
        priorities=FlagPriority,
        age_bands=AgeBand,
        sexes=Sex,
        areas=Area,
        **CHOICES,
    )


def _fingerprint(client: Client) -> str:
    """What the page showed, in short: two people who change one record at once notice each other."""
    shown: dict[str, Any] = ClientOut().dump(client)
    return hashlib.sha256(json.dumps(shown | {"phrase": client.phrase_digest}, sort_keys=True).encode()).hexdigest()[
        :20
    ]
