"""How this room works: the numbers and lists of ``config/policy.toml``, typed and checked at the start."""

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from consumption_room import clock
from consumption_room.amounts import Micrograms, from_mg
from consumption_room.errors import Unsafe
from consumption_room.vocabulary.agreements import AgreementKind
from consumption_room.vocabulary.alarms import AlarmKind
from consumption_room.vocabulary.consents import ConsentScope
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.doses import DoseWindow, Limit
from consumption_room.vocabulary.incidents import PartOfDay
from consumption_room.vocabulary.referrals import ServiceKind
from consumption_room.vocabulary.register import DrugForm
from consumption_room.vocabulary.screening import Concern, LeadsTo, Question
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.stock import ItemKind
from consumption_room.vocabulary.visits import Purpose

LAST_STEP_AT_MOST = timedelta(seconds=60)
"""No configuration may put the last step of a ladder later than this (proof P14)."""
SHORTEST_OBSERVATION = timedelta(hours=1)
"""No configuration may let anybody go sooner after naloxone, whose effect lasts 45 to 70 minutes (St Paul's rule)."""

CONFIRMED_AT_MOST = timedelta(seconds=5)
"""No configuration may wait longer for a display to confirm an alarm before the next step begins (proof P4)."""

SILENT_AT_MOST = timedelta(seconds=120)
"""Nothing silences an alarm for longer (proof P10)."""

ARRIVED_AT_MOST = timedelta(seconds=60)
"""No configuration may wait longer for somebody to arrive before the alarm sounds again (proof P15)."""

CLOCK_OFF_AT_MOST = timedelta(seconds=5)
"""No configuration may let doses be entered by a clock that is further off than this."""

BLIND_AT_MOST = timedelta(seconds=10)
"""No configuration may let an open room go on longer than this without an able display (proof P19)."""

MOST_WRITTEN = 20
"""The database counts the conditions of a plan up to this."""

LONGEST_CONSENT = timedelta(days=731)
"""Nobody is held to something for longer than two years without being asked again."""


CHECKED_AT_LEAST = timedelta(minutes=15)
"""No configuration may leave somebody in a cubicle alone for longer than this without a look."""

GRACE_AT_MOST = timedelta(minutes=3)
"""No configuration may wait longer than this with a welfare check that is due: the brain lives four minutes."""

TYPES = (CubicleMode.INJECTING, CubicleMode.SMOKING, CubicleMode.TREATMENT)
"""The types of cubicles, which are watched each in their own way; the other modes say what else one offers."""

QUESTIONS_AT_MOST = 6
"""No configuration may ask people more than this, a tap each, before they use."""


@dataclass(frozen=True)
class Rung:
    """One step of the ladder that an unanswered alarm climbs."""

    number: int
    after: timedelta
    audience: str
    all_call: bool
    # Who of those on duty is called by name; nothing said is everybody.
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Staffing:
    """How many people may be in cubicles with so many on duty, so many of them nurses."""

    on_duty: int
    nurses: int
    cubicles_at_most: int


@dataclass(frozen=True)
class StayPlan:
    """How a stay in one type of cubicle is watched: when it is marked, when it rings, and how often somebody looks."""

    amber: timedelta
    red: timedelta
    alert: timedelta
    check_every: timedelta
    check_every_while_warned: timedelta


@dataclass(frozen=True)
class CubiclePlan:
    """A cubicle that the room has, and what it is fit for."""

    number: int
    modes: tuple[CubicleMode, ...]


@dataclass(frozen=True)
class ZonePlan:
    """A place that is not a cubicle, from which an alarm can come."""

    code: str
    name: str


@dataclass(frozen=True)
class ItemPlan:
    """One line of the opening catalogue; ``minimum`` is the number below which stock is short."""

    code: str
    name: str
    kind: ItemKind
    minimum: int


@dataclass(frozen=True)
class KitPlan:
    """A kit and how many of each item are in it."""

    code: str
    name: str
    parts: dict[str, int]


@dataclass(frozen=True)
class DrugPlan:
    """A controlled drug that the room keeps; below ``low``, and in a bottle below ``bottle_low``, somebody is told."""

    code: str
    drug: str
    form: DrugForm
    strength: Micrograms
    low: Micrograms
    bottle_low: Micrograms
    witnessed: bool


