"""Who may say and hear what at the broker. Pure: made from the network, the recipients and broker.toml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alerts.recipients import CITY, Recipient
from domain.broker_users import BrokerUsers, Gateway, Partner
from domain.errors import ConfigurationError
from domain.network import Network

_READINGS, _ALERTS, _GATEWAYS, _SIRENS = "ews/v1", "ews/alerts/v1", "ews/gateways/v1", "ews/sirens/v1"
_OBSERVATIONS = "ews/observations/v1"
_EVERY_STATION = "*"
_HEADING = """\
# Rights at the broker, one user a paragraph; whoever stands nowhere may do nothing.
# Written by `ews broker-acl` from stations.toml, recipients.toml and broker.toml: change those and run it again, then send
# Mosquitto SIGHUP. A subscription $share/<group>/<filter> needs what <filter> needs: Mosquitto looks at the topic delivered.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserRights:
    """One user. `about`: who that is, for whoever reads the list. A topic that is in neither tuple is refused."""

    user: str
    about: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


def broker_rights(
    network: Network,
    recipients: Sequence[Recipient],
    users: BrokerUsers,
    *,
    place: Path,
    sirens: Sequence[str] = (),
) -> list[UserRights]:
    """The rights of everybody: our processes, stations, gateways, recipients, partners, in this order.

    Raises ConfigurationError, with `place` (the path of broker.toml), for two users of one name, and for a station or
    ward that does not exist.
    """
    for key, value, remedy in _faults(network, recipients, users):
        raise ConfigurationError(place=str(place), key=key, value=value, remedy=remedy)
    return [
        *_processes(users),
        *(_station(name) for name in network.stations),
        *(_gateway(gateway) for gateway in users.gateway),
        *(_listener(r.id, f"recipient: {r.name_en}", (r.area,), ()) for r in recipients),
        *(_siren(name) for name in sirens),
        *(_partner(p) for p in users.partner),
    ]


def _processes(users: BrokerUsers) -> Iterator[UserRights]:
    further = tuple(dict.fromkeys(topic for gateway in users.gateway for topic in gateway.topics))
    reads, writes = (f"{_READINGS}/#", *further), (f"{_ALERTS}/#", f"{_SIRENS}/+/sound")
    answers = f"{_SIRENS}/+/answer"
    ingest, scheduler = users.users.ingest, users.users.scheduler
    accepted = f"{_OBSERVATIONS}/#"
    if ingest == scheduler:
        yield UserRights(user=ingest, about="ingest and scheduler", reads=(*reads, answers), writes=(*writes, accepted))
        return
    yield UserRights(user=ingest, about="ingest", reads=reads, writes=(accepted,))
    yield UserRights(user=scheduler, about="scheduler", reads=(answers,), writes=writes)


def _siren(name: str) -> UserRights:
    """It hears what it is to sound, and answers; no other siren's."""
    own = f"{_SIRENS}/{name}"
    return UserRights(user=f"siren_{name}", about="siren", reads=(f"{own}/sound",), writes=(f"{own}/answer",))


def _station(name: str) -> UserRights:
    return UserRights(user=name, about="station", writes=_own_topics(name))


def _own_topics(station: str) -> tuple[str, str]:
    """Several quantities at once; one quantity, or the status."""
    return f"{_READINGS}/{station}", f"{_READINGS}/{station}/+"


def _gateway(gateway: Gateway) -> UserRights:
    own = (f"{_GATEWAYS}/{name}/status" for name in gateway.names or (gateway.user,))
    for_stations = (topic for station in gateway.stations for topic in _own_topics(station))
    return UserRights(user=gateway.user, about="gateway", writes=(*own, *for_stations, *gateway.topics))


def _listener(user: str, about: str, areas: Iterable[str], stations: Iterable[str]) -> UserRights:
    alerts = (f"{_ALERTS}/#" if area == CITY else f"{_ALERTS}/{area}/#" for area in areas)
    readings = (f"{_READINGS}/#" if name == _EVERY_STATION else f"{_READINGS}/{name}/#" for name in stations)
    return UserRights(user=user, about=about, reads=(*alerts, *readings))


def _partner(partner: Partner) -> UserRights:
    heard = _listener(partner.user, "partner", partner.alerts, partner.stations)
    every = _EVERY_STATION in partner.observations
    accepted = ("#",) if every else tuple(f"{name}/#" for name in partner.observations)
    return replace(heard, reads=(*heard.reads, *(f"{_OBSERVATIONS}/{each}" for each in accepted)))


_Fault = tuple[str, object, str]


def _faults(network: Network, recipients: Sequence[Recipient], users: BrokerUsers) -> Iterator[_Fault]:
    taken = dict.fromkeys(network.stations, "a station") | {r.id: "a recipient" for r in recipients}
    own = {users.users.ingest: "users.ingest", users.users.scheduler: "users.scheduler"}
    named = [
        *((name, key) for name, key in own.items()),
        *((g.user, "gateway.user") for g in users.gateway),
        *((p.user, "partner.user") for p in users.partner),
    ]
    for name, key in named:
        if name in taken:
            yield key, name, f"is the name of {taken[name]} already; every user needs a name of its own"
        taken[name] = key
    for both in sorted(network.stations.keys() & {r.id for r in recipients}):
        yield "user", both, "is a station and a recipient; rename one of them"
    for gateway in users.gateway:
        yield from _unknown_stations(f"gateway[{gateway.user}]", gateway.stations, network)
    for partner in users.partner:
        yield from _partner_faults(partner, network)


def _partner_faults(partner: Partner, network: Network) -> Iterator[_Fault]:
    key = f"partner[{partner.user}]"
    for which, names in (("stations", partner.stations), ("observations", partner.observations)):
        yield from _unknown_stations(key, (name for name in names if name != _EVERY_STATION), network, which)
    for area in partner.alerts:
        if area != CITY and area not in network.wards:
            yield f"{key}.alerts", area, f"must be {CITY} or the code of a ward in geo/wards.geojson"


def _unknown_stations(key: str, names: Iterable[str], network: Network, which: str = "stations") -> Iterator[_Fault]:
    for name in names:
        if name not in network.stations:
            yield f"{key}.{which}", name, "no station of stations.toml has this id"


def mosquitto_acl(rights: Iterable[UserRights]) -> str:
    """The rights as Mosquitto's acl_file."""
    return _HEADING + "".join(_paragraph(one) for one in rights)


def _paragraph(one: UserRights) -> str:
    lines = [f"# {one.about}", f"user {one.user}"]
    lines += [f"topic read {topic}" for topic in one.reads]
    lines += [f"topic write {topic}" for topic in one.writes]
    return "\n" + "\n".join(lines) + "\n"
