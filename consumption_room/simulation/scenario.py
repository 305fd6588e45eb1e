"""How busy a simulated room is and what happens in it: every number with its unit and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from consumption_room.simulation.chance import Span
from consumption_room.vocabulary.referrals import Handover, ServiceKind
from consumption_room.vocabulary.visits import Purpose, Route, Substance, TurnedAwayReason


def _substances(cocaine: float, heroin: float, mixture: float, methadone: float) -> Mapping[Substance, float]:
    return {
        Substance.COCAINE: cocaine,
        Substance.HEROIN: heroin,
        Substance.MIXTURE: mixture,
        Substance.METHADONE: methadone,
        Substance.AMPHETAMINE: 0.02,
        Substance.BENZODIAZEPINE: 0.02,
        Substance.OTHER_OPIOID: 0.01,
        Substance.UNKNOWN: 0.01,
    }


@dataclass(frozen=True)
class Scenario:
    """One kind of room. The defaults are the Copenhagen-like base scenario; assumptions are marked as such.

    Shares and odds within one mapping stand against each other; they need not add up to one.

    Sources: Skyen and H17 in Copenhagen, the Danish user survey and evaluation, the Thistle, Insite, Calgary,
    Sydney's trial, Niddastrasse in Frankfurt, and the state reports of North Rhine-Westphalia.
    """

    name: str = "copenhagen"

    # Opening times since local midnight (H17), and how long before closing the door shuts (assumption).
    opens: timedelta = timedelta(hours=7, minutes=30)
    open_for: timedelta = timedelta(hours=16)
    last_entry: timedelta = timedelta(minutes=30)

    # Own-drug intakes on an ordinary weekday: the mean of all days comes to about 200.
    intakes: float = 195.0
    weekend: float = 0.9
    # Skyen counted 412 intakes on a day near benefit pay-day; the days after are 1.06 to 1.3 times a usual one.
    pay_day: float = 2.0
    after_pay_day: float = 1.3
    days_after_pay_day: int = 2
    # The odds of an overdose for three days from pay-day on (Insite 2004-10).
    pay_day_risk: float = 2.06

    # Share of accesses without any use: the Thistle 31 %, Calgary 16 %.
    without_use: float = 0.30
    other_purposes: Mapping[Purpose, float] = field(
        default_factory=lambda: {
            Purpose.NEEDLES: 0.55,
            Purpose.COUNSELLING: 0.18,
            Purpose.WOUND_CARE: 0.13,
            Purpose.SHOWER: 0.10,
            Purpose.REFERRAL: 0.04,
        }
    )
    # Share of those who only want needles and are not known by any alias (assumption).
    unknown_visitors: float = 0.3
    # Share of stays with a second intake in the same cubicle (assumption; most rooms ask for one at a time).
    second_intake: float = 0.03
    assisted: float = 0.01
    # Arrivals follow sin(pi * x ** lateness) over the open hours, x from 0 to 1: a plateau at midday, the peak in the
    # late afternoon, few after 22; some wait at the door at opening (assumption; Hamburg).
    lateness: float = 1.4
    opening_burst: float = 0.03
    burst_lasts: timedelta = timedelta(minutes=20)

    # North Rhine-Westphalia 2018-19: 52 to 56 % inhaled, 40 to 45 % injected.
    routes: Mapping[Route, float] = field(
        default_factory=lambda: {Route.SMOKE: 0.50, Route.INJECT: 0.46, Route.SNORT: 0.03, Route.ORAL: 0.01}
    )
    # Danish survey, several answers each: cocaine 49 %, heroin 41 %, mixture 16 %, methadone 16 %.
    substances: Mapping[Substance, float] = field(default_factory=lambda: _substances(0.41, 0.36, 0.12, 0.06))
    several_substances: float = 0.06
    # How often somebody takes a drug the way they usually do (assumption).
    usual_route: float = 0.85

    # Minutes. Insite: about 20 in the injecting room; smoking and aftercare are assumptions.
    injecting_stay: Span = (17.9, 35.0)
    smoking_stay: Span = (13.6, 24.0)
    cleaning: Span = (2.9, 4.2)
    aftercare_share: float = 0.60
    aftercare_stay: Span = (15.0, 30.0)
    other_stay: Span = (11.0, 26.0)
    at_the_desk: Span = (1.2, 2.6)
    to_the_cubicle: Span = (0.6, 1.2)
    injecting_patience: Span = (25.0, 55.0)
    smoking_patience: Span = (12.0, 28.0)
    # Smokers who give up and inject instead, in the first free cubicle for that (direction: North Rhine-Westphalia).
    switch_to_injecting: float = 0.25
    put_on_hold: float = 0.01

    # 1,300 active people, of whom the busiest tenth make half of all intakes: a log-normal weight with this spread.
    people: int = 1300
    spread: float = 1.28
    new_a_week: float = 25.0

    turned_away: float = 0.015
    turned_away_reasons: Mapping[TurnedAwayReason, float] = field(
        default_factory=lambda: {
            TurnedAwayReason.INTOXICATED: 0.40,
            TurnedAwayReason.NO_DRUG: 0.22,
            TurnedAwayReason.BARRED: 0.12,
            TurnedAwayReason.FULL: 0.12,
            TurnedAwayReason.WRONG_SUBSTANCE: 0.06,
            TurnedAwayReason.UNDER_AGE: 0.04,
            TurnedAwayReason.OTHER: 0.04,
        }
    )

    # Emergencies per 1,000 intakes; all together about 1 (Denmark 2012-14: 0.85).
    smoking_risk: float = 0.2
    injecting_risk: Mapping[Substance, float] = field(
        default_factory=lambda: {Substance.COCAINE: 1.0, Substance.HEROIN: 2.5, Substance.MIXTURE: 3.0}
    )
    other_injecting_risk: float = 2.0
    # On a day with a bad batch: 15 to 25 per 1,000 opioid injections; how often that is, is an assumption.
    bad_batch_risk: float = 20.0
    bad_batch_days: float = 1 / 45
    # Sydney's trial: 90 % in a booth, 9 % in recovery, 1 % at reception.
    emergency_places: Mapping[str, float] = field(
        default_factory=lambda: {"cubicle": 0.90, "aftercare": 0.09, "reception": 0.01}
    )
    # OnPoint, Melbourne, Dublin, the Thistle and Calgary.
    treatments: Mapping[str, float] = field(default_factory=lambda: {"watched": 0.25, "oxygen": 0.60, "naloxone": 0.15})
    ambulance: float = 0.10
    to_hospital: float = 0.65
    second_press: float = 0.2
    # Per 1,000 accesses: false alarms (assumption), and violence (North Rhine-Westphalia 0.3).
    false_alarms: float = 2.5
    violence: float = 0.3
    drills_a_week: int = 2

    # Needles beyond one per injection (Scotland's rule); take-away per access, and how many kits of ten it is.
    extra_needle: float = 0.3
    take_away: float = 0.25
    take_away_kits: Mapping[int, float] = field(default_factory=lambda: {1: 0.6, 2: 0.3, 3: 0.1})
    for_others: float = 0.25
    sharps_back: float = 0.60
    new_pipe: float = 0.12
    foil: float = 0.40
    # One naloxone kit per 60 accesses (Calgary, after its first months).
    naloxone_kits: float = 1 / 60

    # Per 1,000 accesses, beside those who come for one: in all Insite 25, the Thistle 54; the mix is the Thistle's.
    referrals: float = 30.0
    referral_mix: Mapping[ServiceKind, float] = field(
        default_factory=lambda: {
            ServiceKind.HOUSING: 0.46,
            ServiceKind.TREATMENT: 0.13,
            ServiceKind.BLOOD_BORNE_VIRUS: 0.10,
            ServiceKind.SEXUAL_HEALTH: 0.04,
            ServiceKind.WOUND_CARE: 0.12,
            ServiceKind.MONEY_ADVICE: 0.15,
        }
    )
    handovers: Mapping[Handover, float] = field(
        default_factory=lambda: {
            Handover.ESCORTED: 0.20,
            Handover.PHONED_TOGETHER: 0.32,
            Handover.APPOINTMENT: 0.33,
            Handover.CARD_ONLY: 0.15,
        }
    )
    consents: float = 0.92
    # Share of those sent who attend at least once (assumption), and days between one step and the next (assumption).
    attends: float = 0.55
    withdraws: float = 0.05
    days_between_steps: float = 2.0

    # Cubicles made fit for something else, and cubicles not opened at all (H17 opened with half of its places).
    made_injecting: tuple[int, ...] = ()
    not_opened: tuple[int, ...] = ()

    # People on two prescribed doses a day, beside everybody else.
    patients: int = 0

    @property
    def accesses(self) -> float:
        """How many people come in on an ordinary weekday, whatever for."""
        return self.intakes / (1 + self.second_intake) / (1 - self.without_use)


COPENHAGEN = Scenario()

# Insite 2016: 514 injections a day at 13 booths of about 20 minutes, 75 needle exchanges, 9.5 emergencies per 1,000
# injections, 25 referrals per 1,000 visits. Eighteen hours a day are from memory, unverified.
INSITE = replace(
    COPENHAGEN,
    name="insite",
    opens=timedelta(hours=8, minutes=30),
    open_for=timedelta(hours=18),
    intakes=505.0,
    # Its people are known to wait 30 to 45 minutes.
    injecting_patience=(55.0, 110.0),
    pay_day=1.3,
    after_pay_day=1.06,
    without_use=0.14,
    routes={Route.INJECT: 0.99, Route.ORAL: 0.01},
    substances=_substances(0.25, 0.55, 0.10, 0.02),
    injecting_risk={Substance.COCAINE: 2.0, Substance.HEROIN: 13.0, Substance.MIXTURE: 13.0},
    other_injecting_risk=5.0,
    referrals=20.0,
    people=3000,
    made_injecting=(9, 10, 11),
    not_opened=(12, 13, 14),
)

# Durham's proposal: 1,700 people on two doses a day, at four stations, beside a busy room.
DURHAM = replace(COPENHAGEN, name="durham", patients=1700)

SCENARIOS = {scenario.name: scenario for scenario in (COPENHAGEN, INSITE, DURHAM)}
