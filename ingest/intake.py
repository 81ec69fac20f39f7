"""What a batch of messages holds: readings to store, readings to reject, station states. Pure: no database, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import structlog

from domain.errors import UnreadableMessageError
from ingest.formats.native import Measurement, Refusal, decode, split
from ingest.formats.registry import NATIVE
from ingest.mapping import Routed
from ingest.metrics import IGNORED
from ingest.network import Network
from ingest.routing import Sources, message_of, read
from ingest.source import Clock, Source
from ingest.topics import ROOT, ReadingTopic, StatusTopic, parse_topic
from storage.rejections import PAYLOAD_LIMIT, Rejection

_STATUS_WORDS = ("online", "offline")
#: What Python raises for values that nobody thought of: half a surrogate pair, 400 digits, a hundred thousand brackets.
_UNFORESEEN = (ValueError, ArithmeticError, RecursionError)

_log = structlog.get_logger(__name__)


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One message as it came off the network. `length`: of the payload as it was sent; a huge one arrives here cut."""

    topic: str
    payload: bytes
    received_at: datetime
    mid: int = 0
    qos: int = 0
    generation: int = 0
    length: int = -1
    retained: bool = False


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A reading of a series that is known, or may be adopted."""

    station: str
    measurement: Measurement
    received_at: datetime
    source: str = NATIVE


@dataclass(slots=True)
class Intake:
    """The content of a batch. `adoptions`: quantities by station that must be registered first.

    `alone`: by station, the arrival and content of the last message that was not an array of stored readings.
    """

    accepted: list[Accepted] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    statuses: list[tuple[str, str, datetime]] = field(default_factory=list)
    adoptions: dict[str, list[str]] = field(default_factory=dict)
    alone: dict[str, tuple[datetime, Measurement | Refusal]] = field(default_factory=dict)
    rejected_by: Counter[str] = field(default_factory=Counter)

    @property
    def by_source(self) -> Counter[str]:
        """Readings in the batch by source."""
        return Counter(one.source for one in self.accepted) + self.rejected_by

    @property
    def received(self) -> int:
        """Readings in the batch; a message that cannot be read at all counts as one."""
        return len(self.accepted) + len(self.rejections)

    @property
    def delays(self) -> dict[str, timedelta]:
        """By station, how long after its own time the last reading arrived that came alone."""
        return {
            station: arrival - one.observed_at
            for station, (arrival, one) in self.alone.items()
            if isinstance(one, Measurement)
        }


_NATIVE_ALONE = Sources()


def take_in(
    envelopes: Iterable[Envelope], network: Network, *, adopt: bool, sources: Sources = _NATIVE_ALONE
) -> Intake:
    """Read every message; whatever a message holds, the others are not affected."""
    intake = Intake()
    for envelope in envelopes:
        source = None if envelope.topic.startswith(ROOT) else sources.of(envelope.topic)
        before = len(intake.accepted), len(intake.rejections)
        try:
            _take_any(source, envelope, network, intake, adopt=adopt)
        except _UNFORESEEN as error:
            # Left alone it would end the worker, and again after each restart, for the broker delivers the message again.
            said = f"{type(error).__name__}: {error}"[:200]
            _log.error("message_unreadable", topic=ascii(envelope.topic), error=said)
            _take_back(intake, network, *before)
            _reject_whole(envelope, UnreadableMessageError("unreadable", said), intake)
        if len(intake.rejections) > before[1]:
            intake.rejected_by[NATIVE if source is None else source.name] += len(intake.rejections) - before[1]
    return intake


def _take_any(source: Source | None, envelope: Envelope, network: Network, intake: Intake, *, adopt: bool) -> None:
    try:
        if source is None:
            _take(envelope, network, intake, adopt=adopt)
        else:
            _take_from(source, envelope, network, intake, adopt=adopt)
    except UnreadableMessageError as error:
        _reject_whole(envelope, error, intake)


def _take_back(intake: Intake, network: Network, accepted: int, rejected: int) -> None:
    """Leave so many readings and rejections: a message that is rejected as a whole counts once."""
    del intake.accepted[accepted:], intake.rejections[rejected:]
    intake.adoptions.clear()
    for one in intake.accepted:
        _adopt(one.station, one.measurement.quantity, network, intake)


def _take(envelope: Envelope, network: Network, intake: Intake, *, adopt: bool) -> None:
    topic = parse_topic(envelope.topic)
    if not adopt and topic.station not in network.stations:
        raise _unknown_station(topic.station)
    if isinstance(topic, StatusTopic):
        _take_status(envelope, topic, network, intake)
        return
    if envelope.length > len(envelope.payload):
        raise _too_large(envelope)
    outcomes = decode(envelope.payload, topic.quantity, envelope.received_at)
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            _reject(envelope, outcome, intake)
        elif not _accept(envelope, topic.station, outcome, network, intake, adopt=adopt):
            _reject(envelope, _not_measured(topic.station, outcome, _alone(topic, outcome, envelope)), intake)
    if len(outcomes) == 1:
        intake.alone[topic.station] = envelope.received_at, outcomes[0]


def _take_from(source: Source, envelope: Envelope, network: Network, intake: Intake, *, adopt: bool) -> None:
    """A message of a configured source."""
    if not source.enabled or (envelope.retained and Clock.ARRIVAL in source.clocks):
        IGNORED.labels(source.name).inc()  # how old a retained message is, nobody knows
        return
    if envelope.length > len(envelope.payload):
        raise _too_large(envelope)
    message = message_of(source, envelope.topic, envelope.payload, envelope.received_at)
    outcomes = list(read(source, message))
    if not outcomes:
        IGNORED.labels(source.name).inc()
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            _reject(envelope, outcome, intake)
        else:
            _take_routed(source, outcome, envelope, network, intake, adopt=adopt)
    live = source.files is None and Clock.ARRIVAL not in source.clocks
    readings = [one for one in outcomes if isinstance(one, Routed)]
    if live and len({(one.station, one.measurement.observed_at) for one in readings}) == 1:
        intake.alone[readings[0].station] = envelope.received_at, readings[0].measurement


def _take_routed(
    source: Source, routed: Routed, envelope: Envelope, network: Network, intake: Intake, *, adopt: bool
) -> None:
    if not adopt and routed.station not in network.stations:
        error = _unknown_station(routed.station)
        _reject(envelope, Refusal(error.reason, error.detail, routed.payload), intake)
    elif not _accept(envelope, routed.station, routed.measurement, network, intake, adopt=adopt, source=source.name):
        _reject(envelope, _not_measured(routed.station, routed.measurement, routed.payload), intake)


def _too_large(envelope: Envelope) -> UnreadableMessageError:
    return UnreadableMessageError("too_large", f"{envelope.length} bytes")


def _accept(
    envelope: Envelope,
    station: str,
    measurement: Measurement,
    network: Network,
    intake: Intake,
    *,
    adopt: bool,
    source: str = NATIVE,
) -> bool:
    """Take a reading; False when its series is neither configured nor may be adopted."""
    if (station, measurement.quantity) not in network.numbers:
        if not (adopt and network.adoptable(station)):
            return False
        _adopt(station, measurement.quantity, network, intake)
    intake.accepted.append(Accepted(station, measurement, envelope.received_at, source))
    return True


def _adopt(station: str, quantity: str, network: Network, intake: Intake) -> None:
    if (station, quantity) not in network.numbers and quantity not in intake.adoptions.setdefault(station, []):
        intake.adoptions[station].append(quantity)


def _not_measured(station: str, measurement: Measurement, payload: bytes) -> Refusal:
    return Refusal("unknown_quantity", f"{measurement.quantity} is not configured for {station}", payload)


def _alone(topic: ReadingTopic, measurement: Measurement, envelope: Envelope) -> bytes:
    """The JSON of this reading alone, so that its neighbours are not replayed with it."""
    at, value = measurement.observed_at.isoformat(), measurement.value
    if topic.quantity is None:
        return f'{{"observed_at": "{at}", "values": {{"{measurement.quantity}": {value!r}}}}}'.encode()
    if envelope.payload[:1] != b"[":
        return envelope.payload
    return f'{{"observed_at": "{at}", "value": {value!r}}}'.encode()


def _take_status(envelope: Envelope, topic: StatusTopic, network: Network, intake: Intake) -> None:
    if not envelope.payload:
        return  # a retained status that is being cleared
    word = envelope.payload[:64].decode("utf-8", "replace").strip().lower()
    if word not in _STATUS_WORDS:
        raise UnreadableMessageError("bad_status", f"{word[:40]!r} is none of {', '.join(_STATUS_WORDS)}")
    # A station that is adopted by its first reading may say "online" before it: the broker repeats that word.
    if topic.station in network.stations:
        intake.statuses.append((topic.station, word, envelope.received_at))


def _unknown_station(station: str) -> UnreadableMessageError:
    return UnreadableMessageError("unknown_station", f"{station} is not configured")


def _reject(envelope: Envelope, refusal: Refusal, intake: Intake) -> None:
    intake.rejections.append(
        Rejection(
            received_at=envelope.received_at,
            topic=envelope.topic,
            reason=refusal.reason,
            detail=refusal.detail,
            payload=refusal.payload,
        )
    )


def _reject_whole(envelope: Envelope, error: UnreadableMessageError, intake: Intake) -> None:
    """A message as one rejection. One too long to be kept whole is kept reading by reading, so that it can be replayed."""
    for payload in _keepable(envelope, error.reason):
        whole = payload is envelope.payload and envelope.length >= 0
        intake.rejections.append(
            Rejection(
                received_at=envelope.received_at,
                topic=envelope.topic,
                reason=error.reason,
                detail=error.detail,
                payload=payload,
                payload_bytes=envelope.length if whole else None,
            )
        )


def _keepable(envelope: Envelope, reason: str) -> list[bytes]:
    if reason != "unknown_station" or len(envelope.payload) <= PAYLOAD_LIMIT or envelope.length > len(envelope.payload):
        return [envelope.payload]
    try:
        return split(envelope.payload)
    except UnreadableMessageError:
        return [envelope.payload]


def touched(accepted: Iterable[Accepted], repeated: frozenset[int]) -> list[str]:
    """The "station/quantity" names of the readings that are not duplicates."""
    return [f"{a.station}/{a.measurement.quantity}" for i, a in enumerate(accepted) if i not in repeated]


def by_series(accepted: Iterable[Accepted], numbers: Mapping[tuple[str, str], int]) -> dict[int, list[int]]:
    """The positions of each series' readings in order of observed_at; equal times stay in order of arrival."""
    found: dict[int, list[int]] = {}
    listed = list(accepted)
    for position, one in enumerate(listed):
        found.setdefault(numbers[one.station, one.measurement.quantity], []).append(position)
    for positions in found.values():
        positions.sort(key=lambda i: listed[i].measurement.observed_at)
    return found
