"""CAP messages as they were issued. Only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCapMessage:
    """One message. `referenced`: identifiers of those it replaces or ends; `alert`: the warning whose chain it belongs to."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    scope: str
    referenced: tuple[str, ...]
    alert: str
    expires: datetime | None
    xml: bytes


def add_cap_message(connection: Connection, message: StoredCapMessage) -> bool:
    """Store it; False when a message of this identifier is there already (and stays as it is)."""
    row = {
        "identifier": message.identifier,
        "sender": message.sender,
        "sent": message.sent,
        "status": message.status,
        "msg_type": message.msg_type,
        "scope": message.scope,
        "referenced": list(message.referenced),
        "alert": message.alert,
        "expires": message.expires,
        "xml": message.xml,
    }
    return connection.execute(query("cap_message_insert"), row).fetchone() is not None


def cap_message(connection: Connection, identifier: str) -> StoredCapMessage | None:
    """One message by its identifier."""
    found = _messages(connection, "cap_message", {"identifier": identifier})
    return found[0] if found else None


def cap_messages_of(connection: Connection, alert: str) -> list[StoredCapMessage]:
    """The chain of one warning, in the order of sending."""
    return _messages(connection, "cap_messages_of", {"alert": alert})


def active_cap_messages(connection: Connection, now: datetime) -> list[StoredCapMessage]:
    """What the public is being warned of at `now`, the newest first.

    Actual and Public, sent, not expired, and neither replaced nor cancelled by a later message of the same sender.
    """
    return _messages(connection, "cap_messages_active", {"now": now})


def feed_changed_at(connection: Connection, now: datetime) -> datetime | None:
    """When the active messages last changed: one was sent, or one expired. None: there never was one."""
    row = connection.execute(query("cap_feed_changed"), {"now": now}).fetchone()
    changed: datetime | None = row[0] if row else None
    return changed


def _messages(connection: Connection, name: str, parameters: dict[str, object]) -> list[StoredCapMessage]:
    return [_message(row) for row in connection.execute(query(name), parameters).fetchall()]


def _message(row: Sequence[Any]) -> StoredCapMessage:
    identifier, sender, sent, status, msg_type, scope, referenced, alert, expires, xml = row
    return StoredCapMessage(
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=status,
        msg_type=msg_type,
        scope=scope,
        referenced=tuple(referenced),
        alert=alert,
        expires=expires,
        xml=bytes(xml),
    )
