"""Every screen, registered."""

from flask import Flask

from consumption_room.web import (
    admin,
    agreements,
    alarm,
    bars,
    bookings,
    cards,
    clients,
    consents,
    deliveries,
    desk,
    doses,
    floor,
    help,
    home,
    incidents,
    kiosk,
    look,
    prescriptions,
    referrals,
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
    for screen in (home, sign_in, stations, alarm, incidents, wall, desk, consents, floor, bookings, shift):
        app.register_blueprint(screen.bp)
    app.register_blueprint(prescriptions.bp)
    app.register_blueprint(doses.bp)
    for screen in (clients, cards, kiosk, bars, stock, referrals, agreements, vault, reports, admin, deliveries, help):
        app.register_blueprint(screen.bp)
