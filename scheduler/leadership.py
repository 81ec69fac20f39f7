"""One active scheduler a database, held by a lock that falls with its connection."""

from __future__ import annotations

import structlog

from domain.errors import DatabaseUnavailableError
from storage import jobs
from storage.database import Connection, connect, translated

_log = structlog.get_logger(__name__)


class Leadership:
    """Tries to lead, and notices when the lock is gone. Every call is quick; call it before each round of work."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: Connection | None = None
        self.leads = False
        self.another_leads = (
            False  # as far as the database said when it was asked last; it says nothing while it is away
        )

    def held(self) -> bool:
        """Whether this process leads now; tries to when nobody does. A lost database is a lost lead, not an error."""
        led = self.leads
        try:
            self.leads = self._ask()
            self.another_leads = not self.leads
        except DatabaseUnavailableError:
            self.release()
            self.another_leads = False
        if self.leads != led:
            _log.info("leading" if self.leads else "not_leading")
        return self.leads

    def _ask(self) -> bool:
        if self._connection is None:
            self._connection = connect(self._url)
        with translated():
            return jobs.try_lead(self._connection)

    def release(self) -> None:
        """Give up the lead; another process may take it at once."""
        self.leads = False
        if self._connection is not None:
            self._connection.close()
        self._connection = None
