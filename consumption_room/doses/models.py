"""Clinical limits, prescriptions and doses, as stored; amounts in micrograms."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, and_, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from consumption_room.amounts import Micrograms
from consumption_room.clients.models import Client
from consumption_room.columns import Amount, Facts, choice
from consumption_room.database import Model, new_code
from consumption_room.doses import rules
from consumption_room.register.models import Product
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.doses import (
    Advice,
    DoseOutcome,
    DoseRoute,
    DoseState,
    DoseWindow,
    HoldCause,
    HoldLevel,
    PrescriptionState,
    Supervision,
)


class ClinicalLimits(Model):
    """One version of every clinical number, and who signed it; the newest is in force. Added, never edited."""

    __tablename__ = "clinical_limits"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="limits_are_signed_by_somebody"),
        CheckConstraint("signed_by IS NOT NULL OR version = 1", name="only_the_first_limits_are_unsigned"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    numbers: Mapped[dict[str, Any]] = mapped_column(Facts)
    written_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
    note: Mapped[str | None]


class Terms(Model):
    """One version of what a prescription says. Added, never edited: the history of an order is the order."""

    __tablename__ = "prescription_terms"
    __table_args__ = (
        Index("one_version_per_prescription", "prescription_id", "version", unique=True),
        CheckConstraint("starts_on <= ends_on", name="terms_end_after_they_start"),
        CheckConstraint("single_maximum > 0 AND daily_maximum >= single_maximum", name="a_day_holds_at_least_one_dose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prescription_id: Mapped[int] = mapped_column(ForeignKey("prescription.id"))
    version: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("drug_product.id"))
    route: Mapped[DoseRoute] = mapped_column(choice(DoseRoute))
    # How it is taken when no vein is found.
    alternative: Mapped[DoseRoute | None] = mapped_column(choice(DoseRoute))
    supervision: Mapped[Supervision] = mapped_column(choice(Supervision))
    # By window: ``amount`` in micrograms, and ``opens`` and ``closes`` (like 08:00) where they are the person's own.
    windows: Mapped[dict[str, Any]] = mapped_column(Facts)
    single_maximum: Mapped[Micrograms] = mapped_column(Amount)
    daily_maximum: Mapped[Micrograms] = mapped_column(Amount)
    minimum_gap_minutes: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    prescriber: Mapped[str]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    reason: Mapped[str | None]

    product: Mapped[Product] = relationship(lazy="joined", innerjoin=True)


class Prescription(Model):
    """An order for one person: what it says stands in its newest terms; whether it is held, and by whom, here."""

    __tablename__ = "prescription"
    __table_args__ = (
        CheckConstraint("(state = 'held') = (hold_level IS NOT NULL)", name="somebody_looks_after_a_hold"),
        CheckConstraint("(hold_level IS NULL) = (held_by IS NULL)", name="a_hold_has_a_name"),
        CheckConstraint("(state = 'stopped') = (stopped_by IS NOT NULL)", name="a_stop_has_a_name"),
        CheckConstraint("missed_in_a_row >= 0", name="missed_doses_are_counted"),
        Index(
            "prescriptions_to_lay_out",
            "laid_out_until",
            sqlite_where=text("state <> 'stopped'"),
            postgresql_where=text("state <> 'stopped'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    state: Mapped[PrescriptionState] = mapped_column(choice(PrescriptionState), insert_default=PrescriptionState.ACTIVE)
    version: Mapped[int] = mapped_column(insert_default=1)
    # The last day of the newest terms, and the last day whose windows are there as rows.
    ends_on: Mapped[date] = mapped_column(index=True)
    laid_out_until: Mapped[date]
    missed_in_a_row: Mapped[int] = mapped_column(insert_default=0)
    hold_level: Mapped[HoldLevel | None] = mapped_column(choice(HoldLevel))
    hold_cause: Mapped[HoldCause | None] = mapped_column(choice(HoldCause))
    hold_reason: Mapped[str | None]
    held_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    # Germany: an independent second opinion at least every two years.
    second_opinion_on: Mapped[date | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    stop_reason: Mapped[str | None]
    made_at: Mapped[datetime]

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)
    history: Mapped[list[Terms]] = relationship(order_by=Terms.version)
    terms: Mapped[Terms] = relationship(
        primaryjoin=lambda: and_(
            foreign(Terms.prescription_id) == Prescription.id, Terms.version == Prescription.version
        ),
        viewonly=True,
        lazy="joined",
        uselist=False,
    )


_UNSETTLED = text("state IN ('expected', 'pre-check', 'held', 'referred')")
_USED = text("state IN ('prepared', 'handed-over', 'taken', 'observing', 'discharged', 'adverse-event', 'elsewhere')")


class Dose(Model):
    """One window of one day of a prescription, from expected to whatever became of it.

    ``turn`` is 0; a dose that was spilled or taken back leaves the window open, and the next has the next turn.
    """

    __tablename__ = "dose"
    __table_args__ = (
        # The database, not the program, settles it when two nurses give the same dose at once.
        Index("one_dose_per_window_and_turn", "prescription_id", "service_day", "window", "turn", unique=True),
        Index(
            "one_dose_taken_in_a_window",
            "prescription_id",
            "service_day",
            "window",
            unique=True,
            sqlite_where=_USED,
            postgresql_where=_USED,
        ),
        Index("doses_to_settle", "ends_at", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
        Index("doses_of_a_day", "service_day", "opens_at"),
        Index("doses_of_a_person", "client_id", "given_at"),
        CheckConstraint("opens_at < closes_at AND closes_at <= ends_at", name="a_window_opens_then_closes_then_ends"),
        CheckConstraint(
            "given >= 0 AND wasted >= 0 AND returned >= 0 AND prepared >= 0", name="no_amount_is_below_nought"
        ),
        CheckConstraint(
            "outcome IS NULL OR state = 'elsewhere' OR prepared = given + wasted + returned",
            name="no_milligram_is_lost",
        ),
        CheckConstraint("witness_code <> giver_code", name="a_dose_is_witnessed_by_another"),
        CheckConstraint(
            "(state = 'reversed') = (reversed_by IS NOT NULL) AND (reversed_by IS NULL) = (reversed_reason IS NULL)",
            name="a_reversal_has_a_name_and_a_reason",
        ),
        CheckConstraint("(override_by IS NULL) = (override_reason IS NULL)", name="an_override_has_a_name"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('given', 'missed') OR reason IS NOT NULL",
            name="what_went_otherwise_says_why",
        ),
        CheckConstraint("(given_at IS NULL) = (given = 0)", name="what_was_given_was_given_at_some_time"),
        CheckConstraint(
            "state NOT IN ('observing', 'discharged', 'adverse-event') OR observe_until IS NOT NULL",
            name="given_means_observed",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, insert_default=new_code)
    prescription_id: Mapped[int] = mapped_column(ForeignKey("prescription.id"))
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    service_day: Mapped[date]
    window: Mapped[DoseWindow] = mapped_column(choice(DoseWindow))
    turn: Mapped[int] = mapped_column(insert_default=0)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[DoseState] = mapped_column(choice(DoseState), insert_default=DoseState.EXPECTED)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    # Which order and which limits it was decided by.
    terms_id: Mapped[int | None] = mapped_column(ForeignKey("prescription_terms.id"))
    limits_version: Mapped[int | None] = mapped_column(ForeignKey("clinical_limits.version"))
    planned: Mapped[Micrograms | None] = mapped_column(Amount)
    # What was found before it, as measured and said.
    found: Mapped[dict[str, Any] | None] = mapped_column(Facts)
    advice: Mapped[Advice | None] = mapped_column(choice(Advice))
    checked_at: Mapped[datetime | None]
    override_by: Mapped[str | None]
    override_reason: Mapped[str | None]
    # What it was before somebody came late, or thought again.
    converted_from: Mapped[DoseState | None] = mapped_column(choice(DoseState))
    prepared: Mapped[Micrograms] = mapped_column(Amount, insert_default=0)
    given: Mapped[Micrograms] = mapped_column(Amount, insert_default=0)
    wasted: Mapped[Micrograms] = mapped_column(Amount, insert_default=0)
    returned: Mapped[Micrograms] = mapped_column(Amount, insert_default=0)
    prepared_at: Mapped[datetime | None]
    giver: Mapped[str | None]
    giver_code: Mapped[str | None]
    witness: Mapped[str | None]
    witness_code: Mapped[str | None]
    outcome: Mapped[DoseOutcome | None] = mapped_column(choice(DoseOutcome))
    reason: Mapped[str | None]
    attempts: Mapped[int | None]
    # When it happened, as said, and when the server was told.
    given_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(insert_default=False)
    observe_until: Mapped[datetime | None]
    discharged_at: Mapped[datetime | None]
    discharged_by: Mapped[str | None]
    reversed_by: Mapped[str | None]
    reversed_reason: Mapped[str | None]

    prescription: Mapped[Prescription] = relationship(lazy="joined", innerjoin=True)
    visit: Mapped[Visit | None] = relationship(lazy="joined")
    terms: Mapped[Terms | None] = relationship()
    observations: Mapped[list["Observation"]] = relationship(order_by="Observation.id", lazy="selectin")

    def move_to(self, *states: DoseState) -> None:
        """The only place that changes a dose's state; several states are steps, each of which must be allowed."""
        for state in states:
            rules.may_become(self.state, state)
            self.state = state


class Observation(Model):
    """One look at a person after a dose; added, never edited."""

    __tablename__ = "dose_observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    dose_id: Mapped[int] = mapped_column(ForeignKey("dose.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    found: Mapped[dict[str, Any]] = mapped_column(Facts)
    good: Mapped[bool]
