"""Questions made up from the API's own description: none ends in a 500, none is answered otherwise than described."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks

from storage.database import Database
from tests.open_house import T0 as START
from tests.open_house import House, forecast, furnish, issue, level

#: Examples of each operation; the seed is fixed. More by hand: EWS_TEST_QUESTIONS=300 … -s prints the table of docs/api.md.
_EXAMPLES = int(os.environ.get("EWS_TEST_QUESTIONS", "10"))
_PAPER = Path(__file__).parents[2] / "docs" / "api.md"
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
    schema = schemathesis.openapi.from_dict(house.api.openapi())
    answered: Counter[tuple[str, str, int]] = Counter()
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation, mode in product(operations, schemathesis.GenerationMode):
        if mode.is_negative and not any(one.location == "query" for one in operation.iter_parameters()):
            continue  # there is nothing to get wrong: any text may stand in a path
        for status in statuses(house, operation, mode):
            answered[operation.label, mode.value, status] += 1
    assert answered.total() > _EXAMPLES * len(operations)
    paper = _PAPER.read_text(encoding="utf-8").split("## What made-up questions found")[1]
    assert all(f"`{check}`" in paper for check in _CHECKS)
    sys.stdout.writelines(_row(operation.label, answered) for operation in operations)
    assert [operation.label for operation in operations] == re.findall(r"^\| `(GET [^`]+)` \|", paper, re.MULTILINE)


def statuses(house: House, operation: Any, mode: Any) -> list[int]:
    """With what made-up questions were answered; each answer is as described."""
    load_all_checks()
    checks, found = CHECKS.get_by_names(list(_CHECKS)), []

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
        request = case.as_transport_kwargs(base_url="http://ews.test/api")
        answer = house.ask(request.pop("url"), **{k: request[k] for k in ("method", "params", "headers")})
        found.append(answer.status_code)
        case.validate_response(answer, checks=checks)

    hold()
    return found


def _row(label: str, answered: Counter[tuple[str, str, int]]) -> str:
    cells = []
    for mode in schemathesis.GenerationMode:
        found = sorted(
            (status, count) for (name, kind, status), count in answered.items() if (name, kind) == (label, mode.value)
        )
        cells.append(", ".join(f"{count} × {status}" for status, count in found) or "-")
    return f"| `{label}` | {' | '.join(cells)} |\n"
