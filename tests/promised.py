"""The promises about the alarm: what shows each of them, and what was measured; ``docs/promises.md`` is made of it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests import evidence

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "promises.md"
BEGINNING = """# What is promised about the alarm, and what shows it

Made by `make figures` from `tests/promises.toml` and `docs/evidence.jsonl`. A promise about a fault counts only
beside a naive build that the same fault breaks. Figures come from `make faults` and `make bench` on an idle machine;
where none stands, `make test` holds the promise without taking one.
"""


@dataclass(frozen=True)
class Promise:
    """One promise; tests by file and name below ``tests``, figures by how their line in the evidence begins."""

    name: str
    says: str
    threshold: str
    tests: tuple[str, ...]
    naive: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    without_naive: str | None = None

    def measured(self) -> list[str]:
        """Every figure that is kept for it."""
        return [
            f"{one['what']}, {one['engine']}: {one['figure']}"
            for one in evidence.read()
            if one["what"].startswith(self.figures or ("\0",))
        ]


def promises() -> list[Promise]:
    """All of them, in order."""
    found = tomllib.loads((HERE / "promises.toml").read_text())
    return [
        Promise(name, **{key: tuple(value) if isinstance(value, list) else value for key, value in one.items()})
        for name, one in found.items()
    ]


def page() -> str:
    """The page that says it all."""
    return BEGINNING + "".join(_told(one) for one in promises())


def _told(one: Promise) -> str:
    lines = [f"\n## {one.name} {one.says}\n", f"* Aim: {one.threshold}."]
    lines += [f"* Shown by {_named(test)}" for test in one.tests]
    lines += [f"* Naive, and fails: {_named(test)}" for test in one.naive]
    lines += [f"* No naive build. {one.without_naive}"] if one.without_naive else []
    lines += [f"* Measured: {figure}." for figure in one.measured()]
    return "\n".join(lines) + "\n"


def _named(test: str) -> str:
    file, _, name = test.partition("::")
    return f"`{file}`: {name.removeprefix('test_').replace('_', ' ')}."
