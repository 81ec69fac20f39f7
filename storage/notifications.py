"""NOTIFY and LISTEN: one process tells the others what it has just committed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

import structlog
from psycopg import sql

from domain.errors import DatabaseUnavailableError
from storage.database import Connection, connect, translated
from storage.queries import query

#: JSON list of touched "station/quantity", or `*`.
READINGS = "ews_readings"
#: JSON list of stations with new forecasts, or `*`.
FORECASTS = "ews_forecasts"
#: JSON list of alert identifiers, or `*`.
ALERTS = "ews_alerts"
#: Empty: stations or series were added or changed.
NETWORK = "ews_network"

#: The payload that says "more than fits": treat everything as touched.
EVERYTHING = "*"
#: Names in one notification, and notifications of one change; a fleet of thousands must not wake the judge for all of itself.
_MOST_NAMES, _MOST_PIECES = 100, 10
#: PostgreSQL refuses payloads of 8,000 bytes and more.
_PAYLOAD_LIMIT = 7999

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Notification:
    """One committed change."""

    channel: str
    payload: str


def notify(connection: Connection, channel: str, payload: str) -> None:
    """Announce on `channel` when this transaction commits."""
    connection.execute(query("notify"), (channel, payload))


def notify_names(connection: Connection, channel: str, names: Iterable[str]) -> None:
    """Announce sorted JSON lists of at most 100 names, up to ten of them, or `*` when there are more; nothing for no names."""
    unique = sorted(set(names))
    pieces = [unique[first : first + _MOST_NAMES] for first in range(0, len(unique), _MOST_NAMES)]
    # Names hold only [a-z0-9_-/.:] so that this is JSON without an encoder's help.
    payloads = ["[" + ",".join(f'"{name}"' for name in piece) + "]" for piece in pieces]
    fits = len(payloads) <= _MOST_PIECES and all(len(payload) <= _PAYLOAD_LIMIT for payload in payloads)
    for payload in payloads if fits else [EVERYTHING]:
        notify(connection, channel, payload)


class Listener:
    """Notifications of some channels over a connection of its own.

    After each (re)connection `wait` reports `*` once for every channel: whatever was said meanwhile was not heard.
    """

    def __init__(self, url: str, channels: Sequence[str]) -> None:
        self._url, self._channels = url, tuple(channels)
        self._connection: Connection | None = None
        self._delay_s = _FIRST_WAIT_S
        self._away = False

    def wait(self, timeout_s: float) -> list[Notification]:
        """What was notified since the last call; waits up to `timeout_s` for the first.

        Never raises for a lost database: it reconnects with a capped, jittered back-off inside the time it was given, and
        says so in the log once.
        """
        until = time.monotonic() + timeout_s
        try:
            if self._connection is None:
                self._connection = self._listening()
                return [Notification(channel, EVERYTHING) for channel in self._channels]
            with translated():
                return self._heard(self._connection, timeout_s)
        except DatabaseUnavailableError as error:
            self._lost(error)
            self._pause(until - time.monotonic())
            return []

    def _listening(self) -> Connection:
        connection = connect(self._url)
        with translated():
            for channel in self._channels:
                connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        if self._away:
            _log.info("listener_back", channels=self._channels)
        self._away, self._delay_s = False, _FIRST_WAIT_S
        return connection

    @staticmethod
    def _heard(connection: Connection, timeout_s: float) -> list[Notification]:
        first = connection.notifies(timeout=timeout_s, stop_after=1)
        return [Notification(n.channel, n.payload) for n in first]

    def _lost(self, error: DatabaseUnavailableError) -> None:
        self._drop()
        if not self._away:
            _log.warning("listener_away", channels=self._channels, error=str(error))
        self._away = True

    def _pause(self, left_s: float) -> None:
        time.sleep(max(0.0, min(left_s, self._delay_s * random.uniform(0.5, 1.0))))  # noqa: S311 - jitter, not a secret
        self._delay_s = min(self._delay_s * 2, _LONGEST_WAIT_S)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def close(self) -> None:
        """Close the connection."""
        self._drop()

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def listen(url: str, channels: Sequence[str]) -> Listener:
    """A listener of `channels`; it connects at the first `wait`."""
    return Listener(url, channels)