@dataclass(frozen=True)
class ServicePlan:
    """A partner that people can be referred to."""

    code: str
    name: str
    kind: ServiceKind


@dataclass(frozen=True)
class WindowPlan:
    """When a dose of this part of the day is due, since local midnight, and the grace after it."""

    window: DoseWindow
    opens: timedelta
    closes: timedelta
    grace: timedelta


@dataclass(frozen=True)
class EligibilityLine:
    """One thing that the police confirm before a contract is offered."""

    code: str
    says: str


@dataclass(frozen=True)
class Policy:
    """Everything the room's rules need to know that is not in the database."""

    room_name: str
    timezone: ZoneInfo
    day_ends: timedelta
    opens: timedelta
    closes: timedelta
    address: str
    entrance: str
    call_back_number: str
    wait_amber: timedelta
    wait_red: timedelta
    stays: dict[CubicleMode, StayPlan]
    check_grace: timedelta
    staffing: tuple[Staffing, ...]
    sensor_settles: timedelta
    cleaning_steps: tuple[str, ...]
    hold_before: timedelta
    no_show_after: timedelta
    booked_at_most: timedelta
    booked_ahead: timedelta
    undo_within: timedelta
    asks: tuple[Question, ...]
    concern_leads_to: dict[Concern, LeadsTo]
    claim_lasts: timedelta
    window_soon: timedelta
    aftercare: timedelta
    flag_lasts: timedelta
    flag_soon: timedelta
    merge_undone_within: timedelta
    recovery_tries: int
    recovery_within: timedelta
    forgotten_after_months: int
    kiosk_is_open: bool
    kiosk_purposes: tuple[Purpose, ...]
    kiosk_answers_after: timedelta
    join_within: timedelta
    resend_after: timedelta
    confirm_within: timedelta
    arrive_within: timedelta
    silent_for: timedelta
    naloxone_again: timedelta
    observe_after_naloxone: timedelta
    early_from: timedelta
    late_from: timedelta
    night_from: timedelta
    ladder: tuple[Rung, ...]
    ladders: dict[AlarmKind, tuple[Rung, ...]]
    priority: dict[AlarmKind, str]
    beat_every: timedelta
    deaf_after: timedelta
    poll_when_deaf: timedelta
    self_test_every: timedelta
    device_beats_every: timedelta
    device_grace: timedelta
    clock_may_differ: timedelta
    sign_in_tries: int
    locked_for: timedelta
    session_lasts: timedelta
    asked_at_check_in: tuple[ConsentScope, ...]
    consent_lasts: dict[ConsentScope, timedelta]
    review_within: timedelta
    review_soon: timedelta
    extension_at_most: timedelta
    agreement_lasts: dict[AgreementKind, timedelta]
    most_conditions: int
    most_goals: int
    eligibility: tuple[EligibilityLine, ...]
    answers_kept: timedelta
    tested_within: timedelta
    blind_after: timedelta
    deliveries_kept: timedelta
    cubicles: tuple[CubiclePlan, ...]
    zones: tuple[ZonePlan, ...]
    items: tuple[ItemPlan, ...]
    kits: tuple[KitPlan, ...]
    drugs: tuple[DrugPlan, ...]
    services: tuple[ServicePlan, ...]
    dose_windows: tuple[WindowPlan, ...]
    dose_is_late_after: timedelta
    prescription_ends_soon: timedelta
    clinical_limits: dict[Limit, int]

    def service_day(self, moment: datetime) -> date:
        """The room's day that ``moment`` belongs to."""
        return clock.service_day(moment, self.timezone, self.day_ends)

    def begin_of(self, day: date) -> datetime:
        """The moment at which a day of the room begins."""
        return datetime(day.year, day.month, day.day, tzinfo=self.timezone) + self.day_ends

    def end_of(self, day: date) -> datetime:
        """The moment at which a day of the room is over."""
        return self.begin_of(day + timedelta(days=1))

    def ladder_of(self, kind: AlarmKind) -> tuple[Rung, ...]:
        """The steps that an unanswered alarm of this kind climbs."""
        return self.ladders.get(kind, self.ladder)

    def part_of_day(self, moment: datetime) -> PartOfDay:
        """Early, late or night, by the room's own clock."""
        local = moment.astimezone(self.timezone)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
        if self.early_from <= since_midnight < self.late_from:
            return PartOfDay.EARLY
        return PartOfDay.LATE if self.late_from <= since_midnight < self.night_from else PartOfDay.NIGHT

    def stay(self, modes: tuple[CubicleMode, ...]) -> StayPlan:
        """How a stay is watched here: the longer limits where a cubicle is fit for several, and the more frequent look.

        A cubicle that is fit for none of the three is watched like one for injecting.
        """
        fit = [self.stays[mode] for mode in TYPES if mode in modes] or [self.stays[CubicleMode.INJECTING]]
        return replace(
            max(fit, key=lambda plan: plan.red),
            check_every=min(plan.check_every for plan in fit),
            check_every_while_warned=min(plan.check_every_while_warned for plan in fit),
        )


