"""The threads side of delivery: claimed messages go out, each receiver on its own, and results come back."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby

import structlog

from alerts.area_state import area_message
from alerts.channels.configuration import Outlet
from alerts.channels.message import GiveUp, Message, Outcome, Retry, Unsent
from alerts.composition import Part, Postage, compose
from alerts.escalation import rungs
from alerts.lanes import Lanes
from alerts.receivers import Receivers
from alerts.recipients import Recipients
from alerts.token_bucket import TokenBucket
from storage.deliveries import Delivery, Room

#: Claimed at once for one receiver, and for one channel: what a crash can make repeat, and what keeps the threads busy.
_PER_RECEIVER, _PER_CHANNEL = 512, 2048

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row."""

    delivery: Delivery
    outcome: Outcome


class Sender:
    """Lanes, rests and rates of every channel. Its methods are called by one thread; the lanes have their own."""

    def __init__(
        self,
        outlets: Mapping[str, Outlet],
        recipients: Recipients,
        clock: Callable[[], datetime],
        *,
        gathers: bool,
    ) -> None:
        self._outlets, self._recipients, self._clock, self._gathers = outlets, recipients, clock, gathers
        self._receivers = Receivers()
        self._lanes = {name: Lanes(name, outlet.concurrency) for name, outlet in outlets.items()}
        self._buckets = {name: TokenBucket(o.per_minute, o.burst) for name, o in outlets.items()}
        self._results: queue.SimpleQueue[list[Result]] = queue.SimpleQueue()
        self._in_flight: Counter[str] = Counter()  # rows by receiver
        self._under_way: set[int] = set()

    @property
    def in_flight(self) -> int:
        """Rows under way whose result was not taken yet."""
        return self._in_flight.total()

    @property
    def under_way(self) -> frozenset[int]:
        """Their ids."""
        return frozenset(self._under_way)

    def areas_told(self, deliveries: Iterable[Delivery]) -> set[str]:
        """The areas of which some of these say the whole state; none where none goes over a channel that does."""
        areal = {name for name, outlet in self._outlets.items() if outlet.area_state}
        found = (self._recipients.named(each.recipient) for each in deliveries if each.channel in areal)
        return {recipient.area for recipient in found if recipient is not None}

    def results(self, wait_s: float) -> list[Result]:
        """What came back since the last call; waits so long for the first, and for half of what is under way."""
        found: list[Result] = []
        until, enough = time.monotonic() + wait_s, self.in_flight // 2
        try:
            while True:
                left_s = until - time.monotonic()
                waits = left_s > 0 and len(found) <= enough
                found += self._results.get(timeout=left_s) if waits else self._results.get_nowait()
        except queue.Empty:
            pass
        for result in found:
            self._in_flight[result.delivery.receiver] -= 1
            self._under_way.discard(result.delivery.id)
        self._in_flight = +self._in_flight
        return found

    def rooms(self) -> list[Room]:
        """How much each channel may take now."""
        busy: Counter[str] = Counter()
        for receiver, count in self._in_flight.items():
            busy[receiver.rsplit("/", 1)[1]] += count
        rooms = []
        for name, outlet in self._outlets.items():
            allowed = self._buckets[name].available(time.monotonic())
            quota = max(0, _PER_CHANNEL - busy[name])
            quota = quota if allowed is None else min(quota, allowed)
            grouping = outlet.grouping if self._gathers or outlet.grouping == "all" else "each"
            rooms.append(Room(channel=name, quota=quota, per_recipient=_PER_RECEIVER, grouping=grouping))
        return rooms

    def closed(self, now: datetime) -> list[str]:
        """Receivers for which nothing is taken: they have enough, or rest and there is no other way."""
        full = [receiver for receiver, count in self._in_flight.items() if count >= _PER_RECEIVER]
        return full + [r for r in self._receivers.resting(now) if not self._passes_on(r, now)]

    def failing(self) -> dict[str, str]:
        """The receivers that do not answer, with why."""
        return self._receivers.failing()

    def _passes_on(self, receiver: str, now: datetime) -> bool:
        """Whether what is for a resting receiver goes to the next rung without trying."""
        name, person, channel = receiver.rsplit("/", 2)
        recipient = self._recipients.named(name)
        if recipient is None or self._receivers.failures(receiver) < self._recipients.escalation.tries:
            return False
        return (person, channel) in rungs(self._recipients, recipient, now)[:-1]

    def refuse(self, delivery: Delivery, error: str) -> None:
        """A row that cannot be sent at all."""
        self._begins(delivery)
        self._results.put([Result(delivery, GiveUp(error))])

    def _begins(self, delivery: Delivery) -> None:
        self._in_flight[delivery.receiver] += 1
        self._under_way.add(delivery.id)

    def dispatch(self, parts: Sequence[Part], postage: Postage) -> None:
        """Hand each message to its lane."""
        for part in parts:
            self._begins(part.delivery)
        by_message = sorted(parts, key=lambda p: (p.delivery.message or "", p.delivery.receiver))
        messages = [
            list(group) for _, group in groupby(by_message, key=lambda p: (p.delivery.message, p.delivery.receiver))
        ]
        by_receiver: dict[str, list[list[Part]]] = {}
        for message in sorted(messages, key=lambda m: (not m[0].delivery.urgent, min(p.delivery.id for p in m))):
            by_receiver.setdefault(message[0].delivery.receiver, []).append(message)
        for receiver, its_messages in by_receiver.items():
            self._hand_over(receiver, its_messages, postage)

    def _hand_over(self, receiver: str, messages: Sequence[list[Part]], postage: Postage) -> None:
        channel = messages[0][0].delivery.channel
        outlet = self._outlets.get(channel)
        if outlet is None:
            known = ", ".join(sorted(self._outlets))
            for parts in messages:
                self._finish(parts, GiveUp(f"there is no channel {channel!r}; known are {known}"))
            return
        self._buckets[channel].take(len(messages))
        self._lanes[channel].submit(receiver, [partial(self._send, parts, outlet, postage) for parts in messages])

    def _send(self, parts: list[Part], outlet: Outlet, postage: Postage) -> None:
        """In a thread of the lane: its outermost step, which must say something of every row."""
        receiver, now = parts[0].delivery.receiver, self._clock()
        until = self._receivers.rests_until(receiver, now)
        if until is not None:
            error = f"does not answer: {self._receivers.error(receiver)}"
            self._finish(parts, GiveUp(error) if self._passes_on(receiver, now) else Unsent(until))
            return
        try:
            outcome = outlet.send(_message(parts, outlet, postage, now))
        except Exception as error:  # noqa: BLE001 - one broken message must stop no other
            _log.exception("channel_broken", channel=outlet.name)
            outcome = Retry(type(error).__name__, may_have_arrived=True)
        self._receivers.note(receiver, outcome, self._clock())
        self._finish(parts, outcome)

    def _finish(self, parts: Sequence[Part], outcome: Outcome) -> None:
        self._results.put([Result(part.delivery, outcome) for part in parts])

    def close(self) -> None:
        """Start nothing more. What is under way goes on."""
        for lanes in self._lanes.values():
            lanes.close()


def _message(parts: Sequence[Part], outlet: Outlet, postage: Postage, now: datetime) -> Message:
    if outlet.area_state:
        return area_message(parts, postage, now)
    return compose(parts, postage, now, machine=outlet.machine)
