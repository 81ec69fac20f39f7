"""Who asks, and what is shared with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from dash_app.access import current_visitor
from dash_app.addresses import holder
from domain.agencies import Agencies
from domain.stations import Station

#: Who asks without saying who it is, where that is allowed.
EVERYBODY = "everybody"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """An agency, an account or nobody in particular. `stations`: those it sees; None: all. `address`: where it asks from."""

    name: str
    stations: frozenset[str] | None
    address: str

    @property
    def key(self) -> str:
        """By whom requests are counted: those who say no name by their address."""
        return f"{self.name} {holder(self.address)}" if self.name == EVERYBODY else self.name

    def sees(self, station: str) -> bool:
        """Whether a station is shared with it."""
        return self.stations is None or station in self.stations

    def shared(self, by_station: Mapping[str, Station]) -> dict[str, Station]:
        """What it sees of all stations."""
        return {name: station for name, station in by_station.items() if self.sees(name)}


#: Tells who sent a request.
Recognize = Callable[[Request], Asker]


def by_shares(agencies: Agencies) -> Recognize:
    """Whoever the gate let in sees what agencies.toml shares with them, and of that what their token is for."""

    def recognize(request: Request) -> Asker:
        address = request.client.host if request.client is not None else ""
        visitor = current_visitor()
        if visitor is None:
            return Asker(name=EVERYBODY, stations=agencies.seen_by(EVERYBODY), address=address)
        if visitor.token is None:
            return Asker(name=visitor.name, stations=agencies.seen_by(visitor.name), address=address)
        shared = common(agencies.seen_by(visitor.token.holder), visitor.token.stations)
        return Asker(name=visitor.name, stations=shared, address=address)

    return recognize


def common(shared: frozenset[str] | None, meant: Collection[str] | None) -> frozenset[str] | None:
    """The stations in both; None: all."""
    if meant is None:
        return shared
    return frozenset(meant) if shared is None else shared & frozenset(meant)


def asker_of(request: Request) -> Asker:
    """Who sent this request, as it was recognized before its route began."""
    found: Any = request.state.asker
    assert isinstance(found, Asker)
    return found
