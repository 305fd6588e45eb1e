"""The identity vault over HTTP: what is kept, and a look at it for somebody who has signed in."""

from consumption_room import clock
from consumption_room.api.reading import Blueprint
from consumption_room.clients import service as clients
from consumption_room.database import transaction
from consumption_room.errors import NotFound
from consumption_room.gate import here
from consumption_room.gate.answers import writes
from consumption_room.gate.doors import requires
from consumption_room.staff.rules import Permission
from consumption_room.vault import queries, service
from consumption_room.vault.models import Identity
from consumption_room.vault.schemas import IdentityOut, PersonForm, PersonOut, WhyForm
from consumption_room.vault.service import Person
from consumption_room.vocabulary.vault import VaultReason

bp = Blueprint("vault", __name__, url_prefix="/api/v1/vault", description="Who people really are, for treatment alone")


@bp.get("/<code>")
@requires(Permission.OPEN_VAULT)
@bp.response(200, IdentityOut)
def kept(code: str) -> Identity:
    """Say whether an identity is kept for a person: the record, still sealed."""
    identity = queries.kept(clients.get(code).id)
    if identity is None:
        raise NotFound("Nothing is kept in the vault for this person.")
    return identity


@bp.post("/<code>")
@requires(Permission.OPEN_VAULT)
@writes
@bp.arguments(PersonForm)
@bp.response(201, IdentityOut)
def keep(asked: Person, code: str) -> Identity:
    """Seal a person's identity; what was kept before is replaced. The answer repeats nothing of it."""
    return service.keep(code, asked, here.keyring(), here.policy(), here.actor(), clock.now())


@bp.post("/<code>/look")
@requires(Permission.OPEN_VAULT)
@bp.arguments(WhyForm)
@bp.response(200, PersonOut)
def look(asked: dict[str, VaultReason], code: str) -> Person:
    """Give who a person really is, and keep that somebody looked, and why.

    The answer is not stored under an Idempotency-Key as others are: it would lie open in the database.
    """
    with transaction():
        return service.look(code, asked["reason"], here.keyring(), here.actor(), clock.now())
