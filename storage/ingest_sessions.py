"""The MQTT sessions of ingest that a broker keeps, with the topic filters it may still have for each."""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Connection
from storage.queries import query


def save_session(connection: Connection, client_id: str, topics: Sequence[str]) -> None:
    """The broker keeps a session under this client id, subscribed to at most these filters."""
    connection.execute(query("ingest_session_upsert"), (client_id, sorted(topics)))


def sessions(connection: Connection) -> dict[str, list[str]]:
    """The topic filters of every session that may be kept, by client id."""
    return {client_id: list(topics) for client_id, topics in connection.execute(query("ingest_sessions")).fetchall()}


def forget_session(connection: Connection, client_id: str) -> None:
    """The broker has ended this session."""
    connection.execute(query("ingest_session_delete"), (client_id,))
