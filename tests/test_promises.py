"""What we promise about the code: who commits, who reads the clock, what may be imported, what is never named."""

import ast
import dataclasses
import fnmatch
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumption_room.policy.room import Policy
from consumption_room.settings import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "consumption_room"
VENDOR = ROOT / "static" / "vendor"
MODULES = sorted(PACKAGE.rglob("*.py"))
OURS = [path for path in MODULES if "versions" not in path.parts]
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in OURS}
POLICY = {name: tree for name, tree in TREES.items() if name.startswith("policy/")}
LOCKS = [ROOT / "requirements.lock", ROOT / "tests" / "requirements.lock"]
IGNORED = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]


def everything() -> Iterator[tuple[str, ast.AST]]:
    """Every node of our code, with the file it stands in."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            yield name, node


def kept_files() -> Iterator[Path]:
    """Every file that git keeps, as text where it is text."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if (
            path.is_file()
            and parts[0] != ".git"
            and not any(fnmatch.fnmatch(part, one) for part in parts for one in IGNORED)
        ):
            yield path


def text_of(path: Path) -> str:
    """What stands in a file; nothing when it is a picture or a font."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A tool from the same environment, run over the project."""
    tool = str(Path(sys.executable).parent / command[0])
    return subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


def test_only_database_commits():
    found = {name for name, node in everything() if isinstance(node, ast.Attribute) and node.attr == "commit"}
    assert found == {"database.py"}


def test_only_clock_reads_the_clock():
    reading = {
        "datetime": {"now", "utcnow", "today"},
        "date": {"today"},
        "time": {"time", "time_ns", "monotonic", "monotonic_ns", "localtime", "gmtime"},
        "func": {"now", "current_timestamp", "current_date"},
    }
    found = {
        name
        for name, node in everything()
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in reading.get(node.value.id, set())
    }
    assert found == {"clock.py"}


def test_the_stopwatch_measures_requests_for_the_log_and_nothing_else():
    found = {name for name, node in everything() if isinstance(node, ast.Attribute) and node.attr == "perf_counter"}
    assert found <= {"app.py"}


@pytest.mark.parametrize("name", TREES)
def test_a_module_says_what_it_is_on_its_first_line(name):
    said = ast.get_docstring(TREES[name])
    assert said
    assert said.split("\n\n")[0].endswith((".", "?"))


