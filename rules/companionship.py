"""Which stations compound rules judge together, and what they ask: worked out once for a network, asked in every round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from domain.stations import Station
from rules.compound import places
from rules.threshold_tables import CompoundRule


class Companionship:
    """The companions of each station under some compound rules."""

    def __init__(self, rules: Iterable[CompoundRule], stations: Mapping[str, Station]) -> None:
        joined: set[str] = set()
        companions: dict[str, set[str]] = {}
        asked: dict[str, set[str]] = {}
        for rule in rules:
            for station in stations.values():
                if rule.stations and station.id not in rule.stations:
                    continue
                if all(len(places(station, part)) >= part.needed for part in rule.parts):
                    asked.setdefault(station.id, set()).update(part.rule for part in rule.parts)
                members = {station.id, *(place for part in rule.parts for place in places(station, part))}
                if len(members) > 1:
                    joined |= members
                    for name in members:
                        companions.setdefault(name, set()).update(members & stations.keys())
        #: The stations that are judged together with others.
        self.joined = frozenset(joined)
        self._companions = companions
        #: The rules that compound rules look at, by the station at which they may find something.
        self.asked = {name: frozenset(rules_asked) for name, rules_asked in asked.items()}

    def of(self, names: Collection[str]) -> frozenset[str]:
        """`names` and the stations that are judged together with them."""
        return frozenset(names).union(*(self._companions[name] for name in names if name in self._companions))
