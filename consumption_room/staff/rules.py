"""Who may do what, and when a sign-in is locked: one table and two small decisions."""

import enum
from datetime import datetime

from consumption_room.errors import FieldsWrong, TooManyTries
from consumption_room.vocabulary.staff import DeviceKind, Role


class Permission(enum.StrEnum):
    """One thing that a view can ask for."""

    SEE_BOARD = "see-board"
    SEE_CLIENTS = "see-clients"
    CHECK_IN = "check-in"
    CHECK_IN_ONESELF = "check-in-oneself"
    KEEP_RECORDS = "keep-records"
    DECIDE_BARS = "decide-bars"
    TAKE_CONSENT = "take-consent"
    RUN_VISIT = "run-visit"
    SEE_CUBICLES = "see-cubicles"
    CLEAN_CUBICLE = "clean-cubicle"
    CHANGE_CUBICLE = "change-cubicle"
    SENSE_CUBICLE = "sense-cubicle"
    RAISE_ALARM = "raise-alarm"
    SEE_ALARMS = "see-alarms"
    ANSWER_ALARM = "answer-alarm"
    CLOSE_ALARM = "close-alarm"
    SEE_STOCK = "see-stock"
    ISSUE_STOCK = "issue-stock"
    KEEP_STOCK = "keep-stock"
    SEE_DOSES = "see-doses"
    GIVE_DOSES = "give-doses"
    PRESCRIBE = "prescribe"
    SEE_TREATMENT = "see-treatment"
    SEE_REGISTER = "see-register"
    KEEP_REGISTER = "keep-register"
    OPEN_VAULT = "open-vault"
    KEEP_AGREEMENTS = "keep-agreements"
    KEEP_CONTRACTS = "keep-contracts"
    SEE_REFERRALS = "see-referrals"
    REFER = "refer"
    KEEP_SERVICES = "keep-services"
    SEE_REPORTS = "see-reports"
    SEE_DEVICES = "see-devices"
    BE_ON_DUTY = "be-on-duty"
    RUN_SHIFT = "run-shift"
    OVERRIDE_CHECK = "override-check"
    ADMINISTER = "administer"
    READ_JOURNAL = "read-journal"
    RECEIVE_ALARMS = "receive-alarms"
    SEND_HEARTBEAT = "send-heartbeat"


_EVERYBODY = {
    Permission.SEE_BOARD,
    Permission.SEE_CUBICLES,
    Permission.RAISE_ALARM,
    Permission.SEE_ALARMS,
    Permission.SEE_DEVICES,
    Permission.RECEIVE_ALARMS,
}
_AT_THE_DOOR = {
    Permission.SEE_CLIENTS,
    Permission.CHECK_IN,
    Permission.KEEP_RECORDS,
    Permission.TAKE_CONSENT,
    Permission.RUN_VISIT,
    Permission.CLEAN_CUBICLE,
    Permission.SENSE_CUBICLE,
    Permission.ANSWER_ALARM,
    Permission.SEE_STOCK,
    Permission.ISSUE_STOCK,
    Permission.BE_ON_DUTY,
}

