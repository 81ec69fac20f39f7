"""The watcher is watched: a thread of its own that looks at everything else, and speaks without it.

It tells the recipients with the role `operator` over the channels directly, with the contacts it read last: not through the
outbox, the database or the job that sends, for those are what it may have to report. While the house is well it calls an address
outside, so that somebody can miss the call when this whole process, or its machine, is gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog

from alerts.channels.configuration import Outlet
from alerts.channels.message import GiveUp, Message, Retry, Sent
from alerts.channels.posting import Poster
from alerts.escalation import rungs
from alerts.places import stamp
from alerts.recipients import Recipient, Role
from domain.errors import EwsError
from domain.siren_orders import Blast
from domain.words import Language, catalogue, say
from scheduler.bounded import Bounded
from scheduler.delivery_watch import DeliveryWatch
from scheduler.house import House
from scheduler.watch import Change, Trouble, Watch
from storage import sirens, watch_alarms
from storage.contacts import GATEWAY, Contacts, contacts
from storage.database import Connection, connect
from storage.jobs import jobs

_EVERY_S = 5.0
_BROKER_S = 3.0
#: Longer than a connection may take to be made.
_DATABASE_S = 8.0
_CALL_S = 10.0
#: So many calls outside in a row that were not taken are no chance: the operator is told.
_CALLS_MISSED = 3
#: A siren answers when its signal is over; the longest of the code takes three minutes.
_SIREN_ANSWERS_WITHIN = timedelta(minutes=4)
#: How long a siren that did not answer, or did not sound, counts as a trouble.
_SIREN_FOR = timedelta(minutes=15)
#: What follows from a trouble, where that is not that warnings may be late.
_MEANS = {"channel": "means_channel", "rules": "means_rules", "deadman": "means_deadman"}

_log = structlog.get_logger(__name__)


class Watcher:
    """Looks every five seconds until it is stopped."""

    def __init__(
        self, house: House, outlets: Mapping[str, Outlet], *, deadman_url: str | None, deadman_every_s: float
    ) -> None:
        self._house, self._outlets = house, outlets
        self._deadman_url, self._deadman_every_s = deadman_url, deadman_every_s
        self._called_at_s = -deadman_every_s
        self._missed: list[datetime] = []  # calls outside that were not taken, since the last that was
        self._missed_why = ""
        self._watch, self._poster = Watch(), Poster(_CALL_S)
        self._contacts: Contacts = {}
        self._unsaved: list[Change] = []
        self._inherited: dict[str, datetime] = {}
        self._heir = False
        self._database: Bounded[dict[str, Trouble]] = Bounded("watch-database")
        self._diary: Bounded[bool] = Bounded("watch-diary")
        self._delivery = DeliveryWatch(house.office)
        self._began = datetime.now(UTC)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="watch", daemon=True)

    @property
    def open(self) -> Mapping[str, Trouble]:
        """What is late or away, by subject."""
        return self._watch.open

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon. A call that is under way is left to itself."""
        self._stop.set()

    def _live(self) -> None:
        while not self._stop.wait(_EVERY_S):
            try:
                self.look(datetime.now(UTC))
            except Exception:  # noqa: BLE001 - the outermost loop of the one who must go on whatever happens
                _log.exception("watch_broken")

    def look(self, now: datetime) -> list[Change]:
        """One look: say what changed, keep it, and call outside when the house is well; what changed."""
        found = self._found(now)
        self._watch.inherit(self._inherited, now)
        self._inherited.clear()
        if "database" in found:
            self._began = now  # jobs that could not succeed meanwhile are given their time anew
        changes = self._watch.look(found, now)
        for change in changes:
            self._say(change, now)
        self._keep(changes, now)
        if self._watch.well:
            self._call(now)
        return changes

    def _found(self, now: datetime) -> dict[str, Trouble]:
        found = self._of_the_database(now)
        if self._deadman_url is not None and "deadman" in self._inherited:  # until a call of ours says otherwise
            self._missed = [self._inherited["deadman"]] * _CALLS_MISSED
        wrong = None if self._house.publisher is None else self._house.publisher.probe(_BROKER_S)
        if wrong is not None:
            found["broker"] = Trouble(key="broker", since=now, facts=(("error", wrong),))
        if self._house.audit_end.broken is not None:
            found["audit"] = Trouble(key="broken", since=now, facts=(("error", self._house.audit_end.broken),))
        if self._house.rules_not_obeyed is not None:
            facts = (("error", self._house.rules_not_obeyed[:200]),)
            found["rules"] = Trouble(key="not_obeyed", since=now, facts=facts)
        if len(self._missed) >= _CALLS_MISSED:
            facts = (("error", self._missed_why),)
            found["deadman"] = Trouble(key="uncalled", since=self._missed[0], facts=facts, outside=True)
        return found

    def _of_the_database(self, now: datetime) -> dict[str, Trouble]:
        """What is wrong with it, or what it knows to be wrong. A server that hangs answers nothing, without end."""
        try:
            found = self._database.ask(lambda: self._asked(now), _DATABASE_S)
        except EwsError as error:
            found = {"database": Trouble(key="database", since=now, facts=(("error", str(error)[:200]),))}
        if found is None:
            said = f"it holds the connection and does not answer within {_DATABASE_S:.0f} s"
            return {"database": Trouble(key="database", since=now, facts=(("error", said),))}
        return found

    def _asked(self, now: datetime) -> dict[str, Trouble]:
        connection = connect(self._house.database.url)
        try:
            return self._in_database(connection, now)
        finally:
            connection.close()

    def _in_database(self, connection: Connection, now: datetime) -> dict[str, Trouble]:
        """Late jobs, ingest among them, and messages that wait."""
        if not self._heir:
            self._inherited = {alarm.subject: alarm.since for alarm in watch_alarms.watch_alarms(connection)}
            self._heir = True
        found = {}
        for run in jobs(connection):
            since = run.late_since(now, watched_since=self._began)
            if since is not None:
                facts = (("time", stamp(since)), *((("error", run.last_error[:200]),) if run.last_error else ()))
                key = "error" if run.last_error else "never"
                found[run.job if run.job == "ingest" else f"job/{run.job}"] = Trouble(key=key, since=since, facts=facts)
        found |= self._delivery.found(connection, now, self._began)
        for siren, blast in sirens.not_sounded(
            connection, since=now - _SIREN_FOR, until=now - _SIREN_ANSWERS_WITHIN
        ).items():
            found[f"siren/{siren}"] = _of_a_siren(blast)
        self._contacts = contacts(connection)
        return found

    def _say(self, change: Change, now: datetime) -> None:
        """Log, and the operators; each of them in a thread, so that none waits for another's channel."""
        if change.trouble is None:
            _log.info("watch_well", subject=change.subject)
        else:
            found = dict(change.trouble.facts)
            _log.error("watch_trouble", subject=change.subject, found=change.trouble.key, **found)
        for operator in self._house.recipients:
            if operator.role is Role.OPERATOR:
                thread = threading.Thread(
                    target=self._tell, args=(operator, change, now), name="watch-say", daemon=True
                )
                thread.start()

    def _tell(self, operator: Recipient, change: Change, now: datetime) -> None:
        """Every copy, and the ladder until somebody has it."""
        for channel in operator.copies:
            self._send(operator, "", channel, change, now)
        for person, channel in rungs(self._house.recipients, operator, now):
            if self._send(operator, person, channel, change, now):
                return

    def _send(self, operator: Recipient, person: str, channel: str, change: Change, now: datetime) -> bool:
        outlet = self._outlets.get(channel)
        if outlet is None or outlet.machine:
            return False
        own = self._contacts.get((operator.id, person, channel)) or self._contacts.get((operator.id, "", channel))
        gateway = self._contacts.get((GATEWAY, "", channel))
        title, body = words(change, operator.language)
        message = Message(
            identifier=f"watch.{change.subject.replace('/', '.')}.{int(now.timestamp())}",
            version=1,
            recipient=operator.id,
            person=person,
            language=operator.language,
            headline=title,
            body=body,
            key=f"watch.{change.subject}.{int(now.timestamp())}",
            address=None if own is None else own.address,
            gateway=None if gateway is None else gateway.address,
            gateway_secret=None if gateway is None else gateway.secret,
        )
        outcome = outlet.send(message)
        if not isinstance(outcome, Sent):
            _log.warning("watch_not_told", operator=operator.id, channel=channel, outcome=type(outcome).__name__)
        return isinstance(outcome, Sent)

    def _keep(self, changes: list[Change], now: datetime) -> None:
        """In the database, when it is there again at the latest."""
        self._unsaved += changes
        if not self._unsaved or "database" in self._watch.open:
            return
        unsaved = list(self._unsaved)
        try:
            kept = self._diary.ask(lambda: self._store(unsaved, now), _DATABASE_S)
        except EwsError as error:
            _log.warning("watch_not_stored", error=str(error))
            return
        if kept:
            del self._unsaved[: len(unsaved)]

    def _store(self, changes: list[Change], now: datetime) -> bool:
        with self._house.database.transaction() as connection:
            for change in changes:
                _keep_one(connection, change, now)
        return True

    def _call(self, now: datetime) -> None:
        """The sign of life outside. It is not given when anything in the house is wrong: that is what makes it worth missing."""
        if self._deadman_url is None or time.monotonic() - self._called_at_s < self._deadman_every_s:
            return
        self._called_at_s = time.monotonic()
        noted = self._house.audit_end.noted  # where the audit ended: kept outside, nobody in the house can take it back
        outcome = self._poster.post(self._deadman_url, noted.encode(), {"User-Agent": "hue-ews"})
        if not isinstance(outcome, Sent):
            self._missed = [*self._missed[: _CALLS_MISSED - 1], now]
            self._missed_why = outcome.error[:200] if isinstance(outcome, Retry | GiveUp) else type(outcome).__name__
            _log.warning("deadman_not_called", outcome=type(outcome).__name__, error=self._missed_why)
        else:
            self._missed = []


