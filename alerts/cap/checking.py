"""A document checked for schema and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any

from alerts.cap.alert_meaning import alert_faults
from alerts.cap.area_meaning import area_faults
from alerts.cap.elements import children
from alerts.cap.fault import Fault
from alerts.cap.feed_meaning import feed_faults, is_feed
from alerts.cap.info_meaning import info_faults
from alerts.cap.language_meaning import language_faults
from alerts.cap.reading import UnreadableCapError, alerts_of, read_xml
from alerts.cap.resource_meaning import resource_faults
from alerts.cap.schema import schema_faults

#: So many say enough, whoever wrote the file.
MOST_FAULTS = 1000


def check(data: bytes, now: datetime) -> list[Fault]:
    """Every fault and advice in the order of the document; empty when there is none. `now` says what lies in the future."""
    try:
        root = read_xml(data)
        alerts = alerts_of(root)
    except UnreadableCapError as error:
        return [error.fault]
    findings = chain(
        feed_faults(root) if is_feed(root) else (), (fault for alert in alerts for fault in alert_findings(alert, now))
    )
    found = sorted(islice(findings, MOST_FAULTS), key=lambda fault: fault.line)
    if next(findings, None) is not None:
        found.append(Fault(found[-1].line, "alert", None, f"has more than {MOST_FAULTS} faults; correct these first"))
    return found


def alert_findings(alert: Any, now: datetime) -> Iterator[Fault]:
    """Of one <alert>."""
    yield from schema_faults(alert)
    yield from alert_faults(alert, now)
    yield from language_faults(alert)
    for info in children(alert, "info"):
        yield from info_faults(alert, info)
        yield from resource_faults(info)
        yield from area_faults(info)
