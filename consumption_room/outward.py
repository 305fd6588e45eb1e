"""What may leave the premises: addresses that are checked, and the secrets that sign what is sent to them."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from consumption_room.errors import Unsafe

SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Webhook:
    """An address that is told of alarms, and the file with the secret that signs what it is told."""

    url: str
    secret_file: Path

    def secret(self) -> bytes:
        """The secret; raise ``Unsafe`` when it is missing, short, or readable by others."""
        path = self.secret_file
        if not path.is_file():
            raise Unsafe(f"There is no file {path.name} with the secret of a webhook.")
        if path.stat().st_mode & 0o077:
            raise Unsafe(f"{path.name} can be read by others on this machine; chmod 600 it.")
        secret = path.read_text().strip()
        if len(secret) < SHORTEST_SECRET:
            raise Unsafe(f"The secret in {path.name} is shorter than {SHORTEST_SECRET} characters.")
        return secret.encode()


def is_this_machine(host: str) -> bool:
    """Whether a name or number stands for this machine and nothing else."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def host_and_port(said: str) -> tuple[str, int | None]:
    """A ``host`` or ``host:port`` in its parts; raise ``ValueError`` when it is something else."""
    parts = urlsplit(f"//{said}")
    odd = parts.netloc != said or parts.username is not None or " " in said
    if said and (not parts.hostname or odd):
        raise ValueError(f"{said!r} is not a host, or a host:port")
    return parts.hostname or "", parts.port


def checked(url: str, setting: str) -> str:
    """The address as it is; raise ``Unsafe`` unless it is https, or on this machine, and carries no password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as trouble:
        raise Unsafe(f"{setting} is not an address: {trouble}.") from trouble
    if not host or parts.scheme not in {"http", "https"}:
        raise Unsafe(f"{setting} must be an address like https://host/path.")
    if parts.username is not None:
        raise Unsafe(f"{setting} must not carry a name and a password.")
    if parts.scheme == "http" and not is_this_machine(host):
        raise Unsafe(f"{setting} would be sent in clear: use https, or an address of this machine.")
    return url
