"""The chain of a register: what is hashed of a line, so that a line changed afterwards no longer fits."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from consumption_room.register.models import Lot, Product

BEGINNING = "0" * 64
SAID = (
    *("seq", "code", "bottle_id", "quantity", "counted", "balance", "lot_balance", "giver", "giver_name"),
    *("witness", "witness_name", "reference", "party", "authority", "reason", "reverses_id", "previous"),
)


def link(line: Mapping[str, Any], product: Product, lot: Lot) -> str:
    """The SHA-256 of a line over everything printed of it, the product and the lot it is about among that."""
    said = {name: line[name] for name in SAID}
    said |= {
        "kind": line["kind"].value,
        "product": [product.code, product.drug, product.form.value, product.strength],
        "lot": [lot.code, lot.number, lot.expires_on and lot.expires_on.isoformat()],
        "at": line["at"].isoformat(timespec="microseconds"),
        "service_day": line["service_day"].isoformat(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
