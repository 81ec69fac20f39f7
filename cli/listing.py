"""Warnings and rejected messages as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cli.tables import measured, table, when
from domain.alerts import Alert
from domain.times import local
from storage.audit import AuditEntry
from storage.rejections import StoredRejection

_SHOWN_BYTES = 60


def alerts_table(alerts: Sequence[Alert]) -> str:
    """One line a change; the newest warning first, its changes in order."""
    if not alerts:
        return "no warnings"
    headings = ("station", "event", "state", "at", "reason", "level", "severity", "value", "threshold", "known since")
    return table(headings, [row for alert in alerts for row in _changes(alert)])


def _changes(alert: Alert) -> Iterator[tuple[object, ...]]:
    for version in alert.versions:
        yield (
            alert.station,
            alert.event.value,
            alert.state.value,
            when(version.at),
            version.reason.value,
            version.level,
            version.severity.value,
            measured(version.value),
            measured(version.threshold),
            when(version.decided_at),
        )


def alerts_json(alerts: Sequence[Alert]) -> str:
    """Every field of every warning, times in UTC."""
    return _json(alerts)


def audit_table(found: Sequence[AuditEntry]) -> str:
    """One line a deed."""
    if not found:
        return "no such entries"
    headings = ("number", "at", "actor", "action", "subject", "detail")
    return table(
        headings,
        [
            (
                e.number,
                local(e.at).isoformat(sep=" ", timespec="seconds"),
                _plain(e.actor),
                _plain(e.action),
                _plain(e.subject),
                _said(e),
            )
            for e in found
        ],
    )


def _said(entry: AuditEntry) -> str:
    return _plain(", ".join(f"{key}={value}" for key, value in entry.detail.items()))


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def audit_json(found: Sequence[AuditEntry]) -> str:
    """Every field of every entry, times in UTC."""
    return _json(found)


def rejected_table(found: Sequence[StoredRejection], counts: Mapping[str, int]) -> str:
    """One line a message, then how many there are of each reason."""
    if not found:
        return "nothing was rejected"
    headings = ("id", "received", "topic", "reason", "detail", "payload", "bytes", "read again")
    rows = [
        (
            r.id,
            when(r.received_at),
            r.topic,
            r.reason,
            _short(r.detail),
            _shown(r.payload),
            r.payload_bytes,
            when(r.replayed_at),
        )
        for r in found
    ]
    totals = ", ".join(f"{reason} {count}" for reason, count in counts.items())
    return f"{table(headings, rows)}\n\nin all: {totals}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_BYTES else text[: _SHOWN_BYTES - 1] + "…"


def _shown(payload: bytes) -> str:
    """The beginning of a payload with everything that a terminal might obey taken out."""
    text = payload[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
    return _plain(text)


def rejected_json(found: Sequence[StoredRejection]) -> str:
    """Every field; payloads in base64."""
    return _json(found)


def _json(items: Sequence[object]) -> str:
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode()
