"""The record of what the broker keeps for a session, and leaving what earlier runs subscribed to."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ingest.session import Session
from storage.database import Database
from storage.ingest_sessions import forget_session, save_session, sessions

_ASK_AGAIN_S = 5.0


class Subscribed:
    """One session's record. A filter is on record before the broker has it, and until the broker has let go of it."""

    def __init__(self, database: Database, session: Session, client_id: str, switched_off: Sequence[str]) -> None:
        self._database, self._session, self._client_id = database, session, client_id
        self._earlier = set(switched_off)
        self._asked_at: float | None = None
        self.settled = False

    def record(self) -> None:
        """Write down what will be subscribed, beside what is."""
        with self._database.transaction() as connection:
            self._earlier |= set(sessions(connection).get(self._client_id, ()))
            save_session(connection, self._client_id, [*self._earlier, *self._session.subscriptions])
        self._earlier -= set(self._session.subscriptions)

    def settle(self) -> None:
        """Leave what is not wanted any more, and write down that it is left once the broker has said so."""
        if self._earlier and not self._session.unsubscribed.is_set():
            if self._asked_at is None or time.monotonic() - self._asked_at > _ASK_AGAIN_S:
                self._session.unsubscribe(self._earlier)
                self._asked_at = time.monotonic()
            return
        if self._earlier:
            with self._database.transaction() as connection:
                save_session(connection, self._client_id, self._session.subscriptions)
        self.settled = True

    def forget(self) -> None:
        """The session has ended."""
        with self._database.transaction() as connection:
            forget_session(connection, self._client_id)