def load(path: Path, timezone: ZoneInfo) -> Policy:
    """Read and check the policy file; raise ``Unsafe`` with a sentence that names the line to change."""
    try:
        found = tomllib.loads(path.read_text())
        policy = _read(found, timezone)
    except KeyError as missing:
        raise Unsafe(f"{path.name} lacks {missing}.") from missing
    except (ValueError, TypeError) as trouble:
        raise Unsafe(f"{path.name} cannot be read: {trouble}.") from trouble
    _check(policy, path.name)
    return policy


def _read(found: dict[str, Any], timezone: ZoneInfo) -> Policy:
    room, alarm, display, sign_in = found["room"], found["alarm"], found["display"], found["sign_in"]
    waiting, stay, emergency, response = found["waiting"], found["stay"], found["emergency"], found["response"]
    plans = found["agreements"]
    return Policy(
        room_name=room["name"],
        timezone=timezone,
        day_ends=_since_midnight(room["day_ends_at"]),
        opens=_since_midnight(room["opens_at"]),
        closes=_since_midnight(room["closes_at"]),
        address=room["address"],
        entrance=room["entrance"],
        call_back_number=room["call_back_number"],
        wait_amber=timedelta(minutes=waiting["amber_after_minutes"]),
        wait_red=timedelta(minutes=waiting["red_after_minutes"]),
        claim_lasts=timedelta(minutes=waiting["claim_minutes"]),
        window_soon=timedelta(minutes=waiting["window_soon_minutes"]),
        stays={mode: _stay(stay[mode.value]) for mode in TYPES},
        check_grace=timedelta(seconds=stay["check_grace_seconds"]),
        staffing=tuple(
            Staffing(line["on_duty"], line["nurses"], line["cubicles_at_most"]) for line in found["shift"]["staffing"]
        ),
        sensor_settles=timedelta(seconds=stay["sensor_settles_seconds"]),
        hold_before=timedelta(minutes=found["booking"]["hold_minutes_before"]),
        no_show_after=timedelta(minutes=found["booking"]["no_show_minutes"]),
        booked_at_most=timedelta(hours=found["booking"]["at_most_hours"]),
        booked_ahead=timedelta(days=found["booking"]["ahead_days"]),
        cleaning_steps=tuple(found["cleaning"]["steps"]),
        asks=tuple(Question(question) for question in found["screening"]["asks"]),
        concern_leads_to={
            concern: LeadsTo(found["screening"]["leads_to"].get(concern.value, LeadsTo.NOTE)) for concern in Concern
        },
        undo_within=timedelta(minutes=found["check_in"]["undo_minutes"]),
        aftercare=timedelta(minutes=stay["aftercare_minutes"]),
        flag_lasts=timedelta(days=found["record"]["flag_lasts_days"]),
        flag_soon=timedelta(days=found["record"]["flag_soon_days"]),
        merge_undone_within=timedelta(hours=found["record"]["merge_undone_within_hours"]),
        recovery_tries=found["record"]["recovery_tries"],
        recovery_within=timedelta(minutes=found["record"]["recovery_within_minutes"]),
        forgotten_after_months=found["record"]["forgotten_after_months"],
        kiosk_is_open=found["kiosk"]["open"],
        kiosk_purposes=tuple(Purpose(purpose) for purpose in found["kiosk"]["purposes"]),
        kiosk_answers_after=timedelta(milliseconds=found["kiosk"]["answers_after_ms"]),
        join_within=timedelta(seconds=alarm["join_within_seconds"]),
        resend_after=timedelta(seconds=alarm["resend_after_seconds"]),
        confirm_within=timedelta(seconds=alarm["confirm_within_seconds"]),
        arrive_within=timedelta(seconds=alarm["arrive_within_seconds"]),
        silent_for=timedelta(seconds=alarm["silent_seconds"]),
        ladder=_ladder(alarm["ladder"]),
        ladders={AlarmKind(kind): _ladder(rungs) for kind, rungs in alarm.get("ladder_of", {}).items()},
        naloxone_again=timedelta(minutes=emergency["naloxone_again_minutes"]),
        observe_after_naloxone=timedelta(minutes=emergency["observe_after_naloxone_minutes"]),
        early_from=_since_midnight(response["early_from"]),
        late_from=_since_midnight(response["late_from"]),
        night_from=_since_midnight(response["night_from"]),
        priority={kind: alarm["priority"][kind.value] for kind in AlarmKind},
        beat_every=timedelta(seconds=display["beat_seconds"]),
        deaf_after=timedelta(seconds=display["deaf_after_seconds"]),
        poll_when_deaf=timedelta(seconds=display["poll_when_deaf_seconds"]),
        self_test_every=timedelta(seconds=display["self_test_seconds"]),
        device_beats_every=timedelta(seconds=found["device"]["heartbeat_seconds"]),
        device_grace=timedelta(seconds=found["device"]["grace_seconds"]),
        clock_may_differ=timedelta(seconds=found["clock"]["may_differ_seconds"]),
        sign_in_tries=sign_in["tries"],
        locked_for=timedelta(minutes=sign_in["locked_minutes"]),
        session_lasts=timedelta(hours=sign_in["session_hours"]),
        asked_at_check_in=tuple(ConsentScope(scope) for scope in found["consents"]["asked_at_check_in"]),
        review_within=timedelta(days=plans["review_within_days"]),
        review_soon=timedelta(days=plans["review_soon_days"]),
        extension_at_most=timedelta(days=plans["extension_at_most_days"]),
        agreement_lasts={kind: timedelta(days=plans["lasts_days"][kind.value]) for kind in AgreementKind},
        most_conditions=plans["most_conditions"],
        most_goals=plans["most_goals"],
        eligibility=tuple(EligibilityLine(line["code"], line["says"]) for line in plans["eligibility"]),
        consent_lasts={scope: timedelta(days=found["consents"]["lasts_days"][scope.value]) for scope in ConsentScope},
        answers_kept=timedelta(hours=found["writing"]["answers_kept_hours"]),
        tested_within=timedelta(seconds=found["shift"]["tested_within_seconds"]),
        blind_after=timedelta(seconds=found["shift"]["blind_after_seconds"]),
        deliveries_kept=timedelta(days=found["writing"]["deliveries_kept_days"]),
        cubicles=tuple(
            CubiclePlan(number, tuple(CubicleMode(mode) for mode in group["modes"]))
            for group in found["cubicle"]
            for number in group["numbers"]
        ),
        zones=tuple(ZonePlan(zone["code"], zone["name"]) for zone in found["zone"]),
        items=tuple(
            ItemPlan(item["code"], item["name"], ItemKind(item["kind"]), item["minimum"]) for item in found["item"]
        ),
        kits=tuple(KitPlan(kit["code"], kit["name"], kit["parts"]) for kit in found["kit"]),
        drugs=tuple(
            DrugPlan(
                code=drug["code"],
                drug=drug["drug"],
                form=DrugForm(drug["form"]),
                strength=from_mg(drug["strength_mg"]),
                low=from_mg(drug["low_mg"]),
                bottle_low=from_mg(drug["bottle_low_mg"]),
                witnessed=drug["witnessed"],
            )
            for drug in found["drug"]
        ),
        services=tuple(
            ServicePlan(service["code"], service["name"], ServiceKind(service["kind"])) for service in found["service"]
        ),
        dose_windows=tuple(
            WindowPlan(
                DoseWindow(plan["window"]),
                _since_midnight(plan["opens_at"]),
                _since_midnight(plan["closes_at"]),
                timedelta(minutes=plan["grace_minutes"]),
            )
            for plan in found["dose_window"]
        ),
        dose_is_late_after=timedelta(minutes=found["dose"]["late_entry_minutes"]),
        prescription_ends_soon=timedelta(days=found["dose"]["ends_soon_days"]),
        clinical_limits={limit: int(found["clinical"][limit.value]) for limit in Limit},
    )


