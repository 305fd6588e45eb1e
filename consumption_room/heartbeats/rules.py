"""When a button that used to say it is alive counts as late, and when as silent."""

from datetime import datetime, timedelta

from consumption_room.vocabulary.staff import DeviceCondition


def condition(heard_at: datetime, every: timedelta, grace: timedelta, now: datetime) -> DeviceCondition:
    """Late beyond its period and the grace; silent beyond twice the grace. A clock set back makes nobody late."""
    overdue = now - heard_at - every
    if overdue > 2 * grace:
        return DeviceCondition.SILENT
    return DeviceCondition.LATE if overdue > grace else DeviceCondition.HEARD


def is_worse(found: DeviceCondition, known: DeviceCondition) -> bool:
    """Whether this is a step down; only a heartbeat leads up again."""
    steps = list(DeviceCondition)
    return steps.index(found) > steps.index(known)
