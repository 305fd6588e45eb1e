"""Logs: one JSON line for each event, on standard error; a log that cannot be written stops nobody."""

import contextlib
import logging
import sys
from typing import TextIO, cast

import structlog


class _Unfailing:
    """Standard error that stops nobody: with the disk under the log full, an alarm must ring all the same."""

    def write(self, said: str) -> None:
        """Write, or let it be."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(said)

    def flush(self) -> None:
        """Write what is still held back, or let it be."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def keep_logs() -> None:
    """Log one JSON line for each event, to standard error, without anything about a client."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Unfailing())),
        cache_logger_on_first_use=True,
    )
