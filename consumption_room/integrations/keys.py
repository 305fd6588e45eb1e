"""The keys that a bridge acts with: one line a device, its code and its key, in a file for nobody else's eyes."""

from pathlib import Path

from consumption_room.errors import Unsafe


def read(path: Path) -> dict[str, str]:
    """The key of each device by its code; raise ``Unsafe`` when the file is missing, open to others, or unreadable."""
    if not path.is_file():
        raise Unsafe(f"There is no file {path.name} with the keys of the buttons.")
    if path.stat().st_mode & 0o077:
        raise Unsafe(f"{path.name} can be read by others on this machine; chmod 600 it.")
    keys: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2:
            raise Unsafe(f"{path.name}, line {number}: a device's code and its key, with a space between them.")
        keys[words[0]] = words[1]
    if not keys:
        raise Unsafe(f"{path.name} holds no key.")
    return keys