def test_everything_public_says_what_it_is():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    silent = [
        f"{name}: {node.name}"
        for name, tree in TREES.items()
        for holder in [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]
        for node in holder.body
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_module_has_a_name_of_its_own():
    nameless = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base", "core", "shared"}
    assert [path.name for path in MODULES if nameless & {path.stem, path.parent.name}] == []


def test_nothing_happens_in_init():
    assert [name for name, tree in TREES.items() if name.endswith("__init__.py") and len(tree.body) > 1] == []


def test_rules_import_the_standard_library_and_a_few_nouns():
    allowed = (
        "consumption_room.amounts",
        "consumption_room.errors",
        "consumption_room.policy",
        "consumption_room.vocabulary.",
    )
    strangers = [
        f"{name}: {module}"
        for name, node in everything()
        if name.endswith("rules.py") and isinstance(node, ast.Import | ast.ImportFrom)
        for module in ([node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        if not module.startswith(allowed) and module.split(".")[0] not in sys.stdlib_module_names
    ]
    assert strangers == []


def test_only_a_heartbeat_and_a_closed_door_catch_whatever_comes():
    found = {
        name
        for name, node in everything()
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    }
    assert found <= {"live/sockets.py", "live/pump.py"}


def test_imports_point_down():
    told = run("lint-imports", "--no-cache")
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_code_is_clean_and_in_one_shape():
    for command in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        told = run(*command)
        assert told.returncode == 0, told.stdout + told.stderr


def test_types_hold():
    told = run("mypy", "--strict")
    assert told.returncode == 0, told.stdout + told.stderr


def test_nothing_is_hushed_without_saying_what():
    hushed = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:)|pragma:\s*no cover)")
    paths = [*MODULES, *(ROOT / "tests").rglob("*.py")]
    assert [path.name for path in paths if hushed.search(path.read_text()) and path != Path(__file__)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.relative_to(ROOT).as_posix())
def test_a_lock_holds_names_versions_and_hashes_only(lock):
    line = re.compile(
        r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==[A-Za-z0-9.+!-]+( ; [a-z_]+ [^/@:]+)? \\"
        r"|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    strange = [one for one in lock.read_text().splitlines() if not line.fullmatch(one)]
    assert strange == []


def test_the_test_lock_has_the_same_versions_as_the_room():
    def pins(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", lock.read_text(), re.MULTILINE))

    room, tests = (pins(lock) for lock in LOCKS)
    assert {name: (room[name], tests[name]) for name in room.keys() & tests.keys() if room[name] != tests[name]} == {}


def test_vendored_files_are_what_they_were():
    listed = {
        name: checksum
        for part in json.loads((VENDOR / "VENDORED.json").read_text())
        for name, checksum in part["files"].items()
    }
    there = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.json"
    }
    assert there == listed


def test_every_vendored_part_says_its_version_and_its_licence():
    for part in json.loads((VENDOR / "VENDORED.json").read_text()):
        assert part["version"], part
        assert part["licence"], part
        assert any("LICEN" in name.upper() for name in part["files"]), part["name"]


def test_no_file_names_a_registry_or_a_path_of_a_machine():
    hosts = [
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "npmjs" + ".org",
        "index" + "-url",
        "cdn" + ".jsdelivr",
        "unpkg" + ".com",
    ]
    homes = [rf"(?<![\w.])/{home}/" for home in ("root", "home", "Users", "work")]
    forbidden = re.compile("|".join([*map(re.escape, hosts), *homes]))
    found = [
        path.relative_to(ROOT).as_posix()
        for path in kept_files()
        if VENDOR not in path.parents and path != Path(__file__) and forbidden.search(text_of(path))
    ]
    assert found == []


def test_every_number_of_the_policy_is_used():
    # Reading and checking a number is no use of it; what a part of the policy works out from it is.
    used = {node.attr for name, node in everything() if name not in POLICY and isinstance(node, ast.Attribute)}
    parts = [node for tree in POLICY.values() for node in tree.body if isinstance(node, ast.ClassDef)]
    used |= {node.attr for part in parts for node in ast.walk(part) if isinstance(node, ast.Attribute)}
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r"policy\(?\)?\.(\w+)", path.read_text()))
    assert {field.name for field in dataclasses.fields(Policy)} - used == set()


def test_every_line_of_the_policy_file_is_read():
    known = {node.value for tree in POLICY.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    words = [tree for name, tree in TREES.items() if name.startswith("vocabulary/")]
    known |= {node.value for tree in words for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    policy = tomllib.loads((ROOT / "config" / "policy.toml").read_text())

    def keys(part: object, where: str) -> Iterator[str]:
        if isinstance(part, dict):
            for key, inner in part.items():
                if where != "parts":
                    yield key
                yield from keys(inner, key)
        elif isinstance(part, list):
            for inner in part:
                yield from keys(inner, where)

    assert set(keys(policy, "")) - known == set()


def test_pages_hold_no_script_and_no_style_of_their_own():
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|<style|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=",
        re.IGNORECASE,
    )
    found = [path.name for path in (ROOT / "templates").rglob("*.html") if inline.search(path.read_text())]
    assert found == []


def test_nothing_is_loaded_from_elsewhere():
    loads = re.compile(
        r"(src|href|action)\s*=\s*[\"']?(https?:)?//|url\(\s*[\"']?(https?:)?//|import\s[^;]*https?://", re.IGNORECASE
    )
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]
    assert [path.name for path in pages if VENDOR not in path.parents and loads.search(path.read_text())] == []


def test_the_top_of_the_tree_is_short():
    allowed = {
        *("pyproject.toml", "README.md", "Makefile", "LICENSE", "requirements.lock", "consumption_room", "templates"),
        *("static", "tests", "config", "docs"),
    }
    top = {path.relative_to(ROOT).parts[0] for path in kept_files()}
    assert {name for name in top if not name.startswith(".")} - allowed == set()


def test_every_language_is_there():
    for language in set(LANGUAGES) - {"en"}:
        assert (ROOT / "config" / "translations" / language / "LC_MESSAGES" / "messages.po").is_file()
