"""The commands of contact data: numbers, addresses and secrets, which stand in the database alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from alerts.channels.configuration import ChannelTable
    from alerts.recipients import Recipients

contact = typer.Typer(
    help="Numbers and addresses of recipients: set, list, remove. They are kept in the database and never shown."
)

Who = Annotated[
    str, typer.Argument(metavar="RECIPIENT", help="The id in recipients.toml; `gateway` for a channel's own.")
]
Channel = Annotated[str, typer.Argument(help="A channel of channels.toml, e.g. sms.")]
Person = Annotated[str, typer.Option("--person", help="A post of the recipient's roster; none: the command itself.")]
By = Annotated[str, typer.Option("--by", help="Who does it; kept in the audit.")]
_GATEWAY_WORD = "gateway"


def _known() -> tuple[Recipients, dict[str, ChannelTable]]:
    from alerts.channels.configuration import load_channels
    from alerts.recipients import load_recipients
    from domain.settings import load_settings

    folder = load_settings().config_dir
    channels = load_channels(folder / "channels.toml")
    return load_recipients(folder / "recipients.toml", channels=channels), channels


def _checked(who: str, person: str, channel: str) -> tuple[str, ChannelTable]:
    """The recipient as it is stored, and the channel. Raises ConfigurationError."""
    recipients, channels = _known()
    if channel not in channels:
        raise _wrong("CHANNEL", channel, f"known are {', '.join(sorted(channels))}")
    if who == _GATEWAY_WORD:
        if person:
            raise _wrong("--person", person, "a gateway has no persons")
        return "", channels[channel]
    recipient = recipients.named(who)
    if recipient is None:
        raise _wrong("RECIPIENT", who, "no recipient of recipients.toml has this id; `ews contact list` shows them")
    roster = recipients.rosters.get(recipient.roster or "")
    posts = () if roster is None else roster.posts
    if person and person not in posts:
        raise _wrong("--person", person, f"known are {', '.join(posts) or 'none: the recipient has no roster'}")
    return who, channels[channel]


def _wrong(key: str, value: str, remedy: str) -> Exception:
    from domain.errors import ConfigurationError

    return ConfigurationError(place="command line", key=key, value=value, remedy=remedy)


@contact.command("set")
def set_one(
    who: Who,
    channel: Channel,
    *,
    by: By,
    person: Person = "",
    address: Annotated[
        str | None, typer.Option(help="Number, e-mail address or URL; none: asked for, or read from standard input.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option(help="A webhook's or gateway's secret; none: a webhook that has none gets a new one.")
    ] = None,
) -> None:
    """Store where a recipient, or one post of it, is reached over a channel. Set again, it is replaced.

    For `apprise` channels the address is an apprise URL, or an address for the {to} of the gateway's URL.
    """
    from secrets import token_urlsafe

    from cli.claims import claim
    from cli.listing_commands import stored
    from storage.contacts import Contact, contacts, set_contact

    recipient, table = _checked(who, person, channel)
    given = (address if address is not None else _asked()).strip()
    if not given or not given.isprintable() or len(given) > 2000:
        raise _wrong("--address", "(not shown)", "must be one line of 1 to 2000 letters")
    with stored() as connection:
        all_known = contacts(connection)
        if table.kind == "apprise":
            gateway = all_known.get(("", "", channel)) if recipient else None
            _check_apprise(given, recipient, None if gateway is None else gateway.address)
        known = all_known.get((recipient, person, channel))
        made = None
        if table.kind == "webhook" and secret is None and (known is None or known.secret is None):
            made = token_urlsafe(32)
        new = Contact(recipient=recipient, person=person, channel=channel, address=given, secret=secret or made)
        claim(connection, by, "contact set")
        set_contact(connection, new, by=by)
    print(f"stored: {who}{'/' + person if person else ''} over {channel}", file=sys.stderr)
    if made is not None:
        print(f"secret, shown this once: {made}")


def _check_apprise(given: str, recipient: str, gateway: str | None) -> None:
    """Raises ConfigurationError for what would reach others than who is meant, or more than one at once."""
    from alerts.channels.apprise import PLACE, targets

    if not recipient and PLACE not in given:
        remedy = f"a gateway's URL needs {PLACE} for the recipient's address; without it all messages go to one place"
        raise _wrong("--address", "(not shown)", remedy)
    count = targets(given, gateway) if recipient else 1
    if count > 1:
        remedy = f"names {count} receivers; give one each, to posts of the roster or to recipients of their own"
        raise _wrong("--address", "(not shown)", f"{remedy}: for one that is dead the others would be told again")


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Address", hide_input=True))
    return sys.stdin.readline()


@contact.command("list")
def list_all(
    *,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only recipients and channels that nobody can be reached over.")
    ] = False,
) -> None:
    """Who is reached over what; addresses are cut to their last two letters."""
    from cli.listing_commands import stored
    from cli.tables import table, when
    from storage.contacts import contacts

    recipients, _ = _known()
    with stored() as connection:
        found = contacts(connection)
    if missing:
        rows = [
            (recipient.id, channel)
            for recipient in recipients
            for channel in recipient.channels
            if not any((r, c) == (recipient.id, channel) for r, _, c in found)
        ]
        print(table(("recipient", "channel without contact"), rows) if rows else "everybody can be reached")
        return
    lines = [
        (
            c.recipient or _GATEWAY_WORD,
            c.person,
            c.channel,
            f"…{c.address[-2:]}",
            "yes" if c.secret else "",
            when(c.updated_at),
        )
        for c in found.values()
    ]
    print(table(("recipient", "post", "channel", "address", "secret", "since"), lines) if lines else "no contacts")


@contact.command("remove")
def remove(who: Who, channel: Channel, *, by: By, person: Person = "") -> None:
    """Take a contact out."""
    from cli.claims import claim
    from cli.listing_commands import stored
    from storage.contacts import remove_contact

    recipient = "" if who == _GATEWAY_WORD else who
    with stored() as connection:
        claim(connection, by, "contact remove")
        gone = remove_contact(connection, recipient, person, channel, by=by)
    if not gone:
        raise _wrong("RECIPIENT", who, f"has no contact over {channel}")
    print(f"removed: {who} over {channel}", file=sys.stderr)


@contact.command("placeholders")
def placeholders(*, by: By = "demo") -> None:
    """Give every recipient without contacts a placeholder: what would go to a phone lies in <alert_dir>/demo/<channel>.

    `ews demo` does it. Never on a system that is to warn anybody.
    """
    from alerts.channels.configuration import DEMO_ADDRESS
    from cli.claims import claim
    from cli.listing_commands import stored
    from storage.contacts import Contact, contacts, set_contact

    recipients, _ = _known()
    with stored() as connection:
        claim(connection, by, "contact placeholders")
        known = {recipient for recipient, _, _ in contacts(connection)}
        for recipient in recipients:
            for channel in recipient.channels if recipient.id not in known else ():
                new = Contact(recipient=recipient.id, person="", channel=channel, address=DEMO_ADDRESS)
                set_contact(connection, new, by=by)
