"""What a new room starts with: items and kits, controlled drugs, and partners."""

from dataclasses import dataclass

from consumption_room.amounts import Micrograms, from_mg
from consumption_room.policy.reading import Found, Insist
from consumption_room.vocabulary.referrals import ServiceKind
from consumption_room.vocabulary.register import DrugForm
from consumption_room.vocabulary.stock import ItemKind


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
class Catalogue:
    """What is put into an empty database; what is kept later is kept on the screens."""

    items: tuple[ItemPlan, ...]
    kits: tuple[KitPlan, ...]
    drugs: tuple[DrugPlan, ...]
    services: tuple[ServicePlan, ...]


def read(found: Found) -> Catalogue:
    """The opening catalogue as the file says it."""
    return Catalogue(
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
    )


def check(policy: Catalogue, insist: Insist) -> None:
    """Insist that kits are made of items, and that drugs can be told apart and measured."""
    items = {item.code for item in policy.items}
    insist(all(set(kit.parts) <= items for kit in policy.kits), "a kit has a part that is not an item.")
    insist(
        len({drug.code for drug in policy.drugs}) == len(policy.drugs) and all(d.strength > 0 for d in policy.drugs),
        "every drug has a code of its own and a strength above nought.",
    )
