"""The bells: sockets ring, HTTP acts."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Being written."""