def _keep_one(connection: Connection, change: Change, now: datetime) -> None:
    if change.trouble is None:
        watch_alarms.end(connection, change.subject, now)
    else:
        watch_alarms.begin(connection, change.subject, change.since, _found(change.trouble, "en"))


def _of_a_siren(blast: Blast) -> Trouble:
    facts = (("order", str(blast.order)), ("number", str(blast.number)), ("time", stamp(blast.at)))
    if blast.answer is None:
        return Trouble(key="unanswered", since=blast.at, facts=facts, outside=True)
    return Trouble(key="not_sounded", since=blast.at, facts=(*facts, ("error", blast.answer)), outside=True)


def words(change: Change, language: Language) -> tuple[str, str]:
    """Headline and body."""
    subject = _subject(change.subject, language)
    if change.trouble is None:
        return say("alert.watch.headline.well", language, subject=subject), say(
            "alert.watch.line.since", language, time=stamp(change.since)
        )
    title = say("alert.watch.headline.late", language, subject=subject, found=_found(change.trouble, language))
    means = _MEANS.get(change.subject.partition("/")[0], "means")
    lines = [
        say("alert.watch.line.since", language, time=stamp(change.since)),
        say(f"alert.watch.line.{means}", language),
    ]
    return title, "\n".join(lines)


def _subject(subject: str, language: Language) -> str:
    kind, _, name = subject.partition("/")
    key = f"alert.watch.{kind}"
    return say(key, language, name=name) if key in catalogue(language) else subject


def _found(trouble: Trouble, language: Language) -> str:
    return say(f"alert.watch.found.{trouble.key}", language, **dict(trouble.facts))
