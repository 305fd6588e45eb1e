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
    custody,
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
    queue,
    referrals,
    register,
    reports,
    shift,
    sign_in,
    stations,
    stock,
    vault,
    visit,
    wall,
)


def init_app(app: Flask) -> None:
    """Register every screen, and what they share."""
    look.init_app(app)
    for screen in (home, sign_in, stations, alarm, incidents, wall, desk, visit, queue, floor, bookings, shift):
        app.register_blueprint(screen.bp)
    for screen in (prescriptions, doses, custody, register, agreements):
        app.register_blueprint(screen.bp)
    for screen in (clients, consents, cards, kiosk, bars, stock, referrals, vault, reports, admin, deliveries, help):
        app.register_blueprint(screen.bp)
