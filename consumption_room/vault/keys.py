"""The vault's keys: a file of its own, off the database, one key on each line, the first of them current."""

import hashlib
import os
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consumption_room.vault.rules import VaultShut

_KEY = re.compile(r"[0-9a-f]{64}")
_NONCE = 12


@dataclass(frozen=True, repr=False)
class Key:
    """A key of 256 bits, and the short name it is known by in the database."""

    secret: bytes

    @property
    def name(self) -> str:
        """Which key this is: nothing of it can be read back from its name."""
        return hashlib.sha256(b"name of a vault key" + self.secret).hexdigest()[:16]

    def seal(self, text: bytes, about: str) -> str:
        """Encrypt and authenticate (AES-256-GCM); ``about`` must be said again to open it."""
        nonce = secrets.token_bytes(_NONCE)
        return b64encode(nonce + AESGCM(self.secret).encrypt(nonce, text, about.encode())).decode()

    def open(self, sealed: str, about: str) -> bytes:
        """What was sealed; raise ``VaultShut`` when it was altered, moved, or sealed with another key."""
        raw = b64decode(sealed)
        try:
            return AESGCM(self.secret).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except InvalidTag as wrong:
            raise VaultShut("What is kept here cannot be opened: it was altered, or the key is another.") from wrong


def new_key() -> Key:
    """A key that nobody had before."""
    return Key(secrets.token_bytes(32))


@dataclass(frozen=True)
class Keyring:
    """The file of the vault's keys. It is read anew each time: another process may have turned the keys."""

    path: Path

    def keys(self) -> list[Key]:
        """Every key, the current one first; none without a file. Raise ``VaultShut`` when it cannot be trusted."""
        try:
            if self.path.stat().st_mode & 0o077:
                raise VaultShut(f"The vault stays shut: {self.path.name} can be read by others on this machine.")
            lines = self.path.read_text().split()
        except FileNotFoundError:
            return []
        except OSError as trouble:
            raise VaultShut(f"The vault stays shut: {self.path.name} cannot be read.") from trouble
        if not lines or not all(_KEY.fullmatch(line) for line in lines):
            raise VaultShut(f"The vault stays shut: {self.path.name} does not hold keys.")
        return [Key(bytes.fromhex(line)) for line in lines]

    def named(self, name: str) -> Key:
        """The key with this name; raise ``VaultShut`` when it is not there."""
        for key in self.keys():
            if key.name == name:
                return key
        raise VaultShut(f"The vault stays shut: its key is not in {self.path.name}.")

    def current(self, *, may_begin: bool) -> Key:
        """The key that new records are wrapped with; the first is made only while nothing is wrapped with another."""
        if keys := self.keys():
            return keys[0]
        if not may_begin:
            raise VaultShut(f"The vault stays shut: {self.path.name} is missing. Please bring back the file.")
        key = new_key()
        self.write([key])
        return key

    def write(self, keys: list[Key]) -> None:
        """Put these keys into the file, wholly or not at all, and on the disk before anything rests on them."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = self.path.with_name(f"{self.path.name}.new")
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write("".join(f"{key.secret.hex()}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
