"""Issuing a CAP message: written, signed, checked, and stored for the feed with its audit entry, in one transaction."""

from __future__ import annotations

from datetime import datetime

from alerts.cap.bulletin import references_to
from alerts.cap.checking import check
from alerts.cap.fault import Grade
from alerts.cap.message import CapMessage
from alerts.cap.reference import Reference
from alerts.cap.signature import Signer
from alerts.cap.writing import write
from alerts.refusal import RefusedError
from storage import audit
from storage.cap_messages import StoredCapMessage, add_cap_message, cap_message, cap_messages_of
from storage.database import Connection


class CapRefusedError(RefusedError):
    """A message that would be faulty is not issued."""


def issue(message: CapMessage, signer: Signer | None, now: datetime) -> bytes:
    """The message as XML, signed where there is a key. Raises CapRefusedError when a receiver would find a fault in it."""
    xml = write(message) if signer is None else signer.sign(write(message))
    faults = [str(fault) for fault in check(xml, now) if fault.grade is Grade.FAULT]
    if faults:
        found = "; line ".join(faults)
        raise CapRefusedError(
            f"CAP message {message.identifier} is not issued: line {found}",
            "alert.refused.cap_faulty",
            message=message.identifier,
            faults=found,
        )
    return xml


def publish(
    connection: Connection, message: CapMessage, *, alert: str, actor: str, signer: Signer | None, now: datetime
) -> StoredCapMessage:
    """Store the message for the feed, with an audit entry; commit is the caller's.

    `alert`: the warning it speaks of. Publishing the same message again changes nothing. Raises CapRefusedError: it is faulty,
    or another message has its identifier.
    """
    found = cap_message(connection, message.identifier)
    if found is None:
        stored = _stored(message, alert, issue(message, signer, now))
        if add_cap_message(connection, stored):
            audit.add(connection, actor, "cap_published", message.identifier, _noted(message, alert))
            return stored
        found = cap_message(connection, message.identifier)
    if found is None or not _same(found, message, alert):
        raise CapRefusedError(
            f"CAP message {message.identifier} was issued before, and says something else",
            "alert.refused.cap_issued",
            message=message.identifier,
        )
    return found


def earlier_messages(connection: Connection, alert: str, sent: datetime) -> tuple[Reference, ...]:
    """The `references` of the next Update or Cancel of a warning; empty when its first message is still to come."""
    chain = cap_messages_of(connection, alert)
    named = [(Reference(sender=m.sender, identifier=m.identifier, sent=m.sent), m.expires) for m in chain]
    return references_to(named, sent)


def _stored(message: CapMessage, alert: str, xml: bytes) -> StoredCapMessage:
    return StoredCapMessage(
        identifier=message.identifier,
        sender=message.sender,
        sent=message.sent,
        status=message.status,
        msg_type=message.msg_type,
        scope=message.scope,
        referenced=tuple(reference.identifier for reference in message.references),
        alert=alert,
        expires=message.expires,
        xml=xml,
    )


def _same(found: StoredCapMessage, message: CapMessage, alert: str) -> bool:
    """Signatures differ each time they are made, so the facts are compared."""
    named = (found.sender, found.sent, found.status, found.msg_type, found.scope, found.alert, found.expires)
    facts = (message.sender, message.sent, message.status, message.msg_type, message.scope, alert, message.expires)
    return named == facts


def _noted(message: CapMessage, alert: str) -> dict[str, object]:
    return {
        "alert": alert,
        "msg_type": message.msg_type.value,
        "status": message.status.value,
        "scope": message.scope.value,
        "references": [reference.identifier for reference in message.references],
    }
