"""Sending rejected messages again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from secrets import token_hex

from cli.broker_client import connected
from domain.errors import BrokerUnavailableError
from storage import rejections
from storage.database import Database
from storage.rejections import StoredRejection

_BLOCK = 500
_ACKNOWLEDGED_WITHIN_S = 20.0


def republish(database_url: str, mqtt_url: str, *, reason: str | None, since: datetime | None) -> tuple[int, int]:
    """(sent, left because they were cut). Each is marked once the broker has it; one sent before is not sent again.

    A message with several bad readings was stored once for each; it is sent once.
    """
    began = datetime.now(UTC)
    sent = cut = 0
    with Database(database_url, max_size=1) as database, connected(mqtt_url, f"ews-rejected-{token_hex(4)}") as client:
        for block in _blocks(database, reason, since, began):
            whole = [r for r in block if len(r.payload) == r.payload_bytes]
            cut += len(block) - len(whole)
            messages = list(dict.fromkeys((r.topic, r.payload) for r in whole))
            for publishing in [client.publish(topic, payload, qos=1) for topic, payload in messages]:
                publishing.wait_for_publish(_ACKNOWLEDGED_WITHIN_S)
                if not publishing.is_published():
                    raise BrokerUnavailableError("the broker does not acknowledge; run the command again later")
            with database.transaction() as connection:
                rejections.mark_replayed(connection, [r.id for r in whole], datetime.now(UTC))
            sent += len(messages)
    return sent, cut


def _blocks(
    database: Database, reason: str | None, since: datetime | None, began: datetime
) -> Iterator[list[StoredRejection]]:
    """What was rejected before we began and not sent again yet: what is rejected again meanwhile must not go in circles."""
    after = 0
    while True:
        with database.transaction() as connection:
            found = rejections.list_rejected(
                connection, reason=reason, since=since, limit=_BLOCK, replayed=False, after_id=after
            )
        block = [r for r in found if r.received_at <= began]
        if not block:
            return
        yield block
        after = found[-1].id
