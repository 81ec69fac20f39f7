"""The way into a demonstration: an address that signs its administrator in once, on this machine alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.access_table import Role
from storage import people, sessions
from storage.database import Database

#: Long enough to fetch a coffee while everything starts.
_LASTS = timedelta(hours=1)


def demo_link(database_url: str, page_url: str) -> str | None:
    """The address; None before the web process has made the first administrator. Raises DatabaseUnavailableError."""
    with Database(database_url, max_size=1) as database, database.transaction() as connection:
        chosen = [p for p in people.persons(connection) if p.role is Role.ADMINISTRATOR and p.disabled_at is None]
        if not chosen:
            return None
        code = sessions.add_code(connection, chosen[0].name, now=datetime.now(UTC), lasts=_LASTS, by="demo")
    return f"{page_url.rstrip('/')}/vao?ma={code}"
