"""What follows by itself from what was done in an alarm: stock, longer observation, and a follow-up."""

from datetime import datetime

from sqlalchemy import select

from consumption_room import journal
from consumption_room.alerts import service as alerts
from consumption_room.alerts.models import Alert, AlertEntry
from consumption_room.alerts.service import Action
from consumption_room.database import db
from consumption_room.errors import RuleBroken
from consumption_room.events import Happened
from consumption_room.incidents import queries, rules
from consumption_room.incidents import service as incidents
from consumption_room.incidents.models import FollowUp
from consumption_room.incidents.service import NewTask
from consumption_room.inventory import service as inventory
from consumption_room.inventory.service import Issue
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import AlarmAction

AFTER_NALOXONE = "Speak with the person: they were given naloxone."


def note(code: str, asked: Action, policy: Policy, by: Actor, now: datetime) -> AlertEntry:
    """Put something that was done on the alarm's timeline, and do what follows from it in the same breath.

    The entry always stands: a lot that is not there, or is used up, is written into the journal and refuses nothing.
    A drill uses nothing and changes nothing.
    """
    entry = alerts.note(code, asked, by, now)
    alert = alerts.get(code)
    if alert.drill:
        return entry
    if asked.action is AlarmAction.NALOXONE:
        _observe_longer(alert, entry, policy, by, now)
        _remember_the_person(alert, by, now)
    if asked.lot is not None:
        _take_from_the_shelf(alert, asked.lot, policy, by, now)
    return entry


def _observe_longer(alert: Alert, entry: AlertEntry, policy: Policy, by: Actor, now: datetime) -> None:
    """Naloxone works 45 to 70 minutes and the opioid longer: at least an hour (St Paul's rule), in rooms often two."""
    if alert.visit_id is not None:
        visits.observe_longer(alert.visit_id, entry.at + policy.observe_after_naloxone, by, now)


def _remember_the_person(alert: Alert, by: Actor, now: datetime) -> None:
    client = queries.client_of(alert.visit_id)
    known = select(FollowUp.id).where(FollowUp.alert_id == alert.id, FollowUp.what == AFTER_NALOXONE)
    if client is not None and db.session.scalar(known) is None:
        task = NewTask(AFTER_NALOXONE, by.name, at_check_in=True)
        incidents.follow_up(alert, task, client, by, now)


def _take_from_the_shelf(alert: Alert, lot: str, policy: Policy, by: Actor, now: datetime) -> None:
    asked = Issue(1, visit=queries.visit_code(alert.visit_id), visit_id=alert.visit_id)
    try:
        inventory.use(lot, rules.RESCUE, asked, policy, by, now)
    except RuleBroken as trouble:  # refused before anything was written; the lot as typed stands on the timeline
        journal.record(Happened.STOCK_DISAGREES, alert.code, by, now, why=trouble.code)
