"""Requests are read by forms that refuse what they do not know and make one frozen thing."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from consumption_room.amounts import Micrograms, from_mg, in_mg

NOT_SAID = "Not said"
"""What is written where a program gives no reason for what must not fail for want of one."""


class Form(Schema):
    """Reads one request; ``makes`` is the frozen dataclass it becomes."""

    makes: ClassVar[type[Any] | None] = None

    class Meta:
        """An unknown field is a misunderstanding, and is said."""

        unknown = RAISE

    error_messages = {
        "unknown": "This field is not known here.",
        "type": "This must be an object with named fields.",
    }

    @post_load
    def _make(self, data: Mapping[str, Any], **_: object) -> Any:
        return self.makes(**data) if self.makes else dict(data)


class Text(fields.String):
    """A line that a person typed: trimmed, without control characters, at most ``longest`` characters."""

    def __init__(self, *, longest: int = 80, shortest: int = 1, lines: bool = False, **more: Any) -> None:
        """``lines`` allows line breaks; ``shortest`` counts after trimming."""
        super().__init__(**more)
        self.lines = lines
        self.validators.append(validate.Length(min=shortest, max=longest, error=_length_sentence(shortest, longest)))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more) or ""
        # Joiners belong to the spelling of Persian and of many Indian languages.
        allowed = "\u200c\u200d\r\n" if self.lines else "\u200c\u200d"
        for character in text:
            if unicodedata.category(character) in {"Cc", "Cs", "Cf"} and character not in allowed:
                raise ValidationError("This has a character that cannot be shown; please type it again.")
        return text.strip()


def _length_sentence(shortest: int, longest: int) -> str:
    if shortest <= 1:
        return f"This must not be empty and not longer than {longest} characters."
    return f"This must be {shortest} to {longest} characters long."


class Code(Text):
    """A code that we once gave out; anything longer than 40 characters is not one."""

    def __init__(self, **more: Any) -> None:
        """Codes are opaque: only their length is checked here."""
        super().__init__(longest=40, **more)


class Codes(fields.List[Any]):
    """Several codes that we once gave out."""

    def __init__(self, **more: Any) -> None:
        """At most fifty."""
        super().__init__(Code(), **more)
        self.validators.append(validate.Length(max=50, error="Too many."))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **more)))


class Whole(fields.Integer):
    """A whole number within bounds, as a number or in figures; never a Boolean or a fraction."""

    def __init__(self, *, least: int, most: int, **more: Any) -> None:
        """Both bounds are included."""
        super().__init__(**more)
        self.validators.append(
            validate.Range(least, most, error=f"This must be a whole number from {least} to {most}.")
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not (type(value) is int or (isinstance(value, str) and re.fullmatch(r" *-?[0-9]{1,18} *", value))):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **more)


class Milligrams(fields.String):
    """An amount of drug: milligrams as decimal text outside, like ``"12.5"``, whole micrograms inside."""

    def __init__(self, *, least: Micrograms = 0, most: Micrograms = 10**12, **more: Any) -> None:
        """From nought to a kilogram, unless said otherwise."""
        super().__init__(metadata={"pattern": r"^[0-9]{1,9}(\.[0-9]{1,3})?$", "examples": ["12.5"]}, **more)
        self.validators.append(
            validate.Range(
                least, most, error=f"This must be an amount from {in_mg(least)} to {in_mg(most)} milligrams."
            )
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if type(value) is int and abs(value) <= 10**9:
            value = str(value)
        if not isinstance(value, str):
            raise ValidationError('This must be an amount in milligrams as text, like "12.5".')
        try:
            return from_mg(value)
        except ValueError as trouble:
            raise ValidationError(
                "This must be an amount in milligrams, like 12.5: a point, no comma, at most three decimals."
            ) from trouble

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return None if value is None else in_mg(value)


class Choice(fields.Enum[Any]):
    """One word of a closed list; the sentence names the list."""

    def __init__(self, enumeration: Any, **more: Any) -> None:
        """``enumeration`` is one of the lists in ``vocabulary``."""
        super().__init__(enumeration, by_value=True, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        """A word that is a figure, like a score, may come as a number."""
        return super()._deserialize(str(value) if type(value) is int else value, attr, data, **more)


class Choices(fields.List[Any]):
    """Several different words of a closed list, at least ``least`` of them."""

    def __init__(self, enumeration: Any, *, least: int = 1, **more: Any) -> None:
        """Repeated words are folded; the order given is kept."""
        super().__init__(Choice(enumeration), **more)
        self.validators.append(
            validate.Length(min=least, max=30, error=f"Please choose at least {least}." if least else "Too many.")
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **more)))


class Day(fields.Date):
    """A day between 2000 and 2100: beyond that somebody mistyped."""

    def __init__(self, **more: Any) -> None:
        """Days are written as 2026-11-20."""
        super().__init__(**more)
        self.validators.append(
            validate.Range(date(2000, 1, 1), date(2100, 12, 31), error="This must be a day between 2000 and 2100.")
        )


class Moment(fields.AwareDateTime):
    """A moment with its offset from UTC, between 2000 and 2100: beyond that somebody mistyped."""

    def __init__(self, **more: Any) -> None:
        """Moments are written as 2026-11-20T09:00:00+01:00."""
        super().__init__(format="iso", **more)
        self.validators.append(
            validate.Range(
                datetime(2000, 1, 1, tzinfo=UTC),
                datetime(2100, 12, 31, tzinfo=UTC),
                error="This must be a moment between 2000 and 2100.",
            )
        )


class Agreement(fields.Raw):
    """Yes or no, or an object that says how and until when the person agreed; gives whether they did."""

    def __init__(self, **more: Any) -> None:
        """Documented as either form."""
        super().__init__(metadata={"oneOf": [{"type": "boolean"}, {"type": "object"}]}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> bool:
        if isinstance(value, Mapping):
            value = value.get("given", True)
        if not isinstance(value, bool):
            raise ValidationError("Please say true or false: did the person agree?")
        return value
