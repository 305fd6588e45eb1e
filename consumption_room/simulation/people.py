"""The people who come: aliases invented from colours and animals, habits, and how often each of them comes."""

import itertools
from dataclasses import dataclass
from random import Random

from consumption_room.simulation.chance import choose
from consumption_room.simulation.scenario import Scenario
from consumption_room.vocabulary.people import AgeBand, Area, Sex
from consumption_room.vocabulary.visits import Route

_COLOURS = (
    *("Amber", "Ash", "Azure", "Bronze", "Cedar", "Copper", "Coral", "Crimson", "Dusty", "Ember", "Fern", "Foggy"),
    *("Frosty", "Golden", "Granite", "Green", "Grey", "Hazel", "Honey", "Icy", "Indigo", "Ivory", "Jade", "Lemon"),
    *("Lunar", "Maple", "Marble", "Midnight", "Misty", "Mossy", "Olive", "Opal", "Pale", "Pepper", "Rainy", "Red"),
    *("River", "Rusty", "Salty", "Sandy", "Scarlet", "Silver", "Smoky", "Snowy", "Stormy", "Sunny", "Velvet"),
    *("Violet", "White", "Windy", "Winter", "Yellow"),
)
_ANIMALS = (
    *("Badger", "Bear", "Beaver", "Bee", "Beetle", "Bison", "Buzzard", "Camel", "Cat", "Cricket", "Crow", "Deer"),
    *("Dolphin", "Dove", "Duck", "Eagle", "Eel", "Elk", "Falcon", "Ferret", "Finch", "Fox", "Frog", "Gecko", "Goat"),
    *("Goose", "Gull", "Hare", "Hawk", "Heron", "Horse", "Ibis", "Jackdaw", "Kestrel", "Lark", "Lemur", "Lion"),
    *("Lizard", "Lynx", "Magpie", "Marten", "Mole", "Moose", "Moth", "Mouse", "Newt", "Orca", "Osprey", "Otter"),
    *("Owl", "Panda", "Parrot", "Pelican", "Pigeon", "Pike", "Pony", "Puffin", "Rabbit", "Raven", "Robin", "Salmon"),
    *("Seal", "Sparrow", "Spider", "Stork", "Swallow", "Swan", "Tiger", "Toad", "Trout", "Turtle", "Viper", "Walrus"),
    *("Wasp", "Weasel", "Whale", "Wolf", "Wren", "Zebra"),
)
_QUALITIES = ("blue", "broken", "empty", "green", "heavy", "lost", "loud", "old", "paper", "round", "small", "wooden")
_THINGS = ("bicycle", "boat", "coat", "garden", "guitar", "kettle", "kite", "lamp", "radio", "teacup", "train", "tree")
# Danish survey: 73 % Danish, 8 % other European Union, 18 % elsewhere.
_LANGUAGES = {"da": 0.73, "en": 0.06, "pl": 0.05, "ro": 0.04, "sv": 0.03, "ar": 0.05, "so": 0.02, "fa": 0.02}
# Frankfurt: 46 % city, 27 % region, 27 % elsewhere; that some have no home is an assumption.
_AREAS = {Area.CITY: 0.40, Area.REGION: 0.25, Area.ELSEWHERE: 0.20, Area.NO_HOME: 0.15}
_MEAN_AGE, _AGE_SPREAD = 41, 10
_TRIES = 12


@dataclass
class Person:
    """Somebody who comes: what they tell us once, and what the simulation must remember of them."""

    number: int
    alias: str
    birth_year: int | None
    age_band: AgeBand | None
    sex: Sex
    home_area: Area
    language: str
    phrase: str | None
    usual_route: Route
    known: bool = False
    inside: bool = False
    sharps_at_home: int = 0


class Crowd:
    """Everybody who may come, some of them far more often than others."""

    def __init__(self, scenario: Scenario, random: Random, year: int) -> None:
        """The people who are active already; ``year`` is the one they tell their age in."""
        self._scenario, self._random, self._year = scenario, random, year
        self._numbers = itertools.count(1)
        self._people = [self._invent() for _ in range(scenario.people)]
        self._weights = list(
            itertools.accumulate(random.lognormvariate(0, scenario.spread) for _ in range(scenario.people))
        )

    def somebody(self, newcomer: float) -> Person:
        """Somebody who is not inside: with this probability, or when all seem to be, a newcomer who joins the crowd."""
        if self._random.random() >= newcomer:
            for person in self._random.choices(self._people, cum_weights=self._weights, k=_TRIES):
                if not person.inside:
                    return person
        person = self._invent()
        self._people.append(person)
        self._weights.append(self._weights[-1] + self._random.lognormvariate(0, self._scenario.spread))
        return person

    def _invent(self) -> Person:
        random = self._random
        age = min(75, max(18, round(random.gauss(_MEAN_AGE, _AGE_SPREAD))))
        tells = random.random()
        words = f"{random.choice(_QUALITIES)} {random.choice(_THINGS)} {random.randint(2, 99)}"
        return Person(
            number=next(self._numbers),
            alias=f"{random.choice(_COLOURS)} {random.choice(_ANIMALS)}",
            birth_year=self._year - age if tells < 0.5 else None,
            age_band=_band(age) if 0.5 <= tells < 0.9 else None,
            sex=choose(random, {Sex.MALE: 0.80, Sex.FEMALE: 0.185, Sex.OTHER: 0.005, Sex.UNKNOWN: 0.01}),
            home_area=choose(random, _AREAS),
            language=choose(random, _LANGUAGES),
            phrase=words if random.random() < 0.4 else None,
            usual_route=choose(random, self._scenario.routes),
        )


def _band(age: int) -> AgeBand:
    if age < 25:
        return AgeBand.UNDER_25
    if age < 30:
        return AgeBand.UNDER_30
    if age < 40:
        return AgeBand.UNDER_40
    return AgeBand.UNDER_50 if age < 50 else AgeBand.OVER_50
