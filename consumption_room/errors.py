"""What can be refused, each refusal with a sentence that staff can read aloud and a code for machines."""


class Refusal(Exception):
    """Something was asked and the answer is no: ``code`` is for machines, the message for people."""

    code = "refused"
    status = 409

    def __init__(self, message: str, **facts: object) -> None:
        """``facts`` go into the answer beside the sentence: codes and numbers only, never a name."""
        super().__init__(message)
        self.message = message
        self.facts = facts


class RuleBroken(Refusal):
    """We read it, and a rule of the room says no (409)."""


class OutOfOrder(RuleBroken):
    """The thing is in a state from which this step cannot be taken."""

    code = "out-of-order"


class NotFound(Refusal):
    """There is no such thing here, or it is not yours to see (404)."""

    code = "not-found"
    status = 404


class NotSignedIn(Refusal):
    """Nobody has said who they are, or the key is not (or no longer) valid (401)."""

    code = "not-signed-in"
    status = 401


class NotAllowed(Refusal):
    """We know who asks, and this is not open to them (403)."""

    code = "not-allowed"
    status = 403


class Unreadable(Refusal):
    """The request could not be read at all (400)."""

    code = "unreadable"
    status = 400


class FieldsWrong(Refusal):
    """The request was read, and a field in it is wrong (422)."""

    code = "invalid"
    status = 422

    def __init__(self, errors: dict[str, list[str]], message: str = "Some fields are wrong.") -> None:
        """``errors`` holds the sentences for each field, keyed by the field's name."""
        super().__init__(message)
        self.errors = errors


class Busy(Refusal):
    """The database did not give us its write lock in time; asking again is safe (503)."""

    code = "busy"
    status = 503


class TooManyTries(Refusal):
    """Too many wrong passwords or PINs in a row (429)."""

    code = "too-many-tries"
    status = 429


class Unsafe(Exception):
    """The room refuses to start like this; the message says why and what to change."""
