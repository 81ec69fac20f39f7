"""Where a SensorThings address leads: from set to entity to set, to a property, its bare value, or links alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dash_app.open_data.problems import ProblemError, not_there
from dash_app.open_data.sensor_things.answering import Answering
from dash_app.open_data.sensor_things.model import WAYS, Catalogue, Entity, Kind
from dash_app.open_data.sensor_things.observing import moment_of, stream_of

_STEP = re.compile(r"([A-Za-z$@][A-Za-z_.]*)(?:\('((?:[^']|'')*)'\))?")
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at an address: an entity, or a set (`ids`, of Observations those of their Datastreams).

    `property`: one property of the entity; `bare`: its value alone; `links`: of the set, the addresses alone.
    """

    kind: Kind
    entity: Entity | None = None
    ids: tuple[str, ...] = ()
    property: str | None = None
    bare: bool = False
    links: bool = False


class Walk:
    """Follows an address step by step."""

    def __init__(self, catalogue: Catalogue, answering: Answering) -> None:
        self._catalogue, self._answering = catalogue, answering

    def place(self, path: str) -> Place:
        """Where a path leads. Raises ProblemError 404 when it leads nowhere."""
        steps = path.split("/")
        if len(steps) > _MOST_STEPS:
            raise not_there("address", path)
        place: Place | None = None
        for step in steps:
            matched = _STEP.fullmatch(step)
            if matched is None:
                raise not_there("address", path)
            name, identifier = matched[1], matched[2]
            place = self._next(place, name, path)
            if identifier is not None:
                place = self._one(place, identifier.replace("''", "'"), path)
        assert place is not None
        return place

    def _next(self, place: Place | None, name: str, path: str) -> Place:
        if place is None:
            return self._set(name, path)
        if place.property is not None or place.links:
            return self._value(place, name, path)
        if place.entity is None:
            if name != "$ref":
                raise not_there("address", path)
            return Place(place.kind, ids=place.ids, links=True)
        return self._from(place.entity, name, path)

    def _set(self, name: str, path: str) -> Place:
        if name not in set(Kind):
            raise not_there("set of entities", path)
        kind = Kind(name)
        return Place(kind, ids=tuple(self._catalogue.ids(kind)))

    def _value(self, place: Place, name: str, path: str) -> Place:
        if name != "$value" or place.links or place.bare:
            raise not_there("address", path)
        return Place(place.kind, entity=place.entity, property=place.property, bare=True)

    def _from(self, entity: Entity, name: str, path: str) -> Place:
        way = WAYS[entity.kind].get(name)
        if way is None:
            if name not in entity.properties:
                raise not_there("address", path)
            return Place(entity.kind, entity=entity, property=name)
        ids = self._answering.related(entity, way)
        if way.many:
            return Place(way.target, ids=tuple(ids))
        return Place(way.target, entity=self._catalogue.entity(way.target, ids[0]))

    def _one(self, place: Place, identifier: str, path: str) -> Place:
        if place.entity is not None or place.links:
            raise not_there("address", path)
        entity = self._found(place, identifier)
        if entity is None:
            raise _missing(place.kind, identifier)
        return Place(place.kind, entity=entity)

    def _found(self, place: Place, identifier: str) -> Entity | None:
        if place.kind is Kind.OBSERVATIONS:
            stream = stream_of(identifier)
            if stream not in place.ids:
                return None
            return self._answering.one_observation(stream, moment_of(identifier))
        return self._catalogue.entity(place.kind, identifier) if identifier in place.ids else None


def _missing(kind: Kind, identifier: str) -> ProblemError:
    return not_there(kind.value, identifier)
