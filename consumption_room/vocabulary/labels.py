"""What a person reads for each choice of the closed lists, in English; screens pass it through translation."""

import enum

from consumption_room.vocabulary.alarms import AlarmAction, AlarmKind, NaloxoneRoute, Outcome, Sedation
from consumption_room.vocabulary.checks import CheckResult
from consumption_room.vocabulary.consents import ConsentScope, ConsentState, ConsentWay
from consumption_room.vocabulary.deliveries import DeliveryState
from consumption_room.vocabulary.incidents import Breathing, Consciousness, TaskState
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.queue import Turn
from consumption_room.vocabulary.records import BarReason, BarScope, Likeness
from consumption_room.vocabulary.referrals import Handover, ServiceKind
from consumption_room.vocabulary.register import CountOccasion, CountState, CustodyMove, LineKind
from consumption_room.vocabulary.shifts import OpeningCheck, Override
from consumption_room.vocabulary.staff import DeviceKind
from consumption_room.vocabulary.stock import ItemKind, MovementReason
from consumption_room.vocabulary.vault import VaultReason
from consumption_room.vocabulary.visits import LastUse, LeaveReason, Purpose, Substance, TurnedAwayReason, UndoReason

# Only labels that are not simply the code with spaces and a capital letter stand here. Pairs, not a dictionary: members
# of two lists with the same code are equal (giving naloxone is not recovering with it).
_SPECIAL: tuple[tuple[enum.StrEnum, str], ...] = (
    (Purpose.CONSUME, "Use own drugs"),
    (Purpose.NEEDLES, "Needles only"),
    (Purpose.DOSE, "Prescribed dose"),
    (Purpose.REFERRAL, "Referral meeting"),
    (Substance.MIXTURE, "Heroin and cocaine mixed"),
    (Substance.UNKNOWN, "Not known"),
    (Sex.UNKNOWN, "Not said"),
    (LastUse.UNKNOWN, "Not said"),
    (LastUse.LONGER, "More than a week ago"),
    (LastUse.THIS_WEEK, "Within a week"),
    (AlarmKind.STIMULANT, "Stimulant emergency"),
    (AlarmKind.MEDICAL, "Other medical emergency"),
    (AlarmKind.TECHNICAL, "Technical fault"),
    (AlarmKind.WELFARE_CHECK, "Look after the person"),
    (AlarmAction.SATURATION, "SpO2 (%)"),
    (AlarmAction.RESPIRATORY_RATE, "Breaths a minute"),
    (AlarmAction.BREATHING, "Breathing by themselves"),
    (AlarmAction.TRANSPORTED, "Taken away by ambulance"),
    (AlarmAction.CALM_ROOM, "Brought to a calm room"),
    (AlarmAction.FLUIDS, "Given water"),
    (AlarmAction.ECG, "ECG taken"),
    (NaloxoneRoute.NASAL, "In the nose"),
    (NaloxoneRoute.INTRAMUSCULAR, "Into a muscle"),
    (NaloxoneRoute.INTRAVENOUS, "Into a vein"),
    (Sedation.ASLEEP, "S: asleep, easy to rouse"),
    (Sedation.AWAKE, "1: awake"),
    (Sedation.SLIGHTLY_DROWSY, "2: slightly drowsy"),
    (Sedation.OFTEN_DROWSY, "3: often drowsy, drifting off"),
    (Sedation.NO_RESPONSE, "4: little or no response"),
    (Breathing.NORMAL, "Breathed normally"),
    (Breathing.SLOW, "Breathed slowly or shallowly"),
    (Breathing.SNORING, "Snored or gurgled"),
    (Breathing.NONE, "Did not breathe"),
    (Breathing.UNKNOWN, "Was not seen"),
    (Consciousness.ALERT, "Awake"),
    (Consciousness.VOICE, "Answered to voice"),
    (Consciousness.PAIN, "Answered to pain"),
    (Consciousness.UNRESPONSIVE, "Did not answer"),
    (Consciousness.UNKNOWN, "Was not seen"),
    (TaskState.OPEN, "To do"),
    (CheckResult.RESPONSIVE, "Seen, responsive"),
    (CheckResult.MISSED, "Nobody looked in time"),
    (CheckResult.OVERRAN, "Stayed very long"),
    (MovementReason.USED, "Used in an emergency"),
    (LineKind.OPENING, "Opening balance"),
    (LineKind.RETURN, "Back to stock"),
    (LineKind.WASTE, "Wasted"),
    (LineKind.DESTRUCTION, "Destroyed"),
    (LineKind.TRANSFER, "Sent to another site"),
    (CountOccasion.SHIFT, "End of the shift"),
    (CountOccasion.MONTH_END, "End of the month"),
    (CountOccasion.SPOT, "In between"),
    (CustodyMove.MOVED, "Moved to another place"),
    (CustodyMove.TO_POLICE, "Handed to the police"),
    (CustodyMove.TO_PHARMACY, "Handed to the pharmacy"),
    (CountState.WAITING, "Waits for the second person"),
    (CountState.AGREES, "Agrees with the register"),
    (CountState.DIFFERS, "Differs from the register"),
    (CountState.DISAGREE, "The two figures differ"),
    (LineKind.ADJUSTMENT, "Put right after a count"),
    (Outcome.OXYGEN_ONLY, "Recovered with oxygen only"),
    (Outcome.NALOXONE, "Recovered with naloxone"),
    (Outcome.TO_HOSPITAL, "Taken to hospital"),
    (Outcome.FALSE_ALARM, "Nothing was wrong"),
    (Turn.DOSE_WINDOW, "Dose window closing"),
    (Turn.ARRIVAL, "By arrival"),
    (Turn.MISSED_CALL, "Did not come when called"),
    (TurnedAwayReason.FULL, "Room full"),
    (TurnedAwayReason.CLOSED, "Room closed"),
    (TurnedAwayReason.UNDER_AGE, "Under 18"),
    (TurnedAwayReason.NO_DRUG, "Nothing to use"),
    (TurnedAwayReason.WRONG_SUBSTANCE, "Substance not allowed here"),
    (LeaveReason.GAVE_UP, "Gave up waiting"),
    (LeaveReason.TO_HOSPITAL, "Taken to hospital"),
    (LeaveReason.UNDONE, "Check-in taken back"),
    (UndoReason.WRONG_PURPOSE, "Came for something else"),
    (UndoReason.TWICE, "Checked in already"),
    (Area.NO_HOME, "No fixed home"),
    (AgeBand.UNDER_25, "18–24"),
    (AgeBand.UNDER_30, "25–29"),
    (AgeBand.UNDER_40, "30–39"),
    (AgeBand.UNDER_50, "40–49"),
    (AgeBand.OVER_50, "50 and over"),
    (BarReason.WEAPON, "Brought a weapon"),
    (BarReason.HOUSE_RULES, "Broke the house rules"),
    (BarScope.OWN_DRUG_USE, "Using own drugs here"),
    (BarScope.WHOLE_BUILDING, "The whole building"),
    (Likeness.SAME_SHAPE, "Same initials and birth year"),
    (ConsentScope.DATA, "What we write down"),
    (ConsentScope.TREATMENT_SEES_OWN_USE, "Treatment sees own use"),
    (ConsentScope.OWN_USE_SEES_TREATMENT, "The room sees prescribed doses"),
    (ConsentScope.PARTNER, "A partner is told"),
    (ConsentScope.CONTRACT_ATTENDANCE, "Contract partner sees attendance"),
    (ConsentWay.SPOKEN, "Said so"),
    (ConsentWay.SIGNED, "Signed on paper"),
    (ConsentWay.CARD, "With their card"),
    (ConsentState.NEVER_ASKED, "Not asked yet"),
    (ConsentState.LIVE, "Agreed"),
    (ConsentState.OLD_WORDING, "Agreed to an older text"),
    (ConsentState.EXPIRED, "Ran out"),
    (ConsentState.REPLACED, "Given anew"),
    (VaultReason.PRESCRIPTION, "For a prescription"),
    (VaultReason.REFERRAL, "For a referral"),
    (VaultReason.CORRECTION, "To correct it"),
    (VaultReason.PERSON_ASKS, "The person asks to see it"),
    (VaultReason.LEGAL_DEMAND, "A demand by law"),
    (ItemKind.RESCUE, "Rescue equipment"),
    (ServiceKind.BLOOD_BORNE_VIRUS, "Blood-borne virus team"),
    (ServiceKind.TREATMENT, "Addiction treatment"),
    (Handover.APPOINTMENT, "Appointment time agreed"),
    (Handover.CARD_ONLY, "Given a card only"),
    (DeviceKind.API, "Program (API)"),
    (OpeningCheck.RESCUE_STOCK, "Oxygen and airways on the shelf"),
    (OpeningCheck.OXYGEN, "Oxygen cylinder: the gauge"),
    (OpeningCheck.ALARM_SOUND, "Alarm heard in the room"),
    (OpeningCheck.NURSE, "Nurse on duty"),
    (OpeningCheck.SHARPS_BINS, "Sharps bins emptied"),
    (Override.NO_DISPLAY, "No able display"),
    (DeliveryState.DEAD, "Given up"),
)
_LABELS = {(type(choice), choice.value): words for choice, words in _SPECIAL}


def label(choice: enum.StrEnum) -> str:
    """The word a person reads for this choice, in English; screens pass it through translation."""
    return _LABELS.get((type(choice), choice.value)) or choice.value.replace("-", " ").capitalize()
