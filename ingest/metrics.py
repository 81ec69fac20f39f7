"""What the ingest worker counts about itself, for a Prometheus exporter in the same process."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from storage.accounts import Counts

MESSAGES = Counter("ews_ingest_messages", "MQTT messages received")
DROPPED = Counter("ews_ingest_dropped", "QoS 0 messages dropped because the inbox was full")
IGNORED = Counter("ews_ingest_ignored", "Messages of a source that carry no readings, such as joins", ["source"])
WAITING = Gauge("ews_ingest_waiting", "Messages received and not yet taken into a batch")
CONNECTED = Gauge("ews_ingest_broker_connected", "1 while connected to the broker")
DATABASE_AWAY = Gauge("ews_ingest_database_away", "1 while the database cannot be reached")
CLOCK_SKEW = Gauge("ews_ingest_clock_skew_seconds", "Median of arrival - observed_at of live readings", ["station"])
BATCH_SECONDS = Histogram("ews_ingest_batch_seconds", "Time from taking a batch to its commit")
_READINGS = Counter("ews_ingest_readings", "Readings by what became of them", ["outcome"])


def count(counts: Counts) -> None:
    """Add what became of one batch."""
    _READINGS.labels("stored").inc(counts.stored)
    _READINGS.labels("duplicate").inc(counts.duplicates)
    _READINGS.labels("revision").inc(counts.revisions)
    _READINGS.labels("rejected").inc(counts.rejected)
