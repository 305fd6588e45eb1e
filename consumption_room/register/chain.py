"""The chain of a register: what is hashed of a line, so that a line changed afterwards no longer fits."""

import hashlib
import json
from typing import Any

from consumption_room.register.models import Entry, Lot, Product

BEGINNING = "0" * 64
_SAID = (
    *("seq", "code", "kind", "bottle_id", "quantity", "counted", "balance", "lot_balance", "giver", "giver_name"),
    *("witness", "witness_name", "reference", "party", "authority", "reason", "reverses_id", "previous"),
)


def link(entry: Entry, product: Product, lot: Lot) -> str:
    """The SHA-256 of a line over everything printed of it, the product and the lot it is about among that."""
    said: dict[str, Any] = {name: getattr(entry, name) for name in _SAID}
    said |= {
        "product": [product.code, product.drug, product.form.value, product.strength],
        "lot": [lot.code, lot.number, lot.expires_on and lot.expires_on.isoformat()],
        "at": entry.at.isoformat(timespec="microseconds"),
        "service_day": entry.service_day.isoformat(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
