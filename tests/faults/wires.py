"""A second machine on this one: a network namespace at the end of a cable that can be cut, also in one direction."""

import itertools
import os
import subprocess
from pathlib import Path
from typing import Self

NUMBERS = itertools.count(os.getpid() % 200 * 64)
NOBODY = "02:00:00:00:00:99"


class NotAllowed(Exception):
    """This machine does not let us make networks."""


class Cable:
    """A cable with the served room at ``here`` and a namespace with displays at ``there``."""

    def __init__(self) -> None:
        """Plugged in; raises ``NotAllowed`` with the reason."""
        number = next(NUMBERS)
        net = f"10.{93 + number // 16384}.{number // 64 % 256}"
        base = number % 64 * 4
        self.here, self.there = f"{net}.{base + 1}", f"{net}.{base + 2}"
        self.name, self.near, self.far = f"room-{number}", f"rn{number}", f"rf{number}"

    def __enter__(self) -> Self:
        """Made of a namespace and a pair of virtual ends."""
        if os.geteuid() != 0:
            raise NotAllowed("only root may make a network")
        try:
            _ip("netns", "add", self.name)
            _ip("link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.name)
            _ip("addr", "add", f"{self.here}/30", "dev", self.near)
            _ip("link", "set", self.near, "up")
            self._there("ip", "addr", "add", f"{self.there}/30", "dev", self.far)
            self._there("ip", "link", "set", self.far, "up")
            self._there("ip", "link", "set", "lo", "up")
        except (OSError, subprocess.CalledProcessError) as trouble:
            self.__exit__()
            raise NotAllowed(str(getattr(trouble, "stderr", "") or trouble).strip()) from trouble
        return self

    def __exit__(self, *_: object) -> None:
        """Thrown away; whoever lives at its end must be gone."""
        for words in (("link", "del", self.near), ("netns", "del", self.name)):
            subprocess.run(["ip", *words], capture_output=True, check=False)

    def cut(self) -> None:
        """Nothing goes through any more; as behind a switch, neither end is told."""
        self.lose_what_goes_there()
        self._there("ip", "neigh", "replace", self.here, "lladdr", NOBODY, "dev", self.far, "nud", "permanent")

    def lose_what_goes_there(self) -> None:
        """What the server sends is lost on the way; what displays send arrives."""
        _ip("neigh", "replace", self.there, "lladdr", NOBODY, "dev", self.near, "nud", "permanent")

    def mend(self) -> None:
        """As before."""
        _ip("neigh", "flush", "dev", self.near, "nud", "permanent")
        self._there("ip", "neigh", "flush", "dev", self.far, "nud", "permanent")

    def program(self, path: Path, folder: Path) -> Path:
        """A script in ``folder`` that runs this program at the far end."""
        script = folder / f"{path.name}-{self.name}"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} "{path}" "$@"\n')
        script.chmod(0o755)
        return script

    def _there(self, *words: str) -> None:
        _ip("netns", "exec", self.name, *words)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
