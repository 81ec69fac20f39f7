"""The retained state of every area is what it should be, whatever became of the broker, of this process or of a message.

Deliveries publish each change at once. But a broker that is killed forgets what it has not written down yet (Mosquitto up to a
minute, the embedded one everything): a warning that is over would stand there again, and one that runs would be gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alerts.area_state import area_facts, heard_in, readers_of
from alerts.channels.message import Sent
from alerts.channels.mqtt import Publisher, area_payload, area_topic
from alerts.composition import Postage
from alerts.recipients import Recipient
from scheduler.house import House
from storage import alerts as alert_store
from storage.database import Connection
from storage.published_areas import add_published, published_areas
from storage.tellings import exercise_channels

#: So often everything is compared although the broker was there all the time: a silence holds messages back, and rows are given up.
_EVERY = timedelta(minutes=5)
_PUBLISH_S = 5.0


def renew_areas(house: House, names: frozenset[str] | None, now: datetime) -> int:
    """Publish the areas of which the broker keeps another state, all of them after each connection; how many.

    Those too that nobody has a copy of any more, where this installation published: what is retained there would stand for
    good. Where it never did, what is retained is another system's, on a broker that both use.
    """
    del names  # areas know their stations
    publisher, told = house.publisher, house.areas_told
    if publisher is None or publisher.connect(_PUBLISH_S) is not None:
        return 0
    connections = publisher.connections
    anew = connections != told.connections
    if not anew and told.at is not None and now - told.at < _EVERY:
        return 0
    before = dict(publisher.retained)
    ours = {area_topic(area): payload for area, payload in _ours(house, now).items()}
    wanted = [each for each in ours.items() if anew or not _same(before.get(each[0]), each[1])]
    done = [_publish(publisher, topic, payload, before) for topic, payload in wanted]
    if all(done):
        told.connections, told.at = connections, now
    return sum(done)


def _ours(house: House, now: datetime) -> dict[str, bytes]:
    """The document of every area that this installation published once, or does now; empty where nothing is active."""
    with house.database.transaction() as connection:
        documents = {area: payload for area, payload in _wanted(house, connection, now) if payload}
        known = published_areas(connection)
        add_published(connection, documents.keys() - known)
    return {area: documents.get(area, b"") for area in {*known, *documents}}


def _wanted(house: House, connection: Connection, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Area and document of every area that somebody has a copy of."""
    channels = [name for name, outlet in house.outlets.items() if outlet.area_state]
    allowed = exercise_channels(connection)
    active = alert_store.active_alerts(connection)
    postage = Postage(
        recipients=house.recipients, contacts={}, public_url=None, link_key=b"", active=active, stations=house.stations
    )
    for area in dict.fromkeys(recipient.area for recipient in house.recipients):
        readers = readers_of(house.recipients, area, channels)
        if readers:
            used = {name for each in readers for name in (*each.copies, *each.channels)}.intersection(channels)
            yield area, _document(area, readers, postage, now, exercises=not used.isdisjoint(allowed))


def _document(area: str, readers: Sequence[Recipient], postage: Postage, now: datetime, *, exercises: bool) -> bytes:
    return area_payload(area_facts(area, heard_in(readers, postage, exercises=exercises), now))


def _publish(publisher: Publisher, topic: str, payload: bytes, before: dict[str, bytes]) -> bool:
    """Unless a delivery has published something newer meanwhile."""
    if publisher.retained.get(topic) is not before.get(topic):
        return True
    return isinstance(publisher.publish(topic, payload, _PUBLISH_S, retain=True), Sent)


def _same(known: bytes | None, wanted: bytes) -> bool:
    """Whether two documents say the same, whenever they were published."""
    return known is not None and _said(known) == _said(wanted)


def _said(payload: bytes) -> Any:
    facts = msgspec.json.decode(payload) if payload else {}
    return {key: value for key, value in facts.items() if key != "published_at"}
