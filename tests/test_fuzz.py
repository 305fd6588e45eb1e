"""Generated requests over the served document, for the roles that can do most: no answer is ever a 5xx."""

import os
from contextvars import Context

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error

from consumption_room.vocabulary.staff import Role
from tests import builders

# For each of some three hundred operations, in each role; more by the variable.
EXAMPLES = int(os.environ.get("ROOM_EXAMPLES", "4"))


@pytest.mark.parametrize("role", [Role.NURSE, Role.RECEPTION, Role.MANAGER])
def test_no_generated_request_finds_a_server_error(app, cast, role):
    builders.seated(3, builders.client())
    builders.alarm()
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    headers = {"Authorization": f"Bearer {cast.keys[role]}"}
    tried = 0
    for operation in document.get_all_operations():
        call = operation.ok()

        @given(case=call.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def try_it(case):
            nonlocal tried
            tried += 1
            answer = Context().run(case.call, headers=headers)
            case.validate_response(answer, checks=[not_a_server_error])

        try_it()
    assert tried > 300
