"""Due rows of the outbox to channels: at least once, in order for each alert and person, each receiver on its own.

A row is claimed and committed before it is sent, and settled after. A process killed in between leaves its claims; the next
one sends those again, marked as possible repeats, and no others.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import structlog

from alerts.channels.configuration import Outlet
from alerts.channels.message import Channel, GiveUp, Retry
from alerts.composition import Part, Postage
from alerts.escalation import Verdict, next_step, quiet_ends, verdict
from alerts.recipients import Recipients
from alerts.sending import Result, Sender
from domain.stations import Station
from domain.words import LANGUAGES, catalogue
from storage import alerts as alert_store
from storage import deliveries
from storage.contacts import contacts
from storage.database import Connection, Database
from storage.deliveries import Delivery
from storage.published_areas import add_published
from storage.stations import load_stations
from storage.tellings import exercise_channels

_WAIT_S = 0.02
_ESCALATE_EVERY_S = 1.0
_DEFER_EVERY = timedelta(seconds=1)
#: Rows that are looked at to form groups.
_MOST_GATHERED = 20_000
#: No group is waited for longer, not even while a storm over thousands of gauges is still being stored.
LONGEST_GATHERING = timedelta(seconds=15)
#: Who is told in the stead of those who did not answer waits for the last of them, whose turns came within some seconds.
STEAD_GATHERING = timedelta(seconds=5)

_log = structlog.get_logger(__name__)


class Office:
    """Everything that sends. One for each process that delivers; `work` is called by one thread, again and again.

    `public_url`: where acknowledgement links lead; None: no links. `group_wait`: alerts of one basin that come within so
    long of each other are one message where the channel groups; zero: each on its own. `storm`: set while more of what began
    together is being judged and stored, however long that takes; groups are kept open as long.
    """

    def __init__(
        self,
        database: Database,
        outlets: Mapping[str, Outlet],
        recipients: Recipients,
        clock: Callable[[], datetime],
        *,
        public_url: str | None = None,
        link_key: bytes = b"",
        group_wait: timedelta = timedelta(0),
        storm: threading.Event | None = None,
    ) -> None:
        self._database, self._recipients, self._clock = database, recipients, clock
        self._public_url, self._link_key, self._group_wait = public_url, link_key, group_wait
        self._storm = storm or threading.Event()
        for language in LANGUAGES:  # no first warning waits for the texts to be read
            catalogue(language)
        self._sender = Sender(outlets, recipients, clock, gathers=bool(group_wait))
        self._name = token_hex(8)
        self._stations: dict[str, Station] = {}
        self._unsettled: list[Result] = []
        self._unsure = True  # whether rows may be claimed that nobody is sending
        self._anew = threading.Event()
        self._escalated_at_s = -_ESCALATE_EVERY_S
        self._quiet: Mapping[str, datetime] = {}  # until when each recipient's hours last, at the last look
        self._deferred_at = datetime.min.replace(tzinfo=UTC)
        self.exhausted: str | None = None  # why the newest message that reached nobody did not

    def work(self, *, seconds: float = 2.0, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Send what is due until nothing is, or for so many seconds; how many were sent, postponed, given up, held.

        What is under way then goes on, and is settled by the next call. Raises DatabaseUnavailableError: nothing is lost,
        call again.
        """
        outcomes: Counter[str] = Counter()
        until = time.monotonic() + seconds
        while not stopped():
            self._unsettled += self._sender.results(_WAIT_S if self._sender.in_flight else 0.0)
            claimed, waits = self._round(self._clock(), outcomes)
            idle = not (claimed or waits or self._sender.in_flight)
            if idle or time.monotonic() > until:
                break
            if waits and not self._sender.in_flight:
                time.sleep(_WAIT_S)
        return outcomes

    def failing(self) -> dict[str, str]:
        """The receivers that do not answer (`recipient/person/channel`), with why. For any thread."""
        return self._sender.failing()

    def begin_anew(self) -> None:
        """Another process may have delivered meanwhile, or stations have changed: the next round asks. For any thread."""
        self._anew.set()

    def close(self) -> None:
        """Start nothing more; what was claimed and not sent is sent by the next process, marked."""
        self._sender.close()

    def _round(self, now: datetime, outcomes: Counter[str]) -> tuple[bool, bool]:
        """One transaction: settle, escalate, claim; then send. Whether anything was claimed, or waits for its neighbours."""
        if self._anew.is_set():
            self._anew.clear()
            self._unsure, self._stations = True, {}
        unsure, self._unsure = self._unsure, True  # until this transaction has ended well
        with self._database.transaction() as connection:
            if unsure:
                self._reclaim(connection, now)
            verdicts = self._settle(connection, now)
            self._escalate(connection, now)
            claimed = self._claim(connection, now, unsure=unsure)
            parts = self._parts(connection, claimed)
            postage = self._postage(connection, claimed) if parts else None
            waits = not claimed and self._gathers(connection, now)
        self._unsure = False
        self._unsettled.clear()
        for result, found in verdicts:
            outcomes[found.word] += 1
            self._say(result, found)
        if postage is not None:
            self._sender.dispatch(parts, postage)
        return bool(claimed), waits

    def _settle(self, connection: Connection, now: datetime) -> list[tuple[Result, Verdict]]:
        """Write down the results and who is told next."""
        failed = [r.delivery.id for r in self._unsettled if isinstance(r.outcome, Retry | GiveUp)]
        asked = deliveries.asked(connection, failed)
        verdicts = [
            (r, verdict(r.delivery, r.outcome, self._recipients, now, asked.get(r.delivery.id, ())))
            for r in self._unsettled
        ]
        if verdicts:
            ours = deliveries.settle(connection, self._name, now, [v.settlement for _, v in verdicts])
            further = [v.then for r, v in verdicts if v.then is not None and r.delivery.id in ours]
            deliveries.enqueue(connection, further)
        return verdicts

    def _say(self, result: Result, found: Verdict) -> None:
        """In the log, what did not arrive."""
        if not isinstance(result.outcome, Retry | GiveUp):
            return
        if found.word == "given_up" and found.then is None and not result.delivery.copy:
            self.exhausted = result.outcome.error
        _log.warning(
            "delivery_failed",
            alert=result.delivery.alert,
            version=result.delivery.version,
            recipient=result.delivery.recipient,
            channel=result.delivery.channel,
            attempt=result.delivery.attempts,
            error=result.outcome.error,
            became=found.word,
        )

    def _reclaim(self, connection: Connection, now: datetime) -> None:
        """What a process that ended left under way."""
        known = self._sender.under_way | {result.delivery.id for result in self._unsettled}
        count = deliveries.reclaim(connection, self._name, now, known)
        if count:
            _log.warning("deliveries_may_repeat", count=count)

    def _escalate(self, connection: Connection, now: datetime) -> None:
        """Go on with what nobody answered."""
        if time.monotonic() - self._escalated_at_s < _ESCALATE_EVERY_S:
            return
        found = deliveries.unanswered(connection, now)
        asked = deliveries.asked(connection, [delivery.id for delivery, _ in found])
        for delivery, repeated in found:
            step = next_step(delivery, self._recipients, now, asked[delivery.id], again=not repeated)
            deliveries.enqueue(connection, [] if step is None else [step])
            _log.warning(
                "not_acknowledged",
                alert=delivery.alert,
                recipient=delivery.recipient,
                person=delivery.person,
                then=None if step is None else f"{step.recipient}/{step.person}/{step.channel}",
            )
        self._escalated_at_s = time.monotonic()

    def _defer(self, connection: Connection, now: datetime, *, unsure: bool) -> None:
        """Hold back what quiet hours cover: as they begin, before anything else is claimed, and then what comes back meanwhile.

        That fails or rests for seconds, so once a second will do: every look reads all that waits and is not urgent.
        """
        quiet = quiet_ends(self._recipients, now)
        lately = timedelta(0) <= now - self._deferred_at < _DEFER_EVERY
        if unsure or not lately or quiet != self._quiet:
            deliveries.defer(connection, quiet)
            self._quiet, self._deferred_at = quiet, now

    def _claim(self, connection: Connection, now: datetime, *, unsure: bool) -> list[Delivery]:
        """First what is sent each on its own; then groups, for which all that is due must be looked at."""
        self._defer(connection, now, unsure=unsure)
        deliveries.overtake(connection, now)
        rooms, closed = self._sender.rooms(), self._sender.closed(now)
        each = [room for room in rooms if room.grouping == "each"]
        grouped = [room for room in rooms if room.grouping != "each" and room.quota > 0]
        known = [room.channel for room in rooms]
        claimed = deliveries.claim(connection, self._name, now, each, closed=closed, known=known)
        if not grouped:
            return claimed
        longest = LONGEST_GATHERING if self._group_wait else timedelta(0)
        gap = longest if self._storm.is_set() else self._group_wait
        return claimed + deliveries.claim(
            connection,
            self._name,
            now,
            grouped,
            closed=closed,
            gap=gap,
            longest=longest,
            stead_gap=STEAD_GATHERING if self._group_wait else timedelta(0),
            scan=_MOST_GATHERED,
        )

    def _gathers(self, connection: Connection, now: datetime) -> bool:
        return bool(self._group_wait) and deliveries.gathering(connection, now, LONGEST_GATHERING)

    def _parts(self, connection: Connection, claimed: Sequence[Delivery]) -> list[Part]:
        """The rows with their alerts; one whose alert is gone is given up."""
        alerts = alert_store.alerts_named(connection, list({d.alert for d in claimed})) if claimed else {}
        if any(alert.station not in self._stations for alert in alerts.values()):
            self._stations = load_stations(connection)
        parts = []
        for delivery in claimed:
            alert = alerts.get(delivery.alert)
            version = next((v for v in alert.versions if v.number == delivery.version), None) if alert else None
            station = self._stations.get(alert.station) if alert else None
            if alert is None or version is None or station is None:
                gone = f"alert {delivery.alert} has no version {delivery.version} or no station any more"
                self._sender.refuse(delivery, gone)
            else:
                parts.append(Part(delivery=delivery, alert=alert, version=version, station=station))
        return parts

    def _postage(self, connection: Connection, claimed: Sequence[Delivery]) -> Postage:
        areas = self._sender.areas_told(claimed)
        add_published(connection, areas)
        return Postage(
            recipients=self._recipients,
            contacts=contacts(connection),
            public_url=self._public_url,
            link_key=self._link_key,
            active=alert_store.active_alerts(connection) if areas else [],
            stations=self._stations,
            exercise_channels=exercise_channels(connection) if areas else frozenset(),
        )


def deliver_due(
    database: Database, channels: Mapping[str, Channel], now: datetime, recipients: Recipients | None = None
) -> Counter[str]:
    """Send everything that is due at `now` over plain channels, and wait for the end of it; what became of the messages."""
    outlets = {name: Outlet(name=name, send=send) for name, send in channels.items()}
    office = Office(database, outlets, recipients or Recipients.of(()), lambda: now)
    try:
        return office.work(seconds=60.0)
    finally:
        office.close()
