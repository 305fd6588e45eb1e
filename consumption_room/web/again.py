"""A refused form: its page again, with the reason on top, unless that page itself is not there."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, make_response
from flask.typing import ResponseReturnValue

from consumption_room.errors import Busy, FieldsWrong, NotFound, Refusal, RuleBroken
from consumption_room.gate.answers import IdempotencyMismatch

Answer = Callable[[Any], ResponseReturnValue]

OF_A_FORM = (RuleBroken, FieldsWrong, IdempotencyMismatch, Busy)
"""What any form can be refused for; everything else is answered alike on every screen."""


def on_refusal(bp: Blueprint, *more: type[Refusal]) -> Callable[[Answer], Answer]:
    """Let a screen answer itself what its forms are refused for; ``more`` names what else that can be there."""

    def answered_by(answer: Answer) -> Answer:
        for trouble in (*OF_A_FORM, *more):
            bp.register_error_handler(trouble, answer)
        return answer

    return answered_by


def again(page: Callable[[], str], refusal: Refusal) -> ResponseReturnValue:
    """The page with the refusal's status; when what the page is about does not exist, the answer that says so."""
    try:
        return page(), refusal.status
    except NotFound as missing:
        # Raised while a refusal is being answered, it would reach no handler: it is handed to them.
        answer: Any = current_app.handle_user_exception(missing)
        return make_response(answer)
