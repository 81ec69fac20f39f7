"""What the ingest worker counts about itself, and the page on which Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from domain.errors import ConfigurationError
from storage.accounts import Counts

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)

MESSAGES = Counter("ews_ingest_messages", "MQTT messages received")
DROPPED = Counter("ews_ingest_dropped", "QoS 0 messages dropped because the inbox was full")
IGNORED = Counter("ews_ingest_ignored", "Messages of a source that carry no readings, such as joins", ["source"])
WAITING = Gauge("ews_ingest_waiting", "Messages received and not yet taken into a batch")
WINDOW = Gauge("ews_ingest_window", "QoS 1 messages that the broker may have under way to us")
UNACKNOWLEDGED = Gauge(
    "ews_ingest_unacknowledged", "QoS 1 messages of the present connection that wait for their commit"
)
STALE = Counter("ews_ingest_stale_acknowledgements", "Acknowledgements not sent because their connection is gone")
RECONNECTS = Counter("ews_ingest_reconnects", "Connections to the broker after the first")
CONNECTED = Gauge("ews_ingest_broker_connected", "1 while connected to the broker")
DATABASE_AWAY = Gauge("ews_ingest_database_away", "1 while the database takes nothing: away, full or read-only")
CLOCK_SKEW = Gauge("ews_ingest_clock_skew_seconds", "Median of arrival - observed_at of live readings", ["station"])
BATCH_MESSAGES = Histogram(
    "ews_ingest_batch_messages", "Messages in a batch", buckets=(1, 5, 20, 100, 500, 1000, 2000, 4000)
)
BATCH_SECONDS = Histogram("ews_ingest_batch_seconds", "Time from taking a batch to its commit", buckets=_SECONDS)
COMMIT_SECONDS = Histogram("ews_ingest_commit_seconds", "Time of the transaction that stores a batch", buckets=_SECONDS)
LAG_SECONDS = Histogram(
    "ews_ingest_lag_seconds", "Time from the arrival of a batch's first message to its commit", buckets=_SECONDS
)
OBSERVED_LAG = Gauge(
    "ews_ingest_observed_lag_seconds",
    "Commit of the last batch after the newest observed_at in it, stations on the clock",
)
RECEIVED = Counter(
    "ews_ingest_received_readings", "Readings received; a message that cannot be read is one", ["source"]
)
_OUTCOMES = Counter("ews_ingest_readings", "Readings by what became of them", ["source", "outcome"])
OBSERVATIONS_PUBLISHED = Counter("ews_observations_published", "Accepted readings published for partners")
OBSERVATIONS_LOST = Counter(
    "ews_observations_lost", "Accepted readings not published for partners: the broker was slow or away"
)
IN_HAND = Gauge("ews_ingest_waiting_readings", "Readings received and not yet committed", ["source"])


def received(readings: Mapping[str, int]) -> None:
    """Readings of a batch were received, by source."""
    for source, number in readings.items():
        RECEIVED.labels(source).inc(number)
        IN_HAND.labels(source).inc(number)


def count(by_source: Mapping[str, Counts]) -> None:
    """What became of them is committed: received = stored + duplicate + revision + rejected + waiting at every moment."""
    for source, counts in by_source.items():
        outcomes = {
            "stored": counts.stored,
            "duplicate": counts.duplicates,
            "revision": counts.revisions,
            "rejected": counts.rejected,
        }
        for outcome, number in outcomes.items():
            _OUTCOMES.labels(source, outcome).inc(number)
        IN_HAND.labels(source).dec(counts.received)


def committed(messages: int, first_at: datetime, newest: datetime | None, now: datetime) -> None:
    """A batch whose first message arrived at `first_at` is committed."""
    BATCH_MESSAGES.observe(messages)
    LAG_SECONDS.observe((now - first_at).total_seconds())
    if newest is not None:
        OBSERVED_LAG.set((now - newest).total_seconds())


@contextmanager
def served(host: str, port: int | None) -> Iterator[None]:
    """Serve the metrics of this process while the block runs; None: not at all. Raises ConfigurationError: port taken."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        remedy = f"cannot be served on {host}: {error.strerror}; choose a free port"
        raise ConfigurationError(
            place="environment or ews.toml", key="EWS_INGEST_METRICS_PORT", value=port, remedy=remedy
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
