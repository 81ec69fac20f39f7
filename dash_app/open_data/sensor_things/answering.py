"""Entities as SensorThings writes them, with their links, what was selected of them and what hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from dash_app.open_data.problems import bad
from dash_app.open_data.sensor_things.effort import Effort
from dash_app.open_data.sensor_things.judging import comparisons, holds, ordered
from dash_app.open_data.sensor_things.model import WAYS, Catalogue, Entity, Kind, Way
from dash_app.open_data.sensor_things.observing import observation, question, stream_of
from dash_app.open_data.sensor_things.options import Options
from storage.conditions import Comparison, Operator
from storage.database import Database
from storage.sensor_observations import ObservationQuestion, count_observations, observations


class Answering:
    """One answer over one catalogue."""

    def __init__(self, catalogue: Catalogue, database: Database, base: str) -> None:
        self._catalogue, self._database, self.base = catalogue, database, base
        self._effort = Effort()
        self.rows = 0  # Observations given

    def collection(self, kind: Kind, ids: Sequence[str], options: Options, address: str) -> dict[str, Any]:
        """A set, cut to size. `ids`: of its entities; of Observations: of their Datastreams. `address`: without options."""
        entities, more, count = self._chosen(kind, ids, options)
        found: dict[str, Any] = {} if count is None else {"@iot.count": count}
        found["value"] = [self.entity(one, options) for one in entities]
        if more:
            found["@iot.nextLink"] = _following(address, options)
        return found

    def _chosen(self, kind: Kind, ids: Sequence[str], options: Options) -> tuple[list[Entity], bool, int | None]:
        if kind is Kind.OBSERVATIONS:
            return self._observed(ids, options)
        chosen = self._ordered(kind, ids, options)
        cut = [self._catalogue.entity(kind, name) for name in chosen[options.skip : options.skip + options.top]]
        more = bool(options.top) and len(chosen) > options.skip + options.top
        return cut, more, len(chosen) if options.count else None

    def _ordered(self, kind: Kind, ids: Sequence[str], options: Options) -> Sequence[str]:
        """Those that fulfil the condition, in the order that was asked for."""
        looks = comparisons(options.condition) + len(options.order)
        if not looks:
            return ids
        self._effort.look(len(ids) * looks)
        found = [self._catalogue.entity(kind, name) for name in ids]
        found = [one for one in found if holds(self._catalogue, one, options.condition)]
        return [one.id for one in ordered(self._catalogue, found, options.order)]

    def _observed(self, streams: Sequence[str], options: Options) -> tuple[list[Entity], bool, int | None]:
        self._effort.ask()
        self._effort.look(comparisons(options.condition, of_streams=True) * len(self._catalogue.numbers))
        asked = question(self._catalogue, [self._catalogue.numbers[name] for name in streams], options)
        with self._database.transaction() as connection:
            count = count_observations(connection, asked) if options.count else None
            rows = observations(connection, asked, options.top + 1) if options.top else []
        given = rows[: options.top]
        self.rows += len(given)
        return [observation(self._catalogue, row) for row in given], len(rows) > options.top, count

    def one_observation(self, stream: str, moment: Any) -> Entity | None:
        """The Observation of a Datastream at a moment."""
        asked = ObservationQuestion(
            series=[self._catalogue.numbers[stream]],
            condition=Comparison(("phenomenonTime",), Operator.EQ, moment),
        )
        with self._database.transaction() as connection:
            rows = observations(connection, asked, 1)
        self.rows += len(rows)
        return observation(self._catalogue, rows[0]) if rows else None

    def entity(self, entity: Entity, options: Options) -> dict[str, Any]:
        """One entity with its links."""
        self._effort.give()
        found = self._whole(entity)
        if options.select:
            found = _selected(entity.kind, found, options.select)
        for name, further in options.expand.items():
            found.pop(f"{name}@iot.navigationLink", None)
            found |= self._expanded(entity, name, further)
        return found

    def link(self, entity: Entity) -> str:
        """Where it is."""
        return f"{self.base}/{entity.kind.value}('{quote(entity.id)}')"

    def _whole(self, entity: Entity) -> dict[str, Any]:
        here = self.link(entity)
        found = {"@iot.id": entity.id, "@iot.selfLink": here, **entity.properties}
        return found | {f"{name}@iot.navigationLink": f"{here}/{name}" for name in WAYS[entity.kind]}

    def _expanded(self, entity: Entity, name: str, options: Options) -> dict[str, Any]:
        way = WAYS[entity.kind][name]
        ids = self.related(entity, way)
        if not way.many:
            return {name: self.entity(self._catalogue.entity(way.target, ids[0]), options)}
        found = self.collection(way.target, ids, options, f"{self.link(entity)}/{name}")
        document = {name: found["value"]}
        for tag in ("@iot.count", "@iot.nextLink"):
            if tag in found:
                document[f"{name}{tag}"] = found[tag]
        return document

    def related(self, entity: Entity, way: Way) -> list[str]:
        """The ids at the end of a way; of Observations: those of their Datastreams."""
        if entity.kind is Kind.OBSERVATIONS:
            return [stream_of(entity.id)]
        if way.target is Kind.OBSERVATIONS:
            return [entity.id]
        return self._catalogue.related(entity.kind, entity.id, way.target)


def _following(address: str, options: Options) -> str:
    said: Mapping[str, Any] = {**options.written, "$skip": options.skip + options.top}
    return f"{address}?{urlencode(said, safe='$,/()', quote_via=quote)}"


def _selected(kind: Kind, found: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for name in names:
        key = "@iot.id" if name == "id" else name
        key = f"{name}@iot.navigationLink" if name in WAYS[kind] else key
        if key not in found:
            allowed = ["id", *(each for each in found if "@" not in each), *WAYS[kind]]
            raise bad("$select", f"there is no property {name[:100]!r}", allowed)
        chosen[key] = found[key]
    return chosen
