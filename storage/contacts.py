"""Telephone numbers, addresses and secrets of recipients: they stand in the database alone, and are never logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storage import audit
from storage.database import Connection
from storage.queries import query

#: In place of a recipient: the gateway of a channel (an SMS provider, a mail server).
GATEWAY = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """Where one person ('' is the command itself) is reached over one channel. Address and secret are not shown."""

    recipient: str
    person: str
    channel: str
    address: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    updated_at: datetime | None = None


#: By recipient, person and channel.
Contacts = Mapping[tuple[str, str, str], Contact]


def contacts(connection: Connection) -> dict[tuple[str, str, str], Contact]:
    """Every contact."""
    found = [
        Contact(recipient=r, person=p, channel=c, address=a, secret=s, updated_at=u)
        for r, p, c, a, s, u in connection.execute(query("contacts")).fetchall()
    ]
    return {(each.recipient, each.person, each.channel): each for each in found}


def set_contact(connection: Connection, contact: Contact, *, by: str) -> None:
    """Insert or replace; the audit says who and what, never the address. No secret: the one there stays."""
    connection.execute(
        query("contact_set"),
        {
            "recipient": contact.recipient,
            "person": contact.person,
            "channel": contact.channel,
            "address": contact.address,
            "secret": contact.secret,
        },
    )
    audit.add(connection, by, "contact_set", contact.recipient or "gateway", _about(contact.person, contact.channel))


def remove_contact(connection: Connection, recipient: str, person: str, channel: str, *, by: str) -> bool:
    """Take one out; False when there was none."""
    gone = connection.execute(query("contact_remove"), (recipient, person, channel)).fetchone() is not None
    if gone:
        audit.add(connection, by, "contact_removed", recipient or "gateway", _about(person, channel))
    return gone


def _about(person: str, channel: str) -> dict[str, object]:
    return {"person": person, "channel": channel}
