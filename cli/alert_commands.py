"""`ews alerts`: list them, and what officers do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from domain.alerts import Event, Severity

alerts = typer.Typer(help="Alerts: list them, and acknowledge, assign, silence, escalate or end them.")

By = Annotated[str, typer.Option("--by", help="Who does it; stored and audited.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stored and audited.")]
Identifier = Annotated[str, typer.Argument(metavar="ALERT", help="Its identifier, as `ews alerts show` prints it.")]


@alerts.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    *,
    active: Annotated[bool, typer.Option("--active", help="Only those that have not ended.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Active or ended since then (event time): 2010-10-04, 2010-10-04T06:00, 36h, 7d.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List warnings with their history: every change with its time, reason, level, value and threshold."""
    from datetime import UTC, datetime

    from cli.listing import alerts_json, alerts_table
    from cli.listing_commands import stored
    from cli.options import ago
    from storage import alerts as alert_store

    if context.invoked_subcommand is not None:
        return
    earliest = ago("--since", since, datetime.now(UTC))
    with stored() as connection:
        found = alert_store.list_alerts(connection, active_only=active, since=earliest, limit=limit)
    print(alerts_json(found) if json else alerts_table(found))


@alerts.command()
def show(
    alert: Annotated[
        str, typer.Argument(metavar="ALERT|STATION", help="An identifier, or a station: its newest alerts.")
    ],
) -> None:
    """Show one alert with its versions, why each was told or not, and what officers did."""
    from cli.alert_view import alert_view
    from cli.listing_commands import stored
    from storage import alerts as alert_store
    from storage.tellings import deeds_of, tellings_of

    with stored() as connection:
        one = alert_store.alert(connection, alert)
        found = [one] if one else alert_store.list_alerts(connection, stations=[alert], limit=3)
        names = [each.identifier for each in found]
        told, deeds = tellings_of(connection, names), deeds_of(connection, names)
    if not found:
        _refuse(alert)
    for each in found:
        print(alert_view(each, told.get(each.identifier, ()), deeds.get(each.identifier, ())))


@alerts.command()
def acknowledge(alert: Identifier, *, by: By, comment: Annotated[str, typer.Option(help="A remark.")] = "") -> None:
    """Note that an officer has seen the newest version: it is not repeated until it changes."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts acknowledge") as (connection, desk):
        deed = actions.acknowledge(connection, desk, alert, comment)
    print(f"{alert}: version {deed.version} acknowledged by {by}")


@alerts.command()
def assign(alert: Identifier, to: Annotated[str, typer.Argument(help="Who takes care of it.")], *, by: By) -> None:
    """Note who takes care of an alert."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts assign") as (connection, desk):
        actions.assign(connection, desk, alert, to)
    print(f"{alert}: {to} takes care of it")


@alerts.command()
def comment(alert: Identifier, text: Annotated[str, typer.Argument(help="The remark.")], *, by: By) -> None:
    """Add a remark to an alert."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts comment") as (connection, desk):
        actions.comment(connection, desk, alert, text)
    print(f"{alert}: noted")


@alerts.command()
def escalate(
    alert: Identifier,
    *,
    to: Annotated[str, typer.Option(help="A recipient of recipients.toml.")],
    by: By,
    reason: Reason,
) -> None:
    """Tell a recipient at once, whatever its severity floor, silences and hours say."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts escalate") as (connection, desk):
        actions.escalate(connection, desk, alert, to, reason)
    print(f"{alert}: escalated to {to}")


