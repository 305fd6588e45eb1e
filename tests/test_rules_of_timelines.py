"""What an entry of a timeline may say, when the next dose may come, and how old somebody is: pure rules."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from consumption_room.alerts import timeline
from consumption_room.clients.rules import age_band
from consumption_room.errors import FieldsWrong
from consumption_room.incidents import rules as incidents
from consumption_room.vocabulary.alarms import AlarmAction, NaloxoneRoute
from consumption_room.vocabulary.people import AgeBand
from tests.builders import NINE


@dataclass
class Entry:
    """An entry as the rules see it."""

    action: AlarmAction
    at: datetime


@pytest.mark.parametrize(
    ("action", "said", "kept"),
    [
        (AlarmAction.SATURATION, "0", "0"),
        (AlarmAction.SATURATION, "92 %", "92"),
        (AlarmAction.SATURATION, "100", "100"),
        (AlarmAction.RESPIRATORY_RATE, "60", "60"),
        (AlarmAction.SEDATION, "S", "s"),
        (AlarmAction.SEDATION, "3", "3"),
        (AlarmAction.OXYGEN, "10 l/min", "10"),
        (AlarmAction.OXYGEN, None, None),
        (AlarmAction.AIRWAY, None, None),
        (AlarmAction.NALOXONE, None, None),
        (AlarmAction.NALOXONE, "0,80", "0.8"),
        (AlarmAction.NALOXONE, "1.8 mg", "1.8"),
        (AlarmAction.NALOXONE, "10", "10"),
    ],
)
def test_a_value_is_kept_in_one_form(action, said, kept):
    assert timeline.read(action, said, None).value == kept


@pytest.mark.parametrize(
    ("action", "said", "asks_for"),
    [
        (AlarmAction.SATURATION, "101", "per cent, from 0 to 100"),
        (AlarmAction.SATURATION, "-1", "per cent"),
        (AlarmAction.SATURATION, None, "per cent"),
        (AlarmAction.RESPIRATORY_RATE, "61", "from 0 to 60"),
        (AlarmAction.RESPIRATORY_RATE, "fast", "from 0 to 60"),
        (AlarmAction.SEDATION, "5", "S, 1, 2, 3 or 4"),
        (AlarmAction.OXYGEN, "0", "litres a minute"),
        (AlarmAction.NALOXONE, "0", "milligrams"),
        (AlarmAction.NALOXONE, "400", "milligrams"),
        (AlarmAction.NALOXONE, "a puff", "milligrams"),
        (AlarmAction.NALOXONE, "0.8 orally", "milligrams"),
        (AlarmAction.AIRWAY, "yes", "leave the value out"),
        (AlarmAction.AMBULANCE_CALLED, "112", "leave the value out"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_is_asked_for(action, said, asks_for):
    with pytest.raises(FieldsWrong) as refusal:
        timeline.read(action, said, None)
    assert asks_for in refusal.value.errors["value"][0]


def test_the_route_is_given_or_written_beside_the_dose_but_not_two_of_them():
    assert timeline.read(AlarmAction.NALOXONE, "1.8 mg nasal", None).route is NaloxoneRoute.NASAL
    assert timeline.read(AlarmAction.NALOXONE, "0.4 IM", None).route is NaloxoneRoute.INTRAMUSCULAR
    assert timeline.read(AlarmAction.NALOXONE, "0.4", NaloxoneRoute.INTRAVENOUS).route is NaloxoneRoute.INTRAVENOUS
    with pytest.raises(FieldsWrong):
        timeline.read(AlarmAction.NALOXONE, "0.4 IM", NaloxoneRoute.NASAL)
    with pytest.raises(FieldsWrong):
        timeline.read(AlarmAction.OXYGEN, None, NaloxoneRoute.NASAL)


def test_the_next_dose_counts_from_the_last_one_given_whenever_it_was_noted():
    doses = [Entry(AlarmAction.NALOXONE, NINE + timedelta(minutes=2)), Entry(AlarmAction.NALOXONE, NINE)]
    later = Entry(AlarmAction.OXYGEN, NINE + timedelta(minutes=9))
    assert timeline.next_naloxone_at([*doses, later], timedelta(minutes=3)) == NINE + timedelta(minutes=5)
    assert timeline.next_naloxone_at([later], timedelta(minutes=3)) is None


def test_a_record_says_what_is_missing_in_the_order_of_the_page():
    assert incidents.missing({"happened": "Limp.", "causes": ()}) == [
        "substances",
        "breathing",
        "consciousness",
        "causes",
    ]


def test_after_signing_only_the_debrief_is_written():
    incidents.may_change(True, {"debriefed_at", "debriefed_by"})
    incidents.may_change(False, {"happened"})
    with pytest.raises(incidents.AlreadySigned):
        incidents.may_change(True, {"debriefed_at", "happened"})


@pytest.mark.parametrize(
    ("born", "said", "band"),
    [
        (2006, None, AgeBand.UNDER_25),
        (1997, None, AgeBand.UNDER_30),
        (1987, None, AgeBand.UNDER_40),
        (1976, None, AgeBand.OVER_50),
        (None, AgeBand.UNDER_50, AgeBand.UNDER_50),
        (None, None, None),
    ],
)
def test_an_age_is_told_as_a_band(born, said, band):
    assert age_band(born, said, date(2026, 11, 20)) is band
