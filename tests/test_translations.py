"""The screens in Danish: nothing left untranslated, nothing left in English, and nothing said outside the catalogue."""

import io
import re
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import get_locale

from consumption_room import settings
from consumption_room.app import create_app
from consumption_room.reports.rules import DEFINITIONS, DOSES, RESPONSE
from consumption_room.settings import LANGUAGES, ROOT
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.labels import label
from consumption_room.vocabulary.lists import LISTS
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.web import look
from consumption_room.web.messages import NAME
from tests.builders import alarm, client, intake, issued, referral, seated, visit

CATALOGUE = ROOT / "config" / "translations"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")

INSTRUCTION = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# A macro may give attributes alone, and a block the classes of an element.
CLASSES = re.compile(r"\{% block \w+_class %\}.*?\{% endblock %\}")
ATTRIBUTE = re.compile(r"""\s[\w-]+="[^"]*\"""")

# What a page may say outside the catalogue: the keys of a keyboard, and units.
NO_WORDS = {"Alt", "Enter", "Esc", "mg"}


def catalogue(language: str) -> Catalog:
    """Everything the screens say, with its translation."""
    with (CATALOGUE / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(words: str | tuple[str, ...] | list[str]) -> list[str]:
    """One or several forms of a message as a list."""
    return [words] if isinstance(words, str) else list(words)


DANISH = catalogue("da")
MESSAGES = [message for message in DANISH if message.id]


def named(message: Message) -> str:
    """A short name of a message for the report of a test."""
    return forms(message.id)[0][:60]


class TextOf(HTMLParser):
    """The words of a page as a person meets them: texts, and the names that only a screen reader says."""

    SPOKEN = ("aria-label", "title", "placeholder", "alt")

    def __init__(self, page: str) -> None:
        """Read a page, or a template whose instructions were taken out."""
        super().__init__()
        self.words: list[str] = []
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is spoken of an element."""
        self.silent += tag in {"script", "style"}
        self.words += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        """A script is over."""
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        if not self.silent and data.strip():
            self.words.append(" ".join(data.split()))


@pytest.fixture
def engine() -> str:
    """Words are the same on every database."""
    return "sqlite"


@pytest.fixture
def app(app: Flask) -> Flask:
    """The same room, but a Danish one."""
    app.extensions["babel"].default_locale = "da"
    return app


def test_every_language_but_english_has_a_catalogue():
    assert {path.parts[-3] for path in CATALOGUE.glob("*/LC_MESSAGES/messages.po")} == set(LANGUAGES) - {"en"}


def test_nothing_is_untranslated_or_unsure():
    assert [named(one) for one in MESSAGES if one.fuzzy or not all(form.strip() for form in forms(one.string))] == []


def test_plurals_have_every_form():
    assert [named(one) for one in MESSAGES if one.pluralizable and len(forms(one.string)) != DANISH.num_plurals] == []


def test_the_places_for_names_and_numbers_agree():
    def places(words: str | tuple[str, ...] | list[str]) -> set[frozenset[str]]:
        return {frozenset(PLACEHOLDER.findall(form)) for form in forms(words)}

    assert [named(one) for one in MESSAGES if places(one.id) != places(one.string)] == []


def test_a_danish_sentence_ends_as_the_english_one_does():
    marks = tuple(".?:,")
    uneven = [
        named(one)
        for one in MESSAGES
        for english, danish in zip(forms(one.id), forms(one.string), strict=False)
        if english.endswith(marks) and english[-1] != danish[-1]
    ]
    assert uneven == []


def test_people_are_called_people():
    unkind = re.compile(r"misbrug|narko|junkie|afhængige\b|klient", re.IGNORECASE)
    assert [named(one) for one in MESSAGES if any(unkind.search(form) for form in forms(one.string))] == []


def test_the_catalogue_names_nobody_and_no_moment():
    text = (CATALOGUE / "da" / "LC_MESSAGES" / "messages.po").read_text()
    head = text.partition("\n\n")[0]
    assert "@" not in head
    assert set(re.findall(r"\d\d:\d\d\+\d{4}", head)) == {"00:00+0000"}


def test_the_compiled_catalogue_is_the_written_one():
    compiled = io.BytesIO()
    write_mo(compiled, DANISH)
    compiled.seek(0)
    with (CATALOGUE / "da" / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        kept = read_mo(file)
    fresh = read_mo(compiled)

    def said(by: Catalog) -> dict[object, object]:
        return {(one.context, str(one.id)): one.string for one in by if one.id}

    assert said(kept) == said(fresh), "run `make translations`"


@pytest.mark.parametrize("name", LISTS)
def test_every_choice_of_a_list_has_a_danish_word(name):
    assert [label(choice) for choice in LISTS[name] if not DANISH.get(label(choice))] == []


def test_every_definition_and_every_screen_has_a_danish_word():
    words = [
        *DEFINITIONS.values(),
        *RESPONSE.values(),
        *DOSES.values(),
        *(name for _path, name, _needed in look.PLACES),
    ]
    assert [one for one in words if not DANISH.get(one)] == []


def test_every_name_of_the_policy_has_a_danish_one(room):
    plans = [*room.zones, *room.items, *room.kits, *room.services]
    names = [
        room.room_name,
        *(plan.name for plan in plans),
        *(rung.audience for kind in AlarmKind for rung in room.ladder_of(kind)),
    ]
    assert [name for name in names if not DANISH.get(name, NAME)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_a_template_says_nothing_outside_the_catalogue(path):
    bare = INSTRUCTION.sub("", CLASSES.sub("", path.read_text()))
    texts = [ATTRIBUTE.sub("", f" {text}") for text in TextOf(bare).words]
    assert {word for text in texts for word in re.findall(r"[^\W\d]{2,}", text)} - NO_WORDS == set()


def test_every_word_of_the_templates_and_of_the_code_is_in_the_catalogue():
    asked = re.compile(r"""\b(?:_|gettext|ngettext)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
    files = [*TEMPLATES, *(ROOT / "consumption_room").rglob("*.py")]
    found = {text[1:-1] for path in files for text in asked.findall(path.read_text())}
    known = {forms(one.id)[0] for one in MESSAGES}
    assert found - known == set(), "run `make translations`, and translate what is new"


@pytest.mark.parametrize(
    ("path", "who", "words"),
    [
        ("/sign-in", None, ["Log ind", "Adgangskode", "Stofindtagelsesrum"]),
        ("/wall", DeviceKind.WALL, ["Optaget", "Ledig", "Venter", "Efterophold", "Selvtest"]),
        ("/desk", Role.RECEPTION, ["Ny person", "Uden kort", "Ikke lukket ind, fordi", "Kald"]),
        ("/floor", Role.NURSE, ["Rummet", "Til efterophold", "Jeg kommer", "Overdosis", "Bås 7"]),
        ("/stock", Role.NURSE, ["Udlevér", "Injektionssæt", "På hylden"]),
        ("/stock/ledger", Role.NURSE, ["Lagerbog", "Udleveret"]),
        ("/referrals", Role.CASE_WORKER, ["Henvisninger", "Kommunens boligkontor", "Kladde"]),
        ("/reports", Role.MANAGER, ["Hvor travlt havde vi?", "Besøg", "pr. dag", "Gem som CSV"]),
        ("/admin", Role.ADMINISTRATOR, ["Personale", "Sygeplejerske"]),
        ("/admin/devices", Role.ADMINISTRATOR, ["Tavle", "Venterum"]),
        ("/admin/cubicles", Role.NURSE, ["Båse", "Kørestol"]),
        ("/help", None, ["Hjælp", "Mennesker våger over mennesker"]),
    ],
)
def test_a_danish_room_has_danish_screens(client_as, path, who, words):
    heron = visit(client("Blå Hejre"))
    intake(heron)
    issued(2, heron)
    referral(heron)
    seated(4)
    alarm("cubicle-7")
    page = client_as(who).get(path).text
    said = TextOf(page).words
    assert '<html lang="da"' in page
    assert [word for word in words if not any(word in text for text in said)] == []
    english = {form for one in MESSAGES for form in forms(one.id)}
    danish = {form for one in MESSAGES for form in forms(one.string)}
    assert sorted((set(said) & english) - danish) == []


def test_the_page_of_an_alarm_speaks_danish(client_as):
    code = alarm("cubicle-7").code
    said = TextOf(client_as(Role.NURSE).get(f"/alarm/{code}").text).words
    assert {"Bås 7", "Jeg kommer", "Ilt", "Naloxon", "Hvordan endte det?", "Alt personale", "Afslut alarmen"} <= set(
        said
    )


def test_a_name_from_the_policy_is_translated_and_one_that_people_gave_stays(app):
    with app.test_request_context():
        assert (look.named("Call 112"), look.named("Open")) == ("Ring 112", "Open")


def test_the_language_is_a_setting(tmp_path):
    app = create_app(settings.load({"ROOM_LANGUAGE": "da"}, data_dir=tmp_path))
    with app.test_request_context():
        assert str(get_locale()) == "da"
