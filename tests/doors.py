"""Writes down who may open which door, as the application says it now: read the difference before you keep it."""

import tempfile
from pathlib import Path

from flask import Flask

from consumption_room.gate.doors import open_to
from tests.databases import application

TABLE = Path(__file__).with_name("doors.toml")


def doors(app: Flask) -> dict[str, list[str]]:
    """For each permission (or ``everybody``) the routes that it opens; routes shut to all stand under ``nobody``."""
    found: dict[str, list[str]] = {}
    for rule in app.url_map.iter_rules():
        whom = open_to(app.view_functions[rule.endpoint]) or "nobody"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.setdefault(str(whom), []).append(f"{method} {rule.rule}")
    return {whom: sorted(routes) for whom, routes in sorted(found.items())}


def as_toml(found: dict[str, list[str]]) -> str:
    """The table as it is kept."""
    lines = ["# Who may open which door. A route that is not listed here fails the suite.", ""]
    for whom, routes in found.items():
        lines += [f"{whom} = [", *(f'    "{route}",' for route in routes), "]", ""]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TABLE.write_text(as_toml(doors(application(Path(folder)))))
