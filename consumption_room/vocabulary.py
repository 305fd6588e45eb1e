"""Every closed list of the room, stored and sent by its code and shown by its label."""

import enum


class Purpose(enum.StrEnum):
    """Why somebody came; a visit has at least one."""

    CONSUME = "consume"
    NEEDLES = "needles"
    DOSE = "dose"
    WOUND_CARE = "wound-care"
    COUNSELLING = "counselling"
    SHOWER = "shower"
    REFERRAL = "referral"


class Route(enum.StrEnum):
    """How a drug is taken."""

    INJECT = "inject"
    SMOKE = "smoke"
    SNORT = "snort"
    ORAL = "oral"


class Substance(enum.StrEnum):
    """What a person says they will take: self-declared, never tested by staff."""

    HEROIN = "heroin"
    COCAINE = "cocaine"
    MIXTURE = "mixture"
    METHADONE = "methadone"
    AMPHETAMINE = "amphetamine"
    BENZODIAZEPINE = "benzodiazepine"
    OTHER_OPIOID = "other-opioid"
    OTHER = "other"
    UNKNOWN = "unknown"


class AlarmKind(enum.StrEnum):
    """What an alarm is about; each kind has its own priority and ladder in the policy."""

    OVERDOSE = "overdose"
    STIMULANT = "stimulant"
    MEDICAL = "medical"
    AGGRESSION = "aggression"
    TECHNICAL = "technical"


class AlarmState(enum.StrEnum):
    """How far the answer to an alarm has come: acknowledged is not on scene, on scene is not closed."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ON_SCENE = "on-scene"
    CLOSED = "closed"


class AlarmAction(enum.StrEnum):
    """What was done during an alarm, one tap each."""

    AIRWAY = "airway"
    OXYGEN = "oxygen"
    NALOXONE = "naloxone"
    BREATHING = "breathing"
    SATURATION = "spo2"
    RESPIRATORY_RATE = "respiratory-rate"
    SEDATION = "sedation"
    AMBULANCE_CALLED = "ambulance-called"
    AMBULANCE_ARRIVED = "ambulance-arrived"
    HANDED_OVER = "handed-over"
    TRANSPORTED = "transported"
    COOLING = "cooling"
    CALM_ROOM = "calm-room"
    FLUIDS = "fluids"
    ECG = "ecg"


class NaloxoneRoute(enum.StrEnum):
    """How naloxone was given."""

    NASAL = "nasal"
    INTRAMUSCULAR = "intramuscular"
    INTRAVENOUS = "intravenous"


class Sedation(enum.StrEnum):
    """The Pasero scale of opioid sedation: S, 1 and 2 are acceptable, 3 and 4 are not."""

    ASLEEP = "s"
    AWAKE = "1"
    SLIGHTLY_DROWSY = "2"
    OFTEN_DROWSY = "3"
    NO_RESPONSE = "4"


class Breathing(enum.StrEnum):
    """How the person breathed when help came."""

    NORMAL = "normal"
    SLOW = "slow"
    SNORING = "snoring"
    NONE = "none"
    UNKNOWN = "unknown"


class Consciousness(enum.StrEnum):
    """What the person answered to when help came: alert, voice, pain, or nothing."""

    ALERT = "alert"
    VOICE = "voice"
    PAIN = "pain"
    UNRESPONSIVE = "unresponsive"
    UNKNOWN = "unknown"


class TaskState(enum.StrEnum):
    """Whether a follow-up has been done."""

    OPEN = "open"
    DONE = "done"


class PartOfDay(enum.StrEnum):
    """Which part of the room's day a moment lies in, as response times are told apart."""

    EARLY = "early"
    LATE = "late"
    NIGHT = "night"


class Outcome(enum.StrEnum):
    """How an alarm ended."""

    RECOVERED = "recovered"
    OXYGEN_ONLY = "oxygen-only"
    NALOXONE = "naloxone"
    TO_HOSPITAL = "to-hospital"
    CALMED = "calmed"
    DIED = "died"
    REPAIRED = "repaired"
    FALSE_ALARM = "false-alarm"


class Cause(enum.StrEnum):
    """What staff think contributed to an emergency."""

    OTHER_SEDATIVES = "other-sedatives"
    ALCOHOL = "alcohol"
    LOWERED_TOLERANCE = "lowered-tolerance"
    STRONGER_BATCH = "stronger-batch"
    LARGER_AMOUNT = "larger-amount"
    STIMULANT_TOXICITY = "stimulant-toxicity"
    ILLNESS = "illness"
    MISTAKEN_PRESS = "mistaken-press"
    UNKNOWN = "unknown"


class ReceiptStage(enum.StrEnum):
    """How far an alarm has come on one display."""

    RECEIVED = "received"
    SHOWN = "shown"
    SOUNDED = "sounded"


class Stage(enum.StrEnum):
    """Where a visit stands between the street door and the way out."""

    WAITING = "waiting"
    CALLED = "called"
    IN_CUBICLE = "in-cubicle"
    AFTERCARE = "aftercare"
    HELD = "held"
    LEFT = "left"


class CubicleState(enum.StrEnum):
    """What a cubicle is doing."""

    FREE = "free"
    HELD = "held"
    OCCUPIED = "occupied"
    CLEANING = "cleaning"
    OUT_OF_USE = "out-of-use"


class CubicleMode(enum.StrEnum):
    """What a cubicle is fit for; a cubicle has a set of these."""

    INJECTING = "injecting"
    SMOKING = "smoking"
    WHEELCHAIR = "wheelchair"
    LEFT_HANDED = "left-handed"
    TWO_PERSON = "two-person"
    TREATMENT = "treatment"


