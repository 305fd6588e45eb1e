"""Short messages about alarms through apprise (SMS, mail, chat), where the extra "notify" is installed."""

import importlib
import importlib.util
from typing import Any

from consumption_room.errors import Unsafe


class Messages:
    """Everybody who is told by a message."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        """Raises ``Unsafe`` without apprise, or when it cannot read an address."""
        if importlib.util.find_spec("apprise") is None:
            raise Unsafe('notify_urls needs the extra "notify": pip install "consumption-room[notify]"')
        # A large library, and most rooms tell nobody outside: loaded only where it is wanted.
        self.apprise = importlib.import_module("apprise").Apprise()
        for number, url in enumerate(urls, start=1):
            if not self.apprise.add(url):
                raise Unsafe(f"Address {number} of notify_urls cannot be read by apprise.")

    def send(self, body: dict[str, Any]) -> bool:
        """Say what happened where; whether everybody was told."""
        drill = "Drill. " if body["drill"] else ""
        sentence = (
            f"{drill}{body['event'].removeprefix('alert.')}: {body['kind']}, {body['place']}, step {body['step']}"
        )
        return bool(self.apprise.notify(title="Alarm", body=sentence))
