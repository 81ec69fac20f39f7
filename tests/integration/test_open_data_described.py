"""Questions made up from the API's own description: none ends in a 500, none is answered otherwise than described."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies
from schemathesis.checks import CHECKS, load_all_checks

from alerts.cap.publishing import publish
from storage.database import Database
from tests.cap_scenes import public
from tests.open_house import T0 as START
from tests.open_house import House, forecast, furnish, issue, level

#: Examples of each operation; the seed is fixed. More by hand: EWS_TEST_QUESTIONS=200 … -s prints the table of docs/api.md.
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
#: Made up as the description has it; the same with names that are there; made up as it forbids.
_WAYS = ("made up", "of what is there", "wrong")
#: What is there, by the name of the parameter. A made-up cursor is none that was given, a made-up end may lie before the beginning.
_THERE: Mapping[str, list[str | None]] = {
    "station": ["kim_long", "phu_oc"],
    "identifier": ["w1.1"],
    "quantity": ["water_level", None],
    "cursor": [None],
    "to": [None],
    "path": [
        *("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties", "Observations", "Things('kim_long')"),
        *("Datastreams('kim_long.water_level')/Observations", "Datastreams('kim_long.water_level')/Thing"),
        *("Things('kim_long')/name", "Things('kim_long')/name/$value", "Things/$ref"),
    ],
    "$filter": [None, "id ne 'x'"],
    "$orderby": [None],
    "$select": [None, "id"],
    "$expand": [None],
}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_description_holds(database: Database) -> None:
    house = furnished(database)
    operations = [each.ok() for each in schemathesis.openapi.from_dict(house.api.openapi()).get_all_operations()]
    answered: Counter[tuple[str, str, int]] = Counter()
    for operation, way in product(operations, _WAYS):
        if way == "wrong" and not any(one.location == "query" for one in operation.iter_parameters()):
            continue  # there is nothing to get wrong: any text may stand in a path
        for status in statuses(house, operation, way):
            answered[operation.label, way, status] += 1
    labels = [operation.label for operation in operations]
    sys.stdout.writelines(_row(label, answered) for label in labels)
    assert {label for label, _, status in answered if status == 200} == set(labels), "something is never answered"
    paper = _PAPER.read_text(encoding="utf-8").split("## What made-up questions found")[1]
    assert all(f"`{check}`" in paper for check in _CHECKS)
    assert labels == re.findall(r"^\| `(GET [^`]+)` \|", paper, re.MULTILINE)


def furnished(database: Database) -> House:
    """Readings, a forecast and a public warning."""
    furnish(database, [level(step, 1.0) for step in range(3)])
    issue(database, [forecast(1, 1.0)], START)
    now = datetime.now(UTC)
    warning = public("w1.1", sent=now - timedelta(minutes=5), expires=now + timedelta(hours=6))
    with database.transaction() as connection:
        publish(connection, warning, alert="w1", actor="officer", signer=None, now=now)
    return House(database)


def statuses(house: House, operation: Any, way: str) -> list[int]:
    """With what questions made up in one way were answered; each answer is as described."""
    load_all_checks()
    checks, found = CHECKS.get_by_names(list(_CHECKS)), []
    mode = schemathesis.GenerationMode.NEGATIVE if way == "wrong" else schemathesis.GenerationMode.POSITIVE
    chosen = {name: strategies.sampled_from(values) for name, values in _THERE.items()}

    @hypothesis.seed(7)
    @hypothesis.settings(
        max_examples=_EXAMPLES,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode), strategies.fixed_dictionaries(chosen))
    def hold(case: Any, there: Mapping[str, str | None]) -> None:
        if way == "of what is there":
            for parameters in (case.path_parameters, case.query):
                put(parameters, there)
        request = case.as_transport_kwargs(base_url="http://ews.test/api")
        answer = house.ask(request.pop("url"), **{k: request[k] for k in ("method", "params", "headers")})
        found.append(answer.status_code)
        case.validate_response(answer, checks=checks)

    hold()
    return found


def put(parameters: Any, there: Mapping[str, str | None]) -> None:
    """What is there instead of what was made up; None leaves the parameter out."""
    for name in set(parameters or ()) & set(there):
        if there[name] is None:
            del parameters[name]
        else:
            parameters[name] = there[name]


def _row(label: str, answered: Counter[tuple[str, str, int]]) -> str:
    cells = []
    for way in _WAYS:
        found = sorted(
            (status, count) for (name, how, status), count in answered.items() if (name, how) == (label, way)
        )
        cells.append(", ".join(f"{count} × {status}" for status, count in found) or "-")
    return f"| `{label}` | {' | '.join(cells)} |\n"
