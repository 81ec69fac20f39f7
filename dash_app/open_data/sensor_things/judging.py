"""Conditions and orders on entities that are in memory: all but Observations."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash_app.open_data.problems import bad
from dash_app.open_data.sensor_things.model import WAYS, Catalogue, Entity
from storage.conditions import Both, Comparison, Condition, Either, Negation, OneOf, Operator

_ID = {"@iot.id", "id"}
_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def value_at(catalogue: Catalogue, entity: Entity, path: Sequence[str], option: str) -> Any:
    """What stands at a path, over ways to one entity too. Raises ProblemError for what is not there."""
    name, rest = path[0], path[1:]
    if name in _ID and not rest:
        return entity.id
    way = WAYS[entity.kind].get(name)
    if way is not None and not way.many and rest:
        other = catalogue.related(entity.kind, entity.id, way.target)[0]
        return value_at(catalogue, catalogue.entity(way.target, other), rest, option)
    found: Any = entity.properties
    for part in path:
        if not isinstance(found, dict) or part not in found:
            ones = [each for each, where in WAYS[entity.kind].items() if not where.many]
            raise bad(option, f"there is no property {'/'.join(path)!r}", ["id", *entity.properties, *ones])
        found = found[part]
    if isinstance(found, (dict, list)):
        raise bad(option, f"{'/'.join(path)!r} is not one value")
    return found


def holds(catalogue: Catalogue, entity: Entity, condition: Condition | None) -> bool:
    """Whether an entity fulfils a condition. Raises ProblemError when it asks for what is not there."""
    if condition is None:
        return True
    if isinstance(condition, Both):
        return all(holds(catalogue, entity, part) for part in condition.parts)
    if isinstance(condition, Either):
        return any(holds(catalogue, entity, part) for part in condition.parts)
    if isinstance(condition, Negation):
        return not holds(catalogue, entity, condition.part)
    assert not isinstance(condition, OneOf)  # speaks of Observations alone
    return _compares(value_at(catalogue, entity, condition.path, "$filter"), condition)


def comparisons(condition: Condition | None, *, of_streams: bool = False) -> int:
    """How many comparisons a condition is made of; `of_streams`: those that speak of the Datastream of an Observation."""
    if isinstance(condition, (Both, Either)):
        return sum(comparisons(part, of_streams=of_streams) for part in condition.parts)
    if isinstance(condition, Negation):
        return comparisons(condition.part, of_streams=of_streams)
    return int(isinstance(condition, Comparison) and (not of_streams or condition.path[0] == "Datastream"))


def _compares(value: Any, comparison: Comparison) -> bool:
    wanted, way = comparison.value, comparison.operator
    if value is None or wanted is None:
        return (value is wanted) if way is Operator.EQ else way is Operator.NE and value is not wanted
    if _sort(value) != _sort(wanted) or (isinstance(value, bool) and way not in (Operator.EQ, Operator.NE)):
        raise bad("$filter", f"{'/'.join(comparison.path)} cannot be compared with this value by {way.value}")
    return _COMPARE[way](value, wanted)


def _sort(value: object) -> type:
    return float if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def ordered(
    catalogue: Catalogue, entities: list[Entity], order: Sequence[tuple[tuple[str, ...], bool]]
) -> list[Entity]:
    """The entities in the order that was asked for; what has no value comes first, and last when descending."""
    for path, descending in reversed(order):
        keyed = [(value_at(catalogue, one, path, "$orderby"), one) for one in entities]
        keyed.sort(key=lambda pair: (pair[0] is not None, pair[0] if pair[0] is not None else 0), reverse=descending)
        entities = [one for _, one in keyed]
    return entities
