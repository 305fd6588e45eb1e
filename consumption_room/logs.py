"""Logs: one JSON line for each event, on standard error."""

import logging
import sys

import structlog


def keep_logs() -> None:
    """Log one JSON line for each event, to standard error, without anything about a client."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
