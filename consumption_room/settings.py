"""Where this installation runs: read once from files and ``ROOM_*`` variables, typed, and checked."""

import os
import secrets
import shlex
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from consumption_room import outward
from consumption_room.errors import Unsafe
from consumption_room.outward import Webhook

PACKAGE = Path(__file__).resolve().parent
# In a checkout templates, static files and configuration lie beside the package; a wheel carries them inside it.
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent
LANGUAGES = ("en", "da")
FEWEST_THREADS = 50


@dataclass(frozen=True)
class Settings:
    """One installation: its database, its folders, its place on earth."""

    database_url: str
    data_dir: Path
    secret_key_file: Path
    timezone: str
    language: str
    policy_file: Path
    consents_dir: Path
    vault_key_file: Path
    https: bool
    host: str
    port: int
    threads: int
    guard_command: str
    heartbeat_url: str
    webhook: tuple[Webhook, ...]
    notify_urls: tuple[str, ...]
    time_server: str

    @property
    def zone(self) -> ZoneInfo:
        """The room's own time zone."""
        return ZoneInfo(self.timezone)

    @property
    def url(self) -> str:
        """The database's address; an empty setting means a SQLite file in the data folder."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'room.db'}"
        if self.database_url.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        return self.database_url

    def secret(self) -> bytes:
        """The installation's own secret, made at the first start and readable by this user alone."""
        path = self.secret_key_file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process was first
                return self.secret()
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        secret = path.read_text().strip()
        if len(secret) < 32:
            raise Unsafe(f"The secret in {path.name} is shorter than 32 characters; delete the file to have one made.")
        return secret.encode()


def load(environment: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from ``config/settings.toml``, then the ``ROOM_CONFIG`` file, then ``ROOM_*``, then overrides."""
    environment = dict(os.environ) if environment is None else environment
    found = _read(ROOT / "config" / "settings.toml")
    if extra := environment.get("ROOM_CONFIG"):
        if not Path(extra).is_file():
            raise Unsafe(f"ROOM_CONFIG names {extra}, and there is no such file.")
        found |= _read(Path(extra))
    for field in fields(Settings):
        if (value := environment.get(f"ROOM_{field.name.upper()}")) is not None:
            found[field.name] = value
    found |= overrides
    if unknown := set(found) - {field.name for field in fields(Settings)}:
        raise Unsafe(f"These settings are not known: {', '.join(sorted(unknown))}.")
    return _checked(found)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as trouble:
        raise Unsafe(f"{path.name} cannot be read: {trouble}.") from trouble


def _checked(found: dict[str, Any]) -> Settings:
    data_dir = Path(found["data_dir"]).expanduser().resolve()
    try:
        settings = Settings(
            database_url=str(found["database_url"]),
            data_dir=data_dir,
            secret_key_file=Path(found["secret_key_file"] or data_dir / "secret.key"),
            timezone=str(found["timezone"]),
            language=str(found["language"]),
            policy_file=Path(found["policy_file"] or ROOT / "config" / "policy.toml"),
            vault_key_file=Path(found["vault_key_file"] or data_dir / "vault.key"),
            consents_dir=Path(found["consents_dir"] or ROOT / "config" / "consents"),
            https=str(found["https"]).lower() in {"1", "true", "yes"},
            host=str(found["host"]),
            port=int(found["port"]),
            threads=int(found["threads"]),
            guard_command=str(found["guard_command"]),
            heartbeat_url=str(found["heartbeat_url"]),
            webhook=tuple(_webhook(one) for one in found.get("webhook", ())),
            notify_urls=_words(found["notify_urls"]),
            time_server=str(found["time_server"]),
        )
        shlex.split(settings.guard_command)
        outward.host_and_port(settings.time_server)
        settings.zone  # noqa: B018 - asked for its refusal
    except (TypeError, ValueError, ZoneInfoNotFoundError) as trouble:
        raise Unsafe(f"A setting cannot be read: {trouble}.") from trouble
    if settings.threads < FEWEST_THREADS:
        raise Unsafe(f"threads must be at least {FEWEST_THREADS}: each open display holds one, and alarms need theirs.")
    if settings.language not in LANGUAGES:
        raise Unsafe(f"The language must be one of {', '.join(LANGUAGES)}.")
    if not settings.policy_file.is_file():
        raise Unsafe(f"There is no policy file {settings.policy_file}.")
    if settings.heartbeat_url:
        outward.checked(settings.heartbeat_url, "heartbeat_url")
    return settings


def _words(said: str | list[str]) -> tuple[str, ...]:
    """A list from a file, or words with spaces between them from a variable."""
    return tuple(said.split() if isinstance(said, str) else map(str, said))


def _webhook(said: dict[str, str]) -> Webhook:
    if set(said) != {"url", "secret_file"}:
        raise Unsafe("A [[webhook]] has a url and a secret_file.")
    webhook = Webhook(outward.checked(said["url"], "The url of a webhook"), Path(said["secret_file"]).expanduser())
    webhook.secret()
    return webhook


def elsewhere(settings: Settings, folder: Path, **more: Any) -> Settings:
    """The same installation with its data in another folder: the demo room, a rehearsal. It tells nobody outside."""
    keys: dict[str, Any] = {"secret_key_file": folder / "secret.key", "vault_key_file": folder / "vault.key"}
    quiet: dict[str, Any] = {"webhook": (), "notify_urls": ()}
    return replace(settings, data_dir=folder, database_url="", **keys, **quiet, **more)
