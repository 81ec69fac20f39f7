"""Whether the broker answers, and how long its certificate lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from cli.broker_client import certificate_ends_at, connected
from cli.doctor_line import Line, Verdict, problem
from cli.embedded import Services
from cli.tables import when
from domain.errors import EwsError
from domain.settings import Settings
from storage import jobs, watch_alarms
from storage.database import connect
from storage.watch_alarms import WatchAlarm

#: Longer than a holiday; a certificate that ends cuts off every device at once.
_CERTIFICATE_ENDS_SOON = timedelta(days=21)


def broker(settings: Settings, services: Services | None) -> Line:
    """Whether it takes us; where its address is not set, whether it takes the scheduler."""
    url = settings.mqtt_url or (services.mqtt_url if services else None)
    if url is None and settings.database_url is not None:
        return _broker_as_watched(settings.database_url)
    if url is None:
        found = f"the embedded broker of {settings.data_dir} is not running"
        return Line(subject="broker", verdict=Verdict.WARNING, found=found, remedy="start `ews up` or `ews demo`")
    try:
        with connected(url, f"ews-doctor-{token_hex(4)}", tls=settings.mqtt_tls) as client:
            return broker_line(certificate_ends_at(client), datetime.now(UTC))
    except EwsError as error:
        return problem("broker", error, "start it, or correct EWS_MQTT_URL")


def _broker_as_watched(database_url: str) -> Line:
    try:
        connection = connect(database_url)
    except EwsError:
        return broker_as_watched_line([], None, datetime.now(UTC))
    try:
        runs = jobs.jobs(connection)
        return broker_as_watched_line(watch_alarms.watch_alarms(connection), _watching(runs), datetime.now(UTC))
    except EwsError:
        return broker_as_watched_line([], None, datetime.now(UTC))
    finally:
        connection.close()


def _watching(runs: Sequence[jobs.JobRun]) -> jobs.JobRun | None:
    """The job that the process with the watcher runs every two seconds."""
    return next((run for run in runs if run.job == "deliver"), None)


def broker_as_watched_line(alarms: Sequence[WatchAlarm], scheduler: jobs.JobRun | None, now: datetime) -> Line:
    """A broker whose address is not set here (a host of the pages needs none): what the watcher says of it."""
    subject, asked = "broker", "EWS_MQTT_URL is not set, so it was not asked"
    away = next((alarm for alarm in alarms if alarm.subject == "broker" and alarm.until is None), None)
    if scheduler is None or scheduler.late_since(now) is not None:
        remedy = "set EWS_MQTT_URL as the scheduler has it, or start the scheduler, which watches it"
        return Line(
            subject=subject, verdict=Verdict.WARNING, found=f"{asked}, and no scheduler watches it", remedy=remedy
        )
    if away is not None:
        found = f"{asked}; the watcher has not reached it since {when(away.since)}: {away.found}"
        return Line(
            subject=subject,
            verdict=Verdict.PROBLEM,
            found=found,
            remedy="start it, or correct the scheduler's EWS_MQTT_URL",
        )
    return Line(subject=subject, verdict=Verdict.OK, found=f"{asked}; the scheduler's watcher reaches it")


def broker_line(certificate_ends: datetime | None, now: datetime) -> Line:
    """A broker that accepts us; with TLS, how long its certificate lasts."""
    found = "accepts MQTT 5 connections"
    if certificate_ends is None:
        return Line(subject="broker", verdict=Verdict.OK, found=found)
    found += f" over TLS, its certificate ends {when(certificate_ends)}"
    if certificate_ends - now < _CERTIFICATE_ENDS_SOON:
        return Line(subject="broker", verdict=Verdict.WARNING, found=found, remedy="renew it (docs/security.md)")
    return Line(subject="broker", verdict=Verdict.OK, found=found)
