"""A refused form: its page again, with the reason on top, unless that page itself is not there."""

from collections.abc import Callable
from typing import Any

from flask import current_app, make_response
from flask.typing import ResponseReturnValue

from consumption_room.errors import NotFound, Refusal


def again(page: Callable[[], str], refusal: Refusal) -> ResponseReturnValue:
    """The page with the refusal's status; when what the page is about does not exist, the answer that says so."""
    try:
        return page(), refusal.status
    except NotFound as missing:
        # Raised while a refusal is being answered, it would reach no handler: it is handed to them.
        answer: Any = current_app.handle_user_exception(missing)
        return make_response(answer)
