"""Every closed list under the name that programs know it by."""

import enum

from consumption_room.vocabulary.agreements import (
    AgreementKind,
    AgreementState,
    AgreementStep,
    ConditionKind,
    Pathway,
)
from consumption_room.vocabulary.alarms import (
    AlarmAction,
    AlarmKind,
    AlarmState,
    Cause,
    NaloxoneRoute,
    Outcome,
    ReceiptStage,
    Sedation,
    WaitsFor,
)
from consumption_room.vocabulary.bookings import BookingState, Every
from consumption_room.vocabulary.checks import CheckResult
from consumption_room.vocabulary.clocks import ClockWitness
from consumption_room.vocabulary.consents import ConsentEnding, ConsentScope, ConsentState, ConsentWay
from consumption_room.vocabulary.cubicles import Because, CubicleMode, CubicleState
from consumption_room.vocabulary.deliveries import DeliveryState
from consumption_room.vocabulary.doses import (
    Advice,
    DeclaredUse,
    DoseOutcome,
    DoseRoute,
    DoseState,
    DoseWindow,
    HoldCause,
    HoldLevel,
    Limit,
    PrescriptionState,
    Supervision,
    Why,
)
from consumption_room.vocabulary.incidents import Breathing, Consciousness, PartOfDay, TaskState
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.records import BarReason, BarScope, FlagPriority, Likeness
from consumption_room.vocabulary.referrals import Handover, ReferralState, ServiceKind
from consumption_room.vocabulary.register import CountOccasion, CountState, CustodyMove, DrugForm, LineKind
from consumption_room.vocabulary.reports import Grain
from consumption_room.vocabulary.screening import Concern, LeadsTo, Question, Sign
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import DeviceCondition, DeviceKind, Role
from consumption_room.vocabulary.stock import ItemKind, MovementReason, ReturnMethod
from consumption_room.vocabulary.vault import VaultReason
from consumption_room.vocabulary.visits import (
    LastUse,
    LeaveReason,
    Otherwise,
    Purpose,
    Route,
    Stage,
    Substance,
    TurnedAwayReason,
    UndoReason,
)

LISTS: dict[str, type[enum.StrEnum]] = {
    "purposes": Purpose,
    "routes": Route,
    "substances": Substance,
    "alarm_kinds": AlarmKind,
    "alarm_states": AlarmState,
    "alarm_actions": AlarmAction,
    "naloxone_routes": NaloxoneRoute,
    "sedations": Sedation,
    "breathings": Breathing,
    "consciousnesses": Consciousness,
    "task_states": TaskState,
    "parts_of_the_day": PartOfDay,
    "outcomes": Outcome,
    "causes": Cause,
    "receipt_stages": ReceiptStage,
    "waits_for": WaitsFor,
    "visit_stages": Stage,
    "turns": Turn,
    "cubicle_states": CubicleState,
    "suggested_because": Because,
    "cubicle_modes": CubicleMode,
    "booking_states": BookingState,
    "every": Every,
    "check_results": CheckResult,
    "leave_reasons": LeaveReason,
    "undo_reasons": UndoReason,
    "turned_away_reasons": TurnedAwayReason,
    "last_uses": LastUse,
    "questions": Question,
    "signs": Sign,
    "concerns": Concern,
    "leads_to": LeadsTo,
    "otherwise": Otherwise,
    "sexes": Sex,
    "age_bands": AgeBand,
    "home_areas": Area,
    "flag_priorities": FlagPriority,
    "bar_reasons": BarReason,
    "bar_scopes": BarScope,
    "likenesses": Likeness,
    "item_kinds": ItemKind,
    "movement_reasons": MovementReason,
    "return_methods": ReturnMethod,
    "dose_windows": DoseWindow,
    "dose_routes": DoseRoute,
    "dose_states": DoseState,
    "dose_outcomes": DoseOutcome,
    "supervisions": Supervision,
    "advices": Advice,
    "advice_reasons": Why,
    "declared_uses": DeclaredUse,
    "hold_levels": HoldLevel,
    "hold_causes": HoldCause,
    "prescription_states": PrescriptionState,
    "clinical_limits": Limit,
    "drug_forms": DrugForm,
    "line_kinds": LineKind,
    "count_occasions": CountOccasion,
    "count_states": CountState,
    "custody_moves": CustodyMove,
    "consent_scopes": ConsentScope,
    "consent_ways": ConsentWay,
    "consent_states": ConsentState,
    "consent_endings": ConsentEnding,
    "vault_reasons": VaultReason,
    "service_kinds": ServiceKind,
    "handovers": Handover,
    "referral_states": ReferralState,
    "agreement_kinds": AgreementKind,
    "agreement_states": AgreementState,
    "agreement_steps": AgreementStep,
    "condition_kinds": ConditionKind,
    "pathways": Pathway,
    "roles": Role,
    "device_kinds": DeviceKind,
    "opening_checks": OpeningCheck,
    "overrides": Override,
    "device_conditions": DeviceCondition,
    "delivery_states": DeliveryState,
    "clock_witnesses": ClockWitness,
    "grains": Grain,
}
