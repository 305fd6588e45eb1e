"""A disk that loses its power: what was not synced is gone, or there in part, as the chance of a seed has it."""

import random
from dataclasses import dataclass, field

import apsw

SECTOR = 512
POWERSAFE_OVERWRITE = 0x1000
"""SQLite's default on every disk: a torn write harms no byte beside it."""


class PowerIsOut(Exception):
    """The disk has just died."""


@dataclass
class Content:
    """A file: what is safe, what a reader sees, and the writes that lie between the two."""

    safe: bytearray | None
    seen: bytearray
    unsafe: list[tuple[int, bytes | None]] = field(default_factory=list)


class Disk:
    """Files in memory, until the power goes at the so-manieth write, sync, truncation or deletion."""

    def __init__(self, files: dict[str, bytes], chance: random.Random, dies_after: int | None) -> None:
        """``files`` are safely there; with ``dies_after=None`` the power stays, and deeds are counted."""
        self.files = {name: Content(bytearray(held), bytearray(held)) for name, held in files.items()}
        self.deleted: dict[str, Content] = {}
        self.chance, self.dies_after = chance, dies_after
        self.deeds = 0
        self.left: dict[str, bytes] | None = None

    def deed(self) -> None:
        """One more thing the disk is told to do; raises ``PowerIsOut`` instead when its time has come."""
        self.deeds += 1
        if self.left is None and self.deeds == self.dies_after:
            self.left = self._what_is_left()
            raise PowerIsOut

    def after_the_cut(self) -> dict[str, bytes]:
        """What the files hold when the power is back; a disk that still lives is cut now."""
        return self._what_is_left() if self.left is None else self.left

    def open(self, name: str) -> Content:
        """The file with this name; a new one is not safe before its first sync."""
        return self.files.setdefault(name, Content(None, bytearray()))

    def delete(self, name: str, at_once: bool) -> None:
        """Remove a name; unless ``at_once`` it may come back."""
        self.deed()
        gone = self.files.pop(name, None)
        if gone is not None and not at_once:
            self.deleted[name] = gone

    def _what_is_left(self) -> dict[str, bytes]:
        held = {**{name: gone for name, gone in self.deleted.items() if self._by_chance()}, **self.files}
        return {
            name: self._torn(content) for name, content in held.items() if content.safe is not None or self._by_chance()
        }

    def _torn(self, content: Content) -> bytes:
        left = bytearray(content.safe or b"")
        for at, said in content.unsafe:
            fate = self.chance.choice(("all", "none", "part"))
            if said is None:
                if fate == "all":
                    cut(left, at)
            elif fate == "all":
                put(left, at, said)
            elif fate == "part":
                for start in range(0, len(said), SECTOR):
                    if self._by_chance():
                        put(left, at + start, said[start : start + SECTOR])
        return bytes(left)

    def _by_chance(self) -> bool:
        return self.chance.random() < 0.5


def put(into: bytearray, at: int, said: bytes) -> None:
    """Write; what lies between the old end and ``at`` is zeros."""
    if len(into) < at:
        into.extend(bytes(at - len(into)))
    into[at : at + len(said)] = said


def cut(into: bytearray, length: int) -> None:
    """Bring a file to this length."""
    del into[length:]
    into.extend(bytes(length - len(into)))


class File:
    """An open file as SQLite sees it."""

    def __init__(self, disk: Disk, name: str) -> None:
        """On this disk."""
        self.disk, self.content = disk, disk.open(name)

    def xRead(self, amount: int, at: int) -> bytes:  # noqa: N802 - SQLite's own names, here and below
        """What was written, safe or not."""
        return bytes(self.content.seen[at : at + amount])

    def xWrite(self, said: bytes, at: int) -> None:  # noqa: N802
        """Seen at once, safe at the next sync."""
        self.disk.deed()
        put(self.content.seen, at, bytes(said))
        self.content.unsafe.append((at, bytes(said)))

    def xTruncate(self, length: int) -> bool:  # noqa: N802
        """Seen at once, safe at the next sync."""
        self.disk.deed()
        cut(self.content.seen, length)
        self.content.unsafe.append((length, None))
        return True

    def xSync(self, _flags: int) -> None:  # noqa: N802
        """Everything that was written to this file is safe from now on."""
        self.disk.deed()
        if self.content.safe is None:
            self.content.safe = bytearray()
        for at, said in self.content.unsafe:
            if said is None:
                cut(self.content.safe, at)
            else:
                put(self.content.safe, at, said)
        self.content.unsafe.clear()

    def xFileSize(self) -> int:  # noqa: N802
        """As a reader sees it."""
        return len(self.content.seen)

    def xLock(self, _level: int) -> None:  # noqa: N802
        """There is one connection."""

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        """There is one connection."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        """There is one connection."""
        return False

    def xFileControl(self, _op: int, _pointer: int) -> bool:  # noqa: N802
        """Nothing is asked that we know of."""
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        """As on Linux."""
        return 4096

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """As on Linux."""
        return POWERSAFE_OVERWRITE

    def xClose(self) -> None:  # noqa: N802
        """Closing makes nothing safe."""


class Disks(apsw.VFS):
    """The way from SQLite to the disk that is in the machine now."""

    def __init__(self) -> None:
        """Known to SQLite as ``power``; put a disk in before use."""
        self.disk = Disk({}, random.Random(0), None)
        super().__init__("power", base="")

    def xOpen(self, name: object, flags: list[int]) -> File:  # type: ignore[override]  # noqa: N802
        """A file on the disk."""
        flags[1] = flags[0]
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        return File(self.disk, path)

    def xDelete(self, name: str, at_once: bool) -> None:  # noqa: N802
        """A name less."""
        self.disk.delete(name, at_once)

    def xAccess(self, name: str, _flags: int) -> bool:  # noqa: N802
        """Whether it is there."""
        return name in self.disk.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """There is one folder."""
        return name
