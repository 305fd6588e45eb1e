"""Agreements, what somebody signed up to in them, and what happened since, as stored.

There is no place for an offence here, and none for what somebody uses.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consumption_room.agreements import rules
from consumption_room.amounts import Micrograms
from consumption_room.clients.models import Client
from consumption_room.columns import Amount, Words, choice
from consumption_room.database import Model, new_code
from consumption_room.vocabulary.agreements import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    ConditionKind,
    Pathway,
)
from consumption_room.vocabulary.consents import ConsentWay

_RUNNING = text("state IN ('offered', 'active', 'extended', 'in-review')")


class Agreement(Model):
    """A plan that somebody signs up to, and who leads them through it."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index(
            "one_running_agreement_per_client_and_kind",
            "client_id",
            "kind",
            unique=True,
            sqlite_where=_RUNNING,
            postgresql_where=_RUNNING,
        ),
        Index("agreements_to_review", "next_review_on", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        CheckConstraint("ends_on > starts_on", name="an_agreement_ends_after_it_starts"),
        CheckConstraint("(signed_at IS NULL) = (signed_way IS NULL)", name="signed_somehow_at_some_time"),
        CheckConstraint(
            "signed_at IS NOT NULL OR state IN ('offered', 'refused', 'withdrawn')", name="what_runs_was_signed"
        ),
        CheckConstraint("state <> 'breached' OR decided_by IS NOT NULL", name="a_breach_is_decided_by_the_police"),
        CheckConstraint(
            "kind <> 'treatment' OR state NOT IN ('in-review', 'breached')", name="treatment_is_never_breached"
        ),
        CheckConstraint("(kind = 'treatment') = (referred_by IS NULL)", name="a_contract_was_referred_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    kind: Mapped[AgreementKind] = mapped_column(choice(AgreementKind))
    state: Mapped[AgreementState] = mapped_column(choice(AgreementState), insert_default=AgreementState.OFFERED)
    # The key worker of a treatment plan, the navigator of a contract.
    key_worker: Mapped[str]
    key_worker_code: Mapped[str | None]
    # Which team referred somebody: a unit, never a case.
    referred_by: Mapped[str | None]
    pathways: Mapped[tuple[Pathway, ...]] = mapped_column(Words(Pathway))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    next_review_on: Mapped[date | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    signed_at: Mapped[datetime | None]
    signed_way: Mapped[ConsentWay | None] = mapped_column(choice(ConsentWay))
    decided_by: Mapped[str | None]

    client: Mapped[Client] = relationship(lazy="joined")
    conditions: Mapped[list["Condition"]] = relationship(order_by="Condition.position", lazy="selectin")
    events: Mapped[list["AgreementEvent"]] = relationship(order_by="AgreementEvent.id", lazy="selectin")

    @property
    def facts(self) -> rules.Facts:
        """What the rules need of it."""
        was_extended = any(event.event is AgreementStep.EXTENDED for event in self.events)
        return rules.Facts(self.kind, self.state, was_extended, [one.kind for one in self.conditions])

    def take(self, said: rules.Said) -> None:
        """The only place that changes an agreement's state."""
        self.state = rules.goes_on(self.facts, said)


class Condition(Model):
    """One thing that somebody signs up to: a goal, a step down, a condition of a contract."""

    __tablename__ = "agreement_condition"
    __table_args__ = (
        UniqueConstraint("agreement_id", "position", name="one_condition_per_agreement_and_position"),
        CheckConstraint("position BETWEEN 1 AND 20", name="conditions_are_counted_from_one"),
        CheckConstraint("hours BETWEEN 18 AND 36", name="voluntary_work_has_eighteen_to_thirty_six_hours"),
        CheckConstraint("amount >= 0", name="nobody_is_planned_less_than_nothing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"))
    position: Mapped[int]
    kind: Mapped[ConditionKind] = mapped_column(choice(ConditionKind))
    what: Mapped[str | None]
    hours: Mapped[int | None]
    from_on: Mapped[date | None]
    # How much a day from then on.
    amount: Mapped[Micrograms | None] = mapped_column(Amount)


class AgreementEvent(Model):
    """One thing that happened to an agreement; added, never edited."""

    __tablename__ = "agreement_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    event: Mapped[AgreementStep] = mapped_column(choice(AgreementStep))
    reason: Mapped[str | None]
    on_day: Mapped[date]
    at: Mapped[datetime]
    by: Mapped[str]
