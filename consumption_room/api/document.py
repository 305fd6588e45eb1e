"""Every screen, registered."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every screen."""
