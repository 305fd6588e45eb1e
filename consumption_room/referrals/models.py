"""Partners and referrals, as stored."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.columns import choice
from consumption_room.database import Model, new_code
from consumption_room.referrals import rules
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.referrals import Handover, ReferralState, ServiceKind


class Service(Model):
    """A partner that people can be referred to."""

    __tablename__ = "service"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    name: Mapped[str]
    kind: Mapped[ServiceKind] = mapped_column(choice(ServiceKind))
    contact: Mapped[str | None]
    eligibility: Mapped[str | None]
    closed: Mapped[bool] = mapped_column(insert_default=False)


class Referral(Model):
    """A way out to a partner, offered in a visit."""

    __tablename__ = "referral"
    __table_args__ = (Index("referral_by_day", "service_day", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    handover: Mapped[Handover] = mapped_column(choice(Handover))
    state: Mapped[ReferralState] = mapped_column(choice(ReferralState), insert_default=ReferralState.DRAFT)
    consent: Mapped[bool]
    owner: Mapped[str]
    made_at: Mapped[datetime]
    service_day: Mapped[date]

    visit: Mapped[Visit] = relationship(lazy="joined")
    service: Mapped[Service] = relationship(lazy="joined")
    events: Mapped[list["ReferralEvent"]] = relationship(order_by="ReferralEvent.id", lazy="selectin")

    def move_to(self, state: ReferralState, reason: str | None) -> None:
        """The only place that changes a referral's state."""
        rules.may_become(self.state, state, self.consent, reason)
        self.state = state


class ReferralEvent(Model):
    """One step of a referral; added, never edited."""

    __tablename__ = "referral_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    event: Mapped[ReferralState] = mapped_column(choice(ReferralState))
    reason: Mapped[str | None]
    at: Mapped[datetime]
    by: Mapped[str]
