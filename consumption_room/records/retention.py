"""Who has not been seen for so long that what could name them is due to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select, update

from consumption_room.agreements.models import Agreement
from consumption_room.agreements.rules import RUNNING
from consumption_room.alerts.models import Alert
from consumption_room.clients.models import Bar, Client, Flag
from consumption_room.clients.rules import FORGOTTEN
from consumption_room.database import db
from consumption_room.doses.models import Prescription
from consumption_room.incidents.models import FollowUp
from consumption_room.policy.room import Policy
from consumption_room.records import rules
from consumption_room.records.models import Merge
from consumption_room.referrals.models import Referral, ReferralEvent
from consumption_room.vault.models import Identity
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.doses import PrescriptionState


@dataclass(frozen=True)
class Due:
    """How many people are due, and how many flags and bars say something of them."""

    people: int
    flags: int
    bars: int


def people(policy: Policy, now: datetime, limit: int | None = None) -> Sequence[Client]:
    """Those who were not here, and not registered, within the policy's months; the longest known first.

    Not those who are inside, to whom something is still closed, with whom an agreement runs, whose prescription runs,
    or whose identity the vault keeps by a rule of its own.
    """
    first_day = rules.months_before(policy.service_day(now), policy.forgotten_after_months)
    seen = exists().where(Visit.client_id == Client.id, or_(Visit.service_day >= first_day, Visit.left_at.is_(None)))
    closed = exists().where(Bar.client_id == Client.id, Bar.lifted_at.is_(None), Bar.ends_at > now)
    sealed = exists().where(Identity.client_id == Client.id, Identity.erased_at.is_(None))
    running = exists().where(Agreement.client_id == Client.id, Agreement.state.in_(RUNNING))
    treated = exists().where(Prescription.client_id == Client.id, Prescription.state != PrescriptionState.STOPPED)
    return db.session.scalars(
        select(Client)
        .where(Client.alias != FORGOTTEN, Client.merged_into_id.is_(None))
        .where(Client.registered_at < policy.begin_of(first_day))
        .where(~seen, ~closed, ~running, ~treated, ~sealed)
        .order_by(Client.id)
        .limit(limit)
    ).all()


def due(policy: Policy, now: datetime) -> Due:
    """What would be forgotten now, in numbers."""
    keys = [client.id for client in people(policy, now)]

    def said(of: type[Flag] | type[Bar]) -> int:
        return db.session.scalar(select(func.count()).select_from(of).where(of.client_id.in_(keys))) or 0

    return Due(len(keys), said(Flag), said(Bar))


def forget_notes(key: int) -> None:
    """Take away what was typed about a person (by row key) on the way: why they were held, what is still to be done."""
    visits = select(Visit.id).where(Visit.client_id == key)
    alerts = select(Alert.id).where(Alert.visit_id.in_(visits))
    referrals = select(Referral.id).where(Referral.visit_id.in_(visits))
    for forgetting in (
        update(Visit).where(Visit.client_id == key, Visit.hold_reason.is_not(None)).values(hold_reason=FORGOTTEN),
        update(FollowUp).where(or_(FollowUp.client_id == key, FollowUp.alert_id.in_(alerts))).values(what=FORGOTTEN),
        update(ReferralEvent)
        .where(ReferralEvent.referral_id.in_(referrals), ReferralEvent.reason.is_not(None))
        .values(reason=FORGOTTEN),
        update(Merge).where(Merge.survivor_id == key).values(reason=FORGOTTEN),
    ):
        db.session.execute(forgetting)