@alerts.command()
def end(alert: Identifier, *, by: By, reason: Reason) -> None:
    """End an alert by a person's decision; it stays ended until its finding becomes graver or begins anew."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts end") as (connection, desk):
        actions.end(connection, desk, alert, reason)
    print(f"{alert}: ended by {by}")


@alerts.command()
def silence(
    *,
    by: By,
    reason: Reason,
    until: Annotated[str, typer.Option(help="When it ends: a time, or a span from now such as 90m, 6h, 2d.")],
    station: Annotated[str | None, typer.Option(help="Only this station.")] = None,
    basin: Annotated[str | None, typer.Option(help="Only stations of this basin.")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event, such as no_signal.")] = None,
    severity: Annotated[
        str, typer.Option(help="The gravest that is silenced, Severe at most; what is graver is told.")
    ] = "Minor",
) -> None:
    """Send no messages for what matches, until it ends. What is more severe is told all the same."""
    from datetime import UTC, datetime

    from alerts import actions
    from cli.desk import at_the_desk
    from cli.options import ahead
    from cli.tables import when
    from domain.deeds import Silence

    now = datetime.now(UTC)
    wanted = Silence(
        id=0,
        made_by=by,
        reason=reason,
        station=station,
        basin=basin,
        event=None if event is None else event_named(event),
        severity=severity_named(severity),
        starts_at=now,
        ends_at=ahead("--until", until, now),
    )
    with at_the_desk(by, "alerts silence") as (connection, desk):
        made = actions.silence(connection, desk, wanted)
    print(f"silence {made.id} until {when(made.ends_at)}")


@alerts.command()
def silences() -> None:
    """List the silences that are in force."""
    from datetime import UTC, datetime

    from cli.listing_commands import stored
    from cli.tables import table, when
    from storage import tellings

    with stored() as connection:
        found = tellings.silences(connection, datetime.now(UTC))
    headings = ("id", "station", "basin", "event", "up to", "until", "by", "reason")
    rows = [
        (s.id, s.station or "all", s.basin or "all", s.event or "all", s.severity, when(s.ends_at), s.made_by, s.reason)
        for s in found
    ]
    print(table(headings, rows) if rows else "no silences")


@alerts.command()
def lift(number: Annotated[int, typer.Argument(metavar="SILENCE", help="Its number.")], *, by: By) -> None:
    """End a silence before its time; what it held back is told if it still stands."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts lift") as (connection, desk):
        actions.lift(connection, desk, number)
    print(f"silence {number} lifted")


@alerts.command()
def exercise(
    station: Annotated[str, typer.Argument(help="The station the drill is about.")],
    event: Annotated[str, typer.Argument(help="What it is about, such as flood.")],
    level: Annotated[int, typer.Argument(min=1, help="Its level, such as 3 for BĐ3.")],
    *,
    by: By,
    reason: Reason,
) -> None:
    """Begin a drill or move it to another level: marked everywhere, sent only over the channels of exercises."""
    from alerts import actions
    from cli.desk import at_the_desk

    with at_the_desk(by, "alerts exercise") as (connection, desk):
        drill = actions.exercise(
            connection, desk, station=station, event=event_named(event), level=level, because=reason
        )
    print(f"{drill.identifier}: DIỄN TẬP / EXERCISE at level {level}; end it with ews alerts end")


def event_named(text: str) -> Event:
    """The event of this name. Raises ConfigurationError."""
    from domain.alerts import Event
    from domain.errors import ConfigurationError

    if text not in list(Event):
        known = ", ".join(each.value for each in Event)
        raise ConfigurationError(place="command line", key="event", value=text, remedy=f"known are {known}")
    return Event(text)


def severity_named(text: str) -> Severity:
    """The severity of this name. Raises ConfigurationError."""
    from domain.alerts import Severity
    from domain.errors import ConfigurationError

    if text.capitalize() not in list(Severity):
        known = ", ".join(each.value for each in Severity)
        raise ConfigurationError(place="command line", key="--severity", value=text, remedy=f"known are {known}")
    return Severity(text.capitalize())


def _refuse(alert: str) -> None:
    from alerts.refusal import ActionRefusedError

    raise ActionRefusedError(
        f"there is no alert {alert!r} and no alert of a station of that name; `ews alerts` lists them",
        "alert.refused.no_alert",
        alert=alert,
    )
