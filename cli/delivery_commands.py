"""Commands of delivery: who was told and who answered, who must be called, and what the system noticed about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from alerts.recipients import Recipients
    from storage.acknowledgements import Acknowledgement
    from storage.deliveries import Delivery

delivery = typer.Typer()


@delivery.command("deliveries")
def deliveries(
    alert: Annotated[str | None, typer.Argument(help="The identifier of a warning; none: the newest of all.")] = None,
    *,
    recipient: Annotated[str | None, typer.Option(help="Only to this recipient (without ALERT).")] = None,
    state: Annotated[
        str | None, typer.Option(help="Only waiting, sending, sent, failed or overtaken ones (without ALERT).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many (without ALERT).")] = 50,
) -> None:
    """Who was told of a warning, over what, when, and who confirmed it."""
    from cli.listing_commands import stored
    from storage.acknowledgements import acknowledgements_of
    from storage.deliveries import deliveries_of, newest

    with stored() as connection:
        found = (
            newest(connection, recipient=recipient, state=state, limit=limit)
            if alert is None
            else deliveries_of(connection, alert)
        )
        answers = acknowledgements_of(connection, list({row.alert for row in found}))
    print(_table(found, answers))


def _table(found: list[Delivery], answers: list[Acknowledgement]) -> str:
    from cli.tables import table, when

    if not found:
        return "no deliveries"
    headings = (
        "alert",
        "version",
        "recipient",
        "instead of",
        "post",
        "channel",
        "state",
        "tries",
        "at",
        "repeat",
        "confirmed",
        "error",
    )
    rows = []
    for row in found:
        own = [a for a in answers if (a.alert, a.recipient, a.origin) == (row.alert, row.recipient, row.origin)]
        confirmed = [answer.at for answer in own if answer.version >= row.version]
        rows.append(
            (
                row.alert,
                row.version,
                row.recipient,
                row.origin,
                row.person,
                row.channel,
                row.state,
                row.attempts,
                when(row.at),
                "maybe" if row.may_repeat else "",
                when(min(confirmed)) if confirmed and not row.copy else "",
                row.error or "",
            )
        )
    return table(headings, rows)


@delivery.command("call-list")
def call_list(
    *,
    at: Annotated[str | None, typer.Option(help="Who is on duty then (Huế time): 2025-10-27T02:00. None: now.")] = None,
    area: Annotated[str | None, typer.Option(help="Only those who hear of this ward (its code).")] = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="With telephone numbers and addresses: for the printer, not for a chat.")
    ] = False,
) -> None:
    """Who must be called, in order: one line for each command and post on duty, ready to print."""
    from datetime import UTC, datetime

    from alerts.channels.configuration import MACHINES, load_channels
    from alerts.recipients import load_recipients
    from cli.listing_commands import stored
    from cli.options import ago
    from cli.tables import table, when
    from domain.settings import load_settings
    from storage.contacts import contacts

    now = datetime.now(UTC)
    moment = ago("--at", at, now) or now
    folder = load_settings().config_dir
    channels = load_channels(folder / "channels.toml")
    recipients = load_recipients(folder / "recipients.toml", channels=channels)
    machines = {name for name, channel in channels.items() if channel.kind in MACHINES}
    with stored() as connection:
        known = contacts(connection)
    addresses = {key: contact.address for key, contact in known.items()}
    shown = addresses if numbers else dict.fromkeys(addresses, "✓")
    rows = call_rows(recipients, moment, area, shown, machines)
    print(f"Danh sách gọi · Call list, {when(moment)}\n")
    print(table(("", "Ban Chỉ huy · command", "chức danh · post", "kênh · channels", "✎"), rows))


def call_rows(
    recipients: Recipients,
    at: datetime,
    area: str | None,
    addresses: dict[tuple[str, str, str], str],
    machines: Collection[str] = (),
) -> list[tuple[object, ...]]:
    """Number, command, post, how to reach it, and room for a tick. A channel without contact says so.

    Whoever keeps the system running is not in it, for no flood is told to them; nor are programs, which nobody can call.
    """
    from alerts.recipients import CITY, Role
    from dash_app.committee_words import post

    rows: list[tuple[object, ...]] = []
    chosen = [
        r
        for r in recipients
        if set(r.channels) - set(machines) and r.role is not Role.OPERATOR and (area is None or r.area in {area, CITY})
    ]
    for recipient in chosen:
        for person in recipients.persons(recipient, at):
            ways = []
            for channel in recipient.channels:
                known = addresses.get((recipient.id, person, channel)) or addresses.get((recipient.id, "", channel))
                ways.append(f"{channel} {known or '—'}")
            rows.append((len(rows) + 1, recipient.name_vi, post(person, "vi"), ", ".join(ways), "☐"))
    return rows


@delivery.command("watch")
def watch(*, everything: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False) -> None:
    """What the system noticed about itself: late jobs, database, broker, intake, delivery. Exit code 1 when something is open."""
    from cli.listing_commands import stored
    from cli.tables import table, when
    from storage.watch_alarms import watch_alarms

    with stored() as connection:
        found = watch_alarms(connection, open_only=not everything)
    rows = [(a.subject, when(a.since), when(a.until) or "open", a.found) for a in found]
    print(table(("subject", "since", "until", "found"), rows) if rows else "nothing is late or away")
    raise typer.Exit(int(any(alarm.until is None for alarm in found)))
