"""Requests are read by forms that refuse what they do not know and make one frozen thing."""

import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate


class Form(Schema):
    """Reads one request; ``makes`` is the frozen dataclass it becomes."""

    makes: ClassVar[type[Any] | None] = None

    class Meta:
        """An unknown field is a misunderstanding, and is said."""

        unknown = RAISE

    error_messages: ClassVar[dict[str, str]] = {
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
        for character in text:
            if unicodedata.category(character) in {"Cc", "Cs", "Cf"} and not (self.lines and character in "\r\n"):
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


class Whole(fields.Integer):
    """A whole number within bounds, never a Boolean, a fraction or a number too large for the database."""

    def __init__(self, *, least: int, most: int, **more: Any) -> None:
        """Both bounds are included."""
        super().__init__(strict=True, **more)
        self.validators.append(
            validate.Range(least, most, error=f"This must be a whole number from {least} to {most}.")
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> int | None:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **more)


class Choice(fields.Enum):
    """One word of a closed list; the sentence names the list."""

    def __init__(self, enumeration: Any, **more: Any) -> None:
        """``enumeration`` is one of the lists in ``vocabulary``."""
        super().__init__(enumeration, by_value=True, **more)


class Choices(fields.List):
    """Several different words of a closed list, at least ``least`` of them."""

    def __init__(self, enumeration: Any, *, least: int = 1, **more: Any) -> None:
        """Repeated words are folded; the order given is kept."""
        super().__init__(Choice(enumeration), **more)
        self.validators.append(
            validate.Length(min=least, max=30, error=f"Please choose at least {least}." if least else "Too many.")
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return tuple(dict.fromkeys(super()._deserialize(value, attr, data, **more)))
