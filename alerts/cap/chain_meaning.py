"""Several messages beside each other: whether what one says of another is so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from alerts.cap.elements import children, first, text, time
from alerts.cap.fault import Fault, advice, fault
from alerts.cap.reference import Reference, read_reference

_Key = tuple[str, str]


def chain_faults(alerts: Sequence[Any]) -> Iterator[tuple[int, Fault]]:
    """(position, fault): names used twice, references to a time at which nothing was sent, earlier ones left out."""
    known: dict[_Key, int] = {}
    for position, alert in enumerate(alerts):
        earlier = known.get(_key(alert))
        # The same message twice, as in a file and a feed, is no fault.
        if earlier is not None and text(alerts[earlier], "sent") != text(alert, "sent"):
            remedy = f"is the identifier of a message sent at {text(alerts[earlier], 'sent')} too; each has its own"
            yield position, fault(first(alert, "identifier"), remedy, value=text(alert, "identifier"))
        known.setdefault(_key(alert), position)
    for position, alert in enumerate(alerts):
        for reference in _references(alert):
            named = known.get((reference.sender, reference.identifier))
            if named is not None and time(alerts[named], "sent") != reference.sent:
                remedy = f"names a message that was sent at {text(alerts[named], 'sent')}"
                yield position, fault(first(alert, "references"), remedy, value=str(reference))
        yield from ((position, found) for found in _left_out(alert, alerts, known))


def _left_out(alert: Any, alerts: Sequence[Any], known: dict[_Key, int]) -> Iterator[Fault]:
    """An Update or Cancel names every earlier message of its chain that has not expired, not the last one alone."""
    sent = time(alert, "sent")
    if text(alert, "msgType") not in {"Update", "Cancel"} or sent is None:
        return
    named = {(each.sender, each.identifier) for each in _references(alert)}
    waiting, chain = list(named), set(named)
    while waiting:
        position = known.get(waiting.pop())
        further = [] if position is None else [(r.sender, r.identifier) for r in _references(alerts[position])]
        waiting += [key for key in further if key not in chain]
        chain.update(further)
    for key in sorted(chain - named):
        position = known.get(key)
        if position is not None and _runs(alerts[position], sent):
            remedy = f"leaves out {key[1]}, an earlier message of the chain that has not expired"
            yield advice(first(alert, "references"), remedy)


def _runs(alert: Any, at: datetime) -> bool:
    ends = [time(info, "expires") for info in children(alert, "info")]
    return any(end is None or end > at for end in ends)


def _references(alert: Any) -> list[Reference]:
    read = (read_reference(part) for part in text(alert, "references").split())
    return [reference for reference in read if reference is not None]


def _key(alert: Any) -> _Key:
    return text(alert, "sender"), text(alert, "identifier")
