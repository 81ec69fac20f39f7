"""The devices' topic tree: ews/v1/<station>/<quantity>, ews/v1/<station>, ews/v1/<station>/status."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES
from domain.stations import STATION_ID

#: What the ingest worker subscribes to.
ROOT = "ews/v1/"
SUBSCRIPTION = f"{ROOT}#"
_ROOT = ["ews", "v1"]
_STATUS = "status"


@dataclass(frozen=True, slots=True)
class ReadingTopic:
    """A topic that carries readings. `quantity` None: the payload names several."""

    station: str
    quantity: str | None


@dataclass(frozen=True, slots=True)
class StatusTopic:
    """A topic that says whether a station is online."""

    station: str


@lru_cache(maxsize=10_000)
def parse_topic(topic: str) -> ReadingTopic | StatusTopic:
    """What a topic is about. Raises UnreadableMessageError: bad_topic, unknown_quantity."""
    parts = topic.split("/")
    if parts[:2] != _ROOT or len(parts) not in (3, 4) or not STATION_ID.fullmatch(parts[2]):
        raise UnreadableMessageError("bad_topic", f"{topic!r} is not ews/v1/<station>/<quantity>; ids are [a-z0-9_-]")
    if len(parts) == 3:
        return ReadingTopic(parts[2], None)
    if parts[3] == _STATUS:
        return StatusTopic(parts[2])
    return ReadingTopic(parts[2], known_quantity(parts[3]))


def known_quantity(name: str) -> str:
    """`name` itself. Raises UnreadableMessageError: unknown_quantity."""
    if name not in QUANTITIES:
        raise UnreadableMessageError("unknown_quantity", f"{name!r} is none of {', '.join(QUANTITIES)}")
    return name
