"""Public warnings and every step of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from domain.warnings import PublicWarning, WarningContent, WarningState, WarningStep, WarningVersion
from storage.database import Connection
from storage.queries import query
from storage.rows import as_rows


def save_warnings(connection: Connection, warnings: Sequence[PublicWarning]) -> None:
    """Insert or update warnings and add the steps that are not stored yet, in two statements; a stored step is never changed.

    Raises DatabaseRefusedError (at the caller's transaction) when another warning of the same alert is alive.
    """
    if not warnings:
        return
    heads = [{name: getattr(warning, name) for name in _HEAD} for warning in warnings]
    connection.execute(query("warning_upsert"), {"rows": as_rows(heads)})
    rows = [_version_row(warning.identifier, version) for warning in warnings for version in warning.versions]
    connection.execute(query("warning_version_insert"), {"rows": as_rows(rows)})


_HEAD = ("identifier", "alert", "state", "exercise")


def _version_row(identifier: str, version: WarningVersion) -> dict[str, object]:
    return {
        "warning": identifier,
        "number": version.number,
        "step": version.step,
        "at": version.at,
        "person": version.person,
        "content": {"note": version.note, **msgspec.to_builtins(version.content)},
    }


def lock_alive(connection: Connection, alerts: Sequence[str]) -> dict[str, PublicWarning]:
    """The draft or issued warning of each of these alerts that has one, held until the transaction ends."""
    if not alerts:
        return {}
    connection.execute(query("warnings_lock"), (list(alerts),))
    return {warning.alert: warning for warning in warnings(connection, alerts=alerts, alive_only=True)}


def mark_due(connection: Connection, alerts: Sequence[str]) -> None:
    """Note that the drafts of these alerts are to be written."""
    if alerts:
        connection.execute(query("draft_due_add"), {"alerts": as_rows(alerts)})


def due(connection: Connection, after: int, most: int) -> list[tuple[int, str]]:
    """The oldest marks whose number is greater than `after`, held until the transaction ends: (number, alert)."""
    return connection.execute(query("drafts_due"), {"after": after, "most": most}).fetchall()


def remove_due(connection: Connection, numbers: Sequence[int]) -> None:
    """These are done."""
    connection.execute(query("draft_due_remove"), (list(numbers),))


def lock_warning(connection: Connection, identifier: str) -> PublicWarning | None:
    """One warning, held until the transaction ends."""
    connection.execute(query("warning_lock"), (identifier,))
    found = warnings(connection, identifier=identifier)
    return found[0] if found else None


def warnings(
    connection: Connection,
    *,
    identifier: str | None = None,
    alerts: Sequence[str] | None = None,
    alive_only: bool = False,
) -> list[PublicWarning]:
    """Warnings, the oldest first: one, those of some alerts, or those that are drafts or issued."""
    chosen = {"identifier": identifier, "alerts": None if alerts is None else list(alerts), "alive": alive_only}
    versions: dict[str, list[WarningVersion]] = {}
    for row in connection.execute(query("warning_versions"), chosen).fetchall():
        versions.setdefault(row[0], []).append(_version(row))
    return [
        PublicWarning(
            identifier=name, alert=alert, state=WarningState(state), exercise=exercise, versions=tuple(versions[name])
        )
        for name, alert, state, exercise in connection.execute(query("warnings"), chosen).fetchall()
    ]


def alerts_with_issued(connection: Connection) -> list[str]:
    """The alerts of which the public is warned now."""
    return [alert for (alert,) in connection.execute(query("warnings_issued_alerts")).fetchall()]


def _version(row: tuple[Any, ...]) -> WarningVersion:
    _, number, step, at, person, content = row
    note = content.pop("note")
    return WarningVersion(
        number=number,
        step=WarningStep(step),
        at=at,
        person=person,
        note=note,
        content=msgspec.convert(content, WarningContent),
    )
