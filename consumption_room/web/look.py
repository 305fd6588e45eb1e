"""What every template may use: the words, moments and figures of the room, and who looks at the page."""

import enum
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from flask_babel import format_date, format_datetime, get_locale, gettext, pgettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from consumption_room import clock
from consumption_room.alerts import queries as alerts
from consumption_room.amounts import Micrograms, in_mg
from consumption_room.cubicles.models import Place
from consumption_room.gate import here
from consumption_room.staff import queries as staff
from consumption_room.staff.models import Staff
from consumption_room.staff.rules import Permission, allowed
from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, AlarmState
from consumption_room.vocabulary.labels import label
from consumption_room.web.messages import NAME

# Where the top row of every page leads, and who finds it there: the first stand open, the others under one word.
PLACES = (
    ("/wall", "Wall", Permission.SEE_BOARD),
    ("/desk", "Desk", Permission.CHECK_IN),
    ("/floor", "Floor", Permission.SEE_BOARD),
    ("/doses", "Doses", Permission.SEE_DOSES),
    ("/clients", "People", Permission.SEE_CLIENTS),
    ("/stock", "Stock", Permission.SEE_STOCK),
    ("/register", "Controlled drugs", Permission.SEE_REGISTER),
    ("/referrals", "Referrals", Permission.SEE_REFERRALS),
    ("/agreements", "Plans", Permission.KEEP_AGREEMENTS),
    ("/reports", "Reports", Permission.SEE_REPORTS),
    ("/incidents", "Incidents", Permission.CLOSE_ALARM),
    ("/bars", "Bars", Permission.DECIDE_BARS),
    ("/admin", "Administration", Permission.ADMINISTER),
    ("/help", "Help", None),
)
SHOWN = 7


def init_app(app: Flask) -> None:
    """Give the templates of this application their words."""
    app.jinja_env.globals.update(may=here.may, Permission=Permission, new_key=new_key)
    app.jinja_env.filters.update(
        word=word,
        named=named,
        place_name=place_name,
        as_choices=as_choices,
        attributes=attributes,
        elapsed=elapsed,
        mg=in_mg,
        signed_mg=signed_mg,
        remaining=remaining,
        whole_minutes=here.minutes,
        local_time=lambda moment: local(moment, "HH:mm"),
        local_second=lambda moment: local(moment, "HH:mm:ss"),
        local_date=lambda moment: local(moment, "d MMM y"),
        calendar_day=lambda day: str(format_date(day, "d MMM y")),
        local_moment=lambda moment: local(moment, "d MMM y, HH:mm"),
    )
    app.context_processor(_of_this_page)
    app.extensions["room.build"] = build(Path(app.static_folder or ""))


def new_key() -> str:
    """An ``Idempotency-Key`` for one form of one page."""
    return secrets.token_urlsafe(12)


def word(choice: enum.StrEnum | str) -> str:
    """The word for a member of the vocabulary, translated; a bare code becomes its own word."""
    if isinstance(choice, enum.StrEnum):
        return str(gettext(label(choice)))
    return str(gettext(choice.replace("-", " ").capitalize()))


def named(name: str) -> str:
    """A name from the policy in the language of the page; a name that people here gave stays as it is."""
    return str(pgettext(NAME, name))


def witnesses() -> list[tuple[str, str]]:
    """Who could stand by, as choices: everybody who can be on duty, but for whoever is signed in."""
    return [
        (person.code, person.name)
        for person in staff.everybody()
        if person.disabled_at is None
        and person.code != here.actor().staff
        and Permission.BE_ON_DUTY in allowed(person.role, None)
    ]


def signed_mg(amount: Micrograms) -> str:
    """Milligrams with their sign, as a change of what is left."""
    return ("+" if amount > 0 else "") + in_mg(amount)


def place_name(place: Place) -> str:
    """What a place is called; a cubicle by its number."""
    kind, _dash, number = place.code.partition("-")
    return str(gettext("Cubicle %(number)s", number=number)) if kind == "cubicle" else named(place.name)


def as_choices(choices: type[enum.StrEnum] | Iterable[Any]) -> list[tuple[str, str]]:
    """Value and word of each choice: from a closed list, some of its members, or pairs as they are."""
    return [(one.value, word(one)) if isinstance(one, enum.StrEnum) else (one[0], one[1]) for one in choices]


def attributes(given: Mapping[str, Any]) -> dict[str, str]:
    """HTML attributes from a template's words: ``True`` stands there bare, ``False`` and nothing do not."""
    return {name: "" if value is True else str(value) for name, value in given.items() if value not in (False, None)}


