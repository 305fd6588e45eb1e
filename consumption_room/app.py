"""The application: every part, put together."""

import hashlib
import hmac
import time

import flask_migrate
import structlog
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, Response, g, request
from flask_babel import Babel

from consumption_room import database, journal, settings, wordings
from consumption_room.api import document
from consumption_room.database import db
from consumption_room.gate import doors, here, refusals
from consumption_room.live import sockets
from consumption_room.policy import room as policy
from consumption_room.settings import ROOT, Settings
from consumption_room.web import pages

MIGRATIONS = str(settings.PACKAGE / "migrations")
log = structlog.get_logger()


def create_app(given: Settings | None = None) -> Flask:
    """The room's application, with nothing running yet: threads are started by the server, never by a visitor.

    Raises ``Unsafe`` when a setting or a number of the policy cannot be worked with.
    """
    given = given or settings.load()
    app = Flask("consumption_room", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    secret = given.secret()
    rules = policy.load(given.policy_file, given.zone)
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="room_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=given.https,
        PERMANENT_SESSION_LIFETIME=rules.session_lasts,
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        BABEL_DEFAULT_LOCALE=given.language,
        BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "config" / "translations"),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["room"] = here.Installation(
        given, rules, hmac.digest(secret, b"recognition phrases", hashlib.sha256), wordings.load(given.consents_dir)
    )
    database.init_app(app, given.url)
    journal.init_app(app)
    flask_migrate.Migrate(app, db, directory=MIGRATIONS, render_as_batch=True, compare_type=True)
    Babel(app)
    refusals.init_app(app)
    document.init_app(app)
    pages.init_app(app)
    sockets.init_app(app)
    doors.init_app(app)
    _log_requests(app)
    return app


def upgrade() -> None:
    """Bring the database of the present application to the newest schema."""
    flask_migrate.upgrade(directory=MIGRATIONS)


def schema_is_current() -> bool:
    """Whether the present application's database has the newest schema."""
    newest = ScriptDirectory(MIGRATIONS).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def _log_requests(app: Flask) -> None:
    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _log(response: Response) -> Response:
        if request.endpoint != "static":
            # The rule, not the address: an address may carry a code or a search.
            log.info(
                "request",
                method=request.method,
                rule=str(request.url_rule),
                status=response.status_code,
                ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
                staff=here.actor().staff,
                device=here.actor().device,
            )
        return response
