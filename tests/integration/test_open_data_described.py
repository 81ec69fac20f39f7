"""Questions made up from the API's own description: none ends in a 500, none is answered otherwise than described."""

from __future__ import annotations

from itertools import product
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks

from storage.database import Database
from tests.open_house import T0 as START
from tests.open_house import House, forecast, furnish, issue, level

#: Examples of each operation; the seed is fixed.
_EXAMPLES = 10
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_description_holds(database: Database) -> None:
    furnish(database, [level(step, 1.0) for step in range(3)])
    issue(database, [forecast(1, 1.0)], START)
    house = House(database)
    load_all_checks()
    checks = CHECKS.get_by_names(list(_CHECKS))
    schema = schemathesis.openapi.from_dict(house.api.openapi())
    asked = 0
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation, mode in product(operations, schemathesis.GenerationMode):
        if mode.is_negative and not any(one.location == "query" for one in operation.iter_parameters()):
            continue  # there is nothing to get wrong: any text may stand in a path

        @hypothesis.seed(7)
        @hypothesis.settings(
            max_examples=_EXAMPLES,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(operation.as_strategy(generation_mode=mode))
        def hold(case: Any) -> None:
            nonlocal asked
            asked += 1
            request = case.as_transport_kwargs(base_url="http://ews.test/api")
            answer = house.ask(request.pop("url"), **{k: request[k] for k in ("method", "params", "headers")})
            case.validate_response(answer, checks=checks)

        hold()
    assert asked > _EXAMPLES * len(operations)