def local(moment: datetime, form: str) -> str:
    """A moment on the room's own clock."""
    zoned = moment.astimezone(here.policy().timezone)
    return str(format_datetime(zoned.replace(tzinfo=None), form, rebase=False))


def elapsed(time: timedelta, form: str) -> str:
    """How long something has lasted, in the forms the page's own counters use."""
    seconds = max(0, int(time.total_seconds()))
    if form == "seconds":
        return f"{seconds // 60}:{seconds % 60:02d}"
    return str(seconds // 60) if form == "bare" else str(gettext("%(minutes)d min", minutes=seconds // 60))


def remaining(time: timedelta) -> str:
    """Whole minutes that are left, rounded up; what is over is said as done."""
    seconds = int(time.total_seconds())
    return str(gettext("%(minutes)d min left", minutes=-(-seconds // 60)) if seconds > 0 else gettext("time is up"))


def person() -> Staff | None:
    """Who is signed in on this page."""
    found: Staff | None = current_user.person if current_user.is_authenticated else None
    return found


def _of_this_page() -> dict[str, Any]:
    policy = here.policy()
    try:
        open_alerts = alerts.open_alerts() if here.may(Permission.SEE_ALARMS) else []
        who, ringing = person(), alerts.tell(open_alerts, 0, clock.now())
    except SQLAlchemyError:  # the page that says so must not stumble over the same stone
        who, ringing = None, []
    places = [(path, gettext(name)) for path, name, needed in PLACES if needed is None or here.may(needed)]
    return {
        "language": str(get_locale() or "en"),
        "room_name": named(policy.room_name),
        "signed_in": who,
        "station": here.actor().place if here.actor().device else None,
        "navigation": places[:SHOWN],
        "navigation_more": places[SHOWN:],
        "path_now": request.path,
        "address_now": _address(),
        "now": clock.now(),
        "whose": here.actor().staff or here.actor().device or "",
        "build": current_app.extensions["room.build"],
        "policy": policy,
        "ringing": ringing,
        "alarm_words": alarm_words(),
        "AlarmKind": AlarmKind,
    }


def _address() -> str:
    """Where this page can be had again; one that answered a refused form lives at the start of its screen."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return "/" + request.path.split("/")[1]


def alarm_words() -> dict[str, Any]:
    """What the page's own scripts say of alarms, in the language of the page."""
    return {
        "kinds": {kind.value: word(kind) for kind in AlarmKind},
        "actions": {action.value: word(action) for action in AlarmAction},
        "done_ago": gettext("%(what)s %(time)s ago", what="{what}", time="{time}"),
        "states": {state.value: word(state) for state in AlarmState},
        "audiences": {
            kind.value: [named(rung.audience) for rung in here.policy().ladder_of(kind)] for kind in AlarmKind
        },
        "silent": gettext("silent on the screens of %(names)s", names="{names}"),
        "nobody_arrived": gettext("Nobody has arrived: everybody is asked to go"),
        "cubicle": gettext("Cubicle %(number)s", number="{number}"),
        "zones": {zone.code: named(zone.name) for zone in here.policy().zones},
        "coming": gettext("%(name)s is coming", name="{name}"),
        "there": gettext("%(name)s is there", name="{name}"),
        "nobody": gettext("Nobody has answered yet"),
        "asked": gettext("asked: %(audience)s", audience="{audience}"),
        "asked_by_name": gettext("asked: %(audience)s (%(names)s)", audience="{audience}", names="{names}"),
        "and_more": gettext("%(names)s and %(count)s more", names="{names}", count="{count}"),
        "unanswered": gettext("not answered yet: %(names)s", names="{names}"),
        "pressed": gettext("pressed %(count)s times", count="{count}"),
        "pressed_again": gettext("pressed again %(time)s ago, %(count)s times in all", time="{time}", count="{count}"),
        "minutes": gettext("%(minutes)s min", minutes="{minutes}"),
        "minutes_left": gettext("%(minutes)s min left", minutes="{minutes}"),
        "time_is_up": gettext("time is up"),
        "ago": gettext("%(seconds)s s ago", seconds="{seconds}"),
        "never": gettext("not yet"),
    }


def build(static: Path) -> str:
    """Which scripts and styles this server gives out: a display that runs older ones is seen by its beat."""
    digest = hashlib.sha256()
    for path in sorted([*static.glob("js/*.js"), *static.glob("css/*.css")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]
