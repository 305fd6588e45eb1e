"""Types of columns: what each refuses to store, and how it is stored the same on every engine."""

import enum
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine.interfaces import Dialect


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC, or refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone; SQLite stores UTC without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what was stored, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[int]):
    """An amount of drug in whole micrograms; anything but a whole number is refused, a float above all."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Refuse what is not a whole number."""
        if value is not None and type(value) is not int:
            raise ValueError(f"{value!r} is not a whole number of micrograms.")
        return value


class Words(TypeDecorator[tuple[Any, ...]]):
    """Several words of one closed list, in the order given, stored as JSON."""

    impl = Text
    cache_ok = True

    def __init__(self, enumeration: type[enum.StrEnum]) -> None:
        """``enumeration`` is the list the words come from."""
        super().__init__()
        self.enumeration = enumeration

    def process_bind_param(self, value: tuple[Any, ...] | None, dialect: Dialect) -> str | None:
        """Only words of the list can be stored."""
        return None if value is None else json.dumps([self.enumeration(word).value for word in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Any, ...] | None:
        """The words, as members of the list."""
        return None if value is None else tuple(self.enumeration(word) for word in json.loads(value))


class Facts(TypeDecorator[dict[str, Any]]):
    """A small object of plain values, stored as JSON with sorted keys so that it hashes the same everywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        """As canonical JSON."""
        return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        """As it was."""
        return None if value is None else dict(json.loads(value))


def choice(enumeration: type[enum.StrEnum]) -> Enum:
    """A column type for one word of a closed list, stored by its code."""
    return Enum(enumeration, native_enum=False, length=24, values_callable=lambda words: [word.value for word in words])