class LeaveReason(enum.StrEnum):
    """Why a visit ended."""

    FINISHED = "finished"
    GAVE_UP = "gave-up"
    ASKED_TO_LEAVE = "asked-to-leave"
    TO_HOSPITAL = "to-hospital"
    OTHER = "other"


class TurnedAwayReason(enum.StrEnum):
    """Why somebody was not let in."""

    FULL = "full"
    INTOXICATED = "intoxicated"
    BARRED = "barred"
    UNDER_AGE = "under-age"
    NO_DRUG = "no-drug"
    WRONG_SUBSTANCE = "wrong-substance"
    CLOSED = "closed"
    OTHER = "other"


class LastUse(enum.StrEnum):
    """When the person last used: a long gap lowers tolerance."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this-week"
    LONGER = "longer"
    UNKNOWN = "unknown"


class Otherwise(enum.StrEnum):
    """Where the person would have used if the room were not there."""

    STREET = "street"
    PUBLIC_TOILET = "public-toilet"
    STAIRWELL = "stairwell"
    HOME = "home"
    ELSEWHERE = "elsewhere"


class Sex(enum.StrEnum):
    """As the person says it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeBand(enum.StrEnum):
    """For people who would rather not give a birth year."""

    UNDER_25 = "18-24"
    UNDER_30 = "25-29"
    UNDER_40 = "30-39"
    UNDER_50 = "40-49"
    OVER_50 = "50-and-over"


class Area(enum.StrEnum):
    """Where the person lives, no closer than this."""

    CITY = "city"
    REGION = "region"
    ELSEWHERE = "elsewhere"
    NO_HOME = "no-home"


class ItemKind(enum.StrEnum):
    """What a stocked item is, as reports count it."""

    NEEDLE = "needle"
    PARAPHERNALIA = "paraphernalia"
    NALOXONE = "naloxone"
    RESCUE = "rescue"
    OTHER = "other"


class MovementReason(enum.StrEnum):
    """Why stock moved; the sign of a movement follows from it."""

    OPENING = "opening"
    RECEIVED = "received"
    ISSUED = "issued"
    USED = "used"
    COUNTED = "counted"
    EXPIRED = "expired"
    DAMAGED = "damaged"
    REVERSED = "reversed"


class ReturnMethod(enum.StrEnum):
    """How returned sharps were counted."""

    COUNTED = "counted"
    BIN_VOLUME = "bin-volume"
    WEIGHT = "weight"


class ServiceKind(enum.StrEnum):
    """What a partner offers."""

    HOUSING = "housing"
    TREATMENT = "treatment"
    BLOOD_BORNE_VIRUS = "blood-borne-virus"
    SEXUAL_HEALTH = "sexual-health"
    WOUND_CARE = "wound-care"
    MENTAL_HEALTH = "mental-health"
    MONEY_ADVICE = "money-advice"
    EMPLOYMENT = "employment"
    OTHER = "other"


class Handover(enum.StrEnum):
    """How the person was handed over: contact with a named worker beats a leaflet."""

    ESCORTED = "escorted"
    PHONED_TOGETHER = "phoned-together"
    APPOINTMENT = "appointment"
    CARD_ONLY = "card-only"


class ReferralState(enum.StrEnum):
    """How far a referral has come; sent is never success."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    STARTED = "started"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LOST = "lost"


class Role(enum.StrEnum):
    """What a person who works here does; what each may do stands in ``staff.rules``."""

    RECEPTION = "reception"
    NURSE = "nurse"
    CASE_WORKER = "case-worker"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class WaitsFor(enum.StrEnum):
    """What has not happened when a step of an alarm's ladder is taken."""

    ANSWER = "answer"
    ARRIVAL = "arrival"


class DeviceKind(enum.StrEnum):
    """What a device is: a display shows, a button presses, an api device is a program acting in a role."""

    WALL = "wall"
    DESK = "desk"
    FLOOR = "floor"
    BUTTON = "button"
    API = "api"


class OpeningCheck(enum.StrEnum):
    """What is looked at before the room opens; some of it the room sees for itself, some only a person can see."""

    NALOXONE = "naloxone"
    RESCUE_STOCK = "rescue-stock"
    OXYGEN = "oxygen"
    ALARM_PATH = "alarm-path"
    ALARM_SOUND = "alarm-sound"
    DISPLAYS = "displays"
    NURSE = "nurse"
    SHARPS_BINS = "sharps-bins"
    CLOCK = "clock"


class Override(enum.StrEnum):
    """Which rule somebody set aside, by name and with a reason."""

    OPENING_CHECK = "opening-check"
    NO_DISPLAY = "no-display"


class DeviceCondition(enum.StrEnum):
    """How it stands with a device that sends heartbeats; from better to worse."""

    HEARD = "heard"
    LATE = "late"
    SILENT = "silent"


class DeliveryState(enum.StrEnum):
    """How far a message to a place outside has come; dead ones wait for somebody to look."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class Grain(enum.StrEnum):
    """How long one row of a report is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


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
    "cubicle_states": CubicleState,
    "cubicle_modes": CubicleMode,
    "leave_reasons": LeaveReason,
    "turned_away_reasons": TurnedAwayReason,
    "last_uses": LastUse,
    "otherwise": Otherwise,
    "sexes": Sex,
    "age_bands": AgeBand,
    "home_areas": Area,
    "item_kinds": ItemKind,
    "movement_reasons": MovementReason,
    "return_methods": ReturnMethod,
    "service_kinds": ServiceKind,
    "handovers": Handover,
    "referral_states": ReferralState,
    "roles": Role,
    "device_kinds": DeviceKind,
    "opening_checks": OpeningCheck,
    "overrides": Override,
    "device_conditions": DeviceCondition,
    "delivery_states": DeliveryState,
    "grains": Grain,
}