def _stay(said: dict[str, int]) -> StayPlan:
    return StayPlan(
        amber=timedelta(minutes=said["amber_after_minutes"]),
        red=timedelta(minutes=said["red_after_minutes"]),
        alert=timedelta(minutes=said["alert_after_minutes"]),
        check_every=timedelta(minutes=said["check_every_minutes"]),
        check_every_while_warned=timedelta(minutes=said["check_every_while_warned_minutes"]),
    )


def _ladder(rungs: list[dict[str, Any]]) -> tuple[Rung, ...]:
    in_order = sorted(rungs, key=lambda rung: rung["after_seconds"])
    return tuple(
        Rung(
            number,
            timedelta(seconds=rung["after_seconds"]),
            rung["audience"],
            rung.get("all_call", False),
            tuple(Role(role) for role in rung.get("roles", ())),
        )
        for number, rung in enumerate(in_order, start=1)
    )


def _since_midnight(text: str) -> timedelta:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time of day like 07:30")
    return timedelta(hours=int(match[1]), minutes=int(match[2]))


def _check(policy: Policy, name: str) -> None:
    def insist(holds: bool, sentence: str) -> None:
        if not holds:
            raise Unsafe(f"{name}: {sentence}")

    numbers = [cubicle.number for cubicle in policy.cubicles]
    items = {item.code for item in policy.items}
    for ladder in (policy.ladder, *policy.ladders.values()):
        insist(bool(ladder), "every alarm ladder needs at least one step.")
        insist(ladder[-1].after <= LAST_STEP_AT_MOST, "the last step of an alarm ladder must come within 60 seconds.")
        insist(ladder[0].after > timedelta(0), "the first step of an alarm ladder comes after the alarm.")
    insist(timedelta(0) < policy.confirm_within <= CONFIRMED_AT_MOST, "a display confirms an alarm within 5 seconds.")
    insist(timedelta(0) < policy.silent_for <= SILENT_AT_MOST, "a silence ends by itself within 120 seconds.")
    insist(timedelta(0) < policy.arrive_within <= ARRIVED_AT_MOST, "somebody is there within 60 seconds of answering.")
    insist(set(policy.priority.values()) <= {"high", "medium", "low"}, "a priority is high, medium or low.")
    insist(policy.recovery_tries >= 1, "at least one try to recover a lost code.")
    insist(policy.forgotten_after_months >= 1, "people are forgotten after one month or more.")
    insist(bool(policy.kiosk_purposes), "who checks in at the kiosk comes for something.")
    insist(policy.flag_lasts >= timedelta(days=1), "a flag lasts a day or longer.")
    insist(policy.naloxone_again > timedelta(0), "the next dose of naloxone comes some minutes after the last.")
    insist(
        policy.observe_after_naloxone >= SHORTEST_OBSERVATION, "people are observed for an hour or more after naloxone."
    )
    insist(policy.early_from < policy.late_from < policy.night_from, "the day begins early, then late, then night.")
    for stay in policy.stays.values():
        insist(timedelta(0) < stay.amber < stay.red < stay.alert, "a stay turns amber, then red, and then rings.")
        insist(
            timedelta(0) < stay.check_every_while_warned <= stay.check_every <= CHECKED_AT_LEAST,
            "somebody looks into a cubicle every 15 minutes or sooner, and no less often while the room is warned.",
        )
    insist(bool(policy.staffing), "the table of staff has at least one line.")
    insist(all(line.on_duty >= line.nurses >= 1 for line in policy.staffing), "there is always a nurse on duty.")
    insist(policy.sensor_settles > timedelta(0), "a sensor is believed some seconds after it has spoken.")
    insist(policy.hold_before >= timedelta(0) < policy.no_show_after, "a booked cubicle is held for some minutes.")
    insist(timedelta(0) < policy.booked_at_most <= policy.booked_ahead, "bookings have a length and a horizon.")
    insist(bool(policy.cleaning_steps), "a cubicle is cleaned in at least one step.")
    insist(timedelta(0) <= policy.check_grace <= GRACE_AT_MOST, "a welfare check is missed after 3 minutes or sooner.")
    insist(timedelta(0) < policy.undo_within <= timedelta(hours=1), "a check-in can be taken back for an hour at most.")
    insist(
        timedelta(minutes=1) <= policy.claim_lasts <= timedelta(minutes=30), "a call holds for one to thirty minutes."
    )
    insist(
        len(policy.asks) == len(set(policy.asks)) <= QUESTIONS_AT_MOST,
        "a screening asks at most six things, once each.",
    )
    insist(policy.window_soon >= timedelta(0), "a dose window is about to close some minutes before it does.")
    insist(timedelta(0) < policy.wait_amber < policy.wait_red, "waiting turns amber before it turns red.")
    insist(
        len(numbers) == len(set(numbers)) and all(0 < n <= 999 for n in numbers),
        "cubicle numbers are 1 to 999, once each.",
    )
    insist(all(cubicle.modes for cubicle in policy.cubicles), "every cubicle has at least one mode.")
    insist(all(set(kit.parts) <= items for kit in policy.kits), "a kit has a part that is not an item.")
    insist(
        len({drug.code for drug in policy.drugs}) == len(policy.drugs) and all(d.strength > 0 for d in policy.drugs),
        "every drug has a code of its own and a strength above nought.",
    )
    insist(policy.day_ends < timedelta(hours=12), "the room's day ends before noon.")
    insist(
        policy.self_test_every <= policy.tested_within <= timedelta(minutes=10),
        "the room opens with an alarm path tested within ten minutes, and not sooner than it is tested by itself.",
    )
    insist(
        timedelta(0) < policy.blind_after <= BLIND_AT_MOST,
        "a room without an able display says so within 10 seconds.",
    )
    insist(
        timedelta(0) < policy.clock_may_differ <= CLOCK_OFF_AT_MOST,
        "a clock that is off by more than 5 seconds says so.",
    )
    insist(
        all(timedelta(0) < lasts <= LONGEST_CONSENT for lasts in policy.consent_lasts.values()),
        "an agreement holds for a day to two years.",
    )
    insist(
        0 < policy.most_conditions <= MOST_WRITTEN and 0 < policy.most_goals <= MOST_WRITTEN,
        "a plan holds 1 to 20 conditions or goals.",
    )
    insist(
        all(timedelta(0) < time for time in (*policy.agreement_lasts.values(), policy.review_within)),
        "plans last some days, and are looked at again.",
    )
    insist(policy.sign_in_tries >= 1, "at least one try to sign in.")
    insist(
        {plan.window for plan in policy.dose_windows} == set(DoseWindow)
        and len(policy.dose_windows) == len(DoseWindow)
        and all(plan.opens < plan.closes and plan.grace >= timedelta(0) for plan in policy.dose_windows),
        "each dose window stands there once, and closes after it opens.",
    )
    insist(
        timedelta(0) < policy.dose_is_late_after and timedelta(0) < policy.prescription_ends_soon,
        "a late dose and an ending prescription are marked after some time.",
    )
    insist(
        timedelta(0) < policy.beat_every < policy.deaf_after <= timedelta(seconds=5),
        "a display without contact says so within 5 seconds.",
    )
    insist(
        timedelta(0) < policy.device_beats_every <= timedelta(hours=1) and timedelta(0) < policy.device_grace,
        "a button's heartbeat comes at least once an hour, with some grace.",
    )
