"""Observations: from conditions to the question that is put to the database, and from rows to entities."""

from __future__ import annotations

from datetime import datetime

from dash_app.open_data.problems import bad, not_there
from dash_app.open_data.sensor_things.judging import holds
from dash_app.open_data.sensor_things.model import Catalogue, Entity, Kind
from dash_app.open_data.sensor_things.options import Options
from domain.readings import QualityFlag
from domain.times import local
from storage.conditions import Both, Comparison, Condition, Either, Negation, OneOf
from storage.excerpts import instant
from storage.sensor_observations import COLUMNS, ObservationQuestion, ObservationRow

_TIMES = {("phenomenonTime",), ("resultTime",), ("parameters", "received_at")}
_ALLOWED = ["/".join(path) for path in COLUMNS]


def question(catalogue: Catalogue, series: list[int], options: Options) -> ObservationQuestion:
    """What to ask of these series. Raises ProblemError for properties and values that an Observation does not have."""
    for path, _ in options.order:
        if path not in COLUMNS:
            raise bad("$orderby", f"Observations are not ordered by {'/'.join(path)!r}", _ALLOWED)
    condition = None if options.condition is None else _of_rows(catalogue, options.condition)
    return ObservationQuestion(series=series, condition=condition, order=options.order, skip=options.skip)


def _of_rows(catalogue: Catalogue, condition: Condition) -> Condition:
    """The same with what it says of Datastreams answered already."""
    if isinstance(condition, Both):
        return Both(tuple(_of_rows(catalogue, part) for part in condition.parts))
    if isinstance(condition, Either):
        return Either(tuple(_of_rows(catalogue, part) for part in condition.parts))
    if isinstance(condition, Negation):
        return Negation(_of_rows(catalogue, condition.part))
    assert not isinstance(condition, OneOf)
    if condition.path[0] == "Datastream" and len(condition.path) > 1:
        return _of_streams(catalogue, condition)
    _check(condition)
    return condition


def _of_streams(catalogue: Catalogue, condition: Comparison) -> OneOf:
    inner = Comparison(condition.path[1:], condition.operator, condition.value)
    streams = (catalogue.entity(Kind.DATASTREAMS, name) for name in catalogue.ids(Kind.DATASTREAMS))
    return OneOf(tuple(catalogue.numbers[one.id] for one in streams if holds(catalogue, one, inner)))


def _check(condition: Comparison) -> None:
    name = "/".join(condition.path)
    if condition.path not in COLUMNS:
        raise bad("$filter", f"Observations have no property {name!r}", [*_ALLOWED, "Datastream/<property>"])
    if condition.value is None:
        return
    if condition.path in _TIMES:
        if not isinstance(condition.value, datetime):
            raise bad("$filter", f"{name} is compared with a time", ["2025-10-27T06:00:00+07:00"])
    elif isinstance(condition.value, bool) or not isinstance(condition.value, float):
        raise bad("$filter", f"{name} is compared with a number", ["3.5"])


def observation(catalogue: Catalogue, row: ObservationRow) -> Entity:
    """A reading as an Observation."""
    observed = local(instant(row.observed_us))
    properties = {
        "phenomenonTime": observed,
        "resultTime": observed,
        "result": row.value,
        "resultQuality": {"nameOfMeasure": "QARTOD primary flag", "flag": row.flag, "word": _word(row.flag)},
        "parameters": {"received_at": local(instant(row.received_us))},
    }
    return Entity(Kind.OBSERVATIONS, f"{catalogue.streams[row.series_id]}.{row.observed_us}", properties)


def _word(flag: int) -> str:
    return QualityFlag(flag).name.lower().replace("_", " ")


def stream_of(identifier: str) -> str:
    """The Datastream of an Observation."""
    return identifier.rpartition(".")[0]


def moment_of(identifier: str) -> datetime:
    """When it was measured. Raises ProblemError 404 when there can be no such Observation."""
    try:
        return instant(int(identifier.rpartition(".")[2]))
    except (ValueError, OverflowError):
        raise not_there("Observation", identifier) from None
