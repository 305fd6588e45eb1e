"""Every screen, registered."""

from flask import Flask

from consumption_room.web import (
    admin,
    agreements,
    alarm,
    bars,
    clients,
    consents,
    custody,
    deliveries,
    desk,
    floor,
    help,
    home,
    incidents,
    look,
    referrals,
    register,
    reports,
    shift,
    sign_in,
    stations,
    stock,
    vault,
    wall,
)


def init_app(app: Flask) -> None:
    """Register every screen, and what they share."""
    look.init_app(app)
    for screen in (home, sign_in, stations, alarm, incidents, wall, desk, consents, floor, shift):
        app.register_blueprint(screen.bp)
    for screen in (clients, bars, stock, custody, register, referrals, agreements):
        app.register_blueprint(screen.bp)
    for screen in (vault, reports, admin, deliveries, help):
        app.register_blueprint(screen.bp)