ROLES: dict[Role, frozenset[Permission]] = {
    Role.RECEPTION: frozenset(_EVERYBODY | _AT_THE_DOOR),
    Role.NURSE: frozenset(
        _EVERYBODY
        | _AT_THE_DOOR
        | {
            Permission.DECIDE_BARS,
            Permission.CHANGE_CUBICLE,
            Permission.CLOSE_ALARM,
            Permission.KEEP_STOCK,
            Permission.SEE_DOSES,
            Permission.GIVE_DOSES,
            Permission.SEE_REGISTER,
            Permission.KEEP_REGISTER,
            Permission.SEE_TREATMENT,
            Permission.OPEN_VAULT,
            Permission.KEEP_AGREEMENTS,
            Permission.SEE_REFERRALS,
            Permission.REFER,
            Permission.RUN_SHIFT,
        }
    ),
    Role.PRESCRIBER: frozenset(
        _EVERYBODY
        | {
            Permission.SEE_CLIENTS,
            Permission.ANSWER_ALARM,
            Permission.CLOSE_ALARM,
            Permission.BE_ON_DUTY,
            Permission.SEE_DOSES,
            Permission.GIVE_DOSES,
            Permission.PRESCRIBE,
            Permission.SEE_REGISTER,
            Permission.SEE_TREATMENT,
            Permission.OPEN_VAULT,
            Permission.TAKE_CONSENT,
            Permission.KEEP_AGREEMENTS,
        }
    ),
    Role.CASE_WORKER: frozenset(
        _EVERYBODY
        | {
            Permission.SEE_CLIENTS,
            Permission.KEEP_RECORDS,
            Permission.TAKE_CONSENT,
            Permission.KEEP_AGREEMENTS,
            Permission.KEEP_CONTRACTS,
            Permission.ANSWER_ALARM,
            Permission.SEE_REFERRALS,
            Permission.REFER,
            Permission.KEEP_SERVICES,
            Permission.BE_ON_DUTY,
        }
    ),
    Role.MANAGER: frozenset(
        _EVERYBODY
        | {
            Permission.DECIDE_BARS,
            Permission.ANSWER_ALARM,
            Permission.CLOSE_ALARM,
            Permission.CHANGE_CUBICLE,
            Permission.SEE_STOCK,
            Permission.KEEP_STOCK,
            Permission.SEE_REGISTER,
            Permission.KEEP_REGISTER,
            Permission.KEEP_SERVICES,
            Permission.SEE_REPORTS,
            Permission.BE_ON_DUTY,
            Permission.RUN_SHIFT,
            Permission.OVERRIDE_CHECK,
        }
    ),
    Role.ADMINISTRATOR: frozenset(_EVERYBODY | {Permission.ADMINISTER, Permission.CHANGE_CUBICLE}),
    Role.AUDITOR: frozenset(
        {
            Permission.RAISE_ALARM,
            Permission.SEE_ALARMS,
            Permission.RECEIVE_ALARMS,
            Permission.SEE_REGISTER,
            Permission.SEE_REPORTS,
            Permission.READ_JOURNAL,
        }
    ),
}

_DISPLAY = frozenset(
    {
        Permission.SEE_BOARD,
        Permission.SEE_CUBICLES,
        Permission.RAISE_ALARM,
        Permission.SEE_ALARMS,
        Permission.RECEIVE_ALARMS,
    }
)
DEVICES: dict[DeviceKind, frozenset[Permission]] = {
    DeviceKind.WALL: _DISPLAY | {Permission.CHECK_IN_ONESELF},
    DeviceKind.DESK: _DISPLAY | {Permission.CHECK_IN_ONESELF},
    DeviceKind.FLOOR: _DISPLAY,
    DeviceKind.BUTTON: frozenset({Permission.RAISE_ALARM, Permission.SEND_HEARTBEAT, Permission.SENSE_CUBICLE}),
    DeviceKind.API: frozenset(),
}
DISPLAYS = frozenset({DeviceKind.WALL, DeviceKind.DESK, DeviceKind.FLOOR})


def allowed(role: Role | None, device: DeviceKind | None) -> frozenset[Permission]:
    """What this role, on this kind of device, may do; a device alone may do little."""
    return (ROLES[role] if role else frozenset()) | (DEVICES[device] if device else frozenset())


def api_needs_a_role(kind: DeviceKind, role: Role | None) -> None:
    """Refuse a program without a role, and a role on a device that is not a program."""
    if kind is DeviceKind.API and role is None:
        raise FieldsWrong({"role": ["A program acts in a role: please give one."]})
    if kind is not DeviceKind.API and role is not None:
        raise FieldsWrong({"role": ["Only a program (api) has a role; people bring theirs by signing in."]})


def may_try(with_pin: bool, pin_failures: int, locked_until: datetime | None, tries: int, now: datetime) -> None:
    """Raise ``TooManyTries`` while the password is locked, or once the PIN has been wrong too often in a row."""
    if with_pin and pin_failures >= tries:
        raise TooManyTries("The PIN was wrong too often. Please sign in with your password. Alarms still work.")
    if not with_pin and locked_until is not None and locked_until > now:
        raise TooManyTries("Too many wrong tries. Please wait ten minutes, or ask an administrator. Alarms still work.")
