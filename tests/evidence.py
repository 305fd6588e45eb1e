"""What was measured, one JSON line a figure in ``docs/evidence.jsonl``; the README's table is made from it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LINES = ROOT / "docs" / "evidence.jsonl"
README = ROOT / "README.md"
BEGIN, END = "<!-- figures: make figures -->", "<!-- end of figures -->"


def note(what: str, figure: str, *, threshold: str, command: str, engine: str = "sqlite", **details: Any) -> None:
    """Print a figure, and keep it in place of the last one of its kind when ``ROOM_EVIDENCE=1`` asks for that."""
    print(f"{what} ({engine}): {figure}; {threshold}")
    if os.environ.get("ROOM_EVIDENCE") != "1":
        return
    line = {"what": what, "engine": engine, "figure": figure, "threshold": threshold, "command": command}
    others = [old for old in read() if (old["what"], old["engine"]) != (what, engine)]
    kept = sorted([*others, line | {"commit": _commit()} | details], key=lambda one: (one["what"], one["engine"]))
    LINES.write_text("".join(json.dumps(one) + "\n" for one in kept))


def read() -> list[dict[str, Any]]:
    """Every figure that is kept."""
    return [json.loads(line) for line in LINES.read_text().splitlines()] if LINES.exists() else []


def table() -> str:
    """The README's table of figures."""
    rows = [
        f"| {one['what']} | {one['engine']} | {one['figure']} | {one['threshold']} | `{one['command']}` |"
        for one in read()
    ]
    return "\n".join(["| What | Engine | Measured | Aim | Command |", "|---|---|---|---|---|", *rows])


def write_into_readme() -> None:
    """Put the table between the marks of the README."""
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}")


def in_readme() -> str:
    """What stands between the marks of the README."""
    return README.read_text().split(BEGIN)[1].split(END)[0].strip()


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip()
