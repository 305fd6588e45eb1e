"""What every part of the policy is read and checked with."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

Found = dict[str, Any]
"""The policy file, or a table in it, as it was found."""

Insist = Callable[[bool, str], None]
"""Raises ``Unsafe`` with the sentence unless the claim holds."""


def since_midnight(text: str) -> timedelta:
    """A time of day like 07:30, counted from local midnight; raise ``ValueError`` when it is none."""
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time of day like 07:30")
    return timedelta(hours=int(match[1]), minutes=int(match[2]))
