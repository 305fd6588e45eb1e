"""When something goes wrong after a prescribed dose: it is noted on the dose, and the alarm rings."""

from datetime import datetime

from consumption_room.alerts import service as alerts
from consumption_room.alerts.service import Press
from consumption_room.cubicles.queries import all_places
from consumption_room.doses import observing, service
from consumption_room.doses.models import Dose
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.visits.models import Visit
from consumption_room.vocabulary.alarms import AlarmKind


def ring(code: str, policy: Policy, by: Actor, now: datetime) -> Dose:
    """Raise the alarm where the person is, and note it on the dose; a second call joins. Raises ``NotFound``.

    The note refuses nothing, whatever has become of the dose, so that it never stands in the alarm's way.
    """
    dose, _order = service.locked(code)
    press = Press(
        AlarmKind.OVERDOSE, place=_place_of(dose.visit, policy), visit=dose.visit.code if dose.visit else None
    )
    alerts.raise_alarm(press, policy, by, now)
    return observing.went_wrong(code, by, now)


def _place_of(visit: Visit | None, policy: Policy) -> str:
    known = [place.code for place in all_places()]
    where = f"cubicle-{visit.cubicle}" if visit is not None and visit.cubicle is not None else "aftercare"
    return where if where in known else policy.zones[0].code
