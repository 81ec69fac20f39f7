"""The meaning of <alert>: who says it, when, to whom, about which earlier messages (CAP 1.2 §3.2.1)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from alerts.cap.elements import children, empty, first, text, text_of, time
from alerts.cap.fault import Fault, advice, fault
from alerts.cap.reference import Reference, is_name, read_cap_time, read_reference

#: A sender's clock may be ahead by so much.
MOST_SKEW = timedelta(minutes=5)
#: Messages that are about earlier ones, and those that say something of their own.
_ABOUT_OTHERS = ("Update", "Cancel", "Ack", "Error")
_TIMES = ("}sent", "}effective", "}onset", "}expires")
_SPEAKING = ("Alert", "Update")


def alert_faults(alert: Any, now: datetime) -> Iterator[Fault]:
    """What contradicts the standard above the <info> blocks."""
    yield from _names(alert)
    yield from _sent(alert, now)
    yield from _scope(alert)
    yield from _notes(alert)
    yield from _references(alert)
    if text(alert, "msgType") in _SPEAKING and not children(alert, "info"):
        yield fault(alert, f"a {text(alert, 'msgType')} says nothing without an info block", tag="info")
    for child in empty(alert, "code"):
        yield fault(child, "is empty; leave it out")


def _names(alert: Any) -> Iterator[Fault]:
    for tag in ("identifier", "sender"):
        for child in children(alert, tag):
            written = "".join(child.itertext())
            if not is_name(written.strip()):
                yield fault(child, "must have no spaces, commas, < or &, and not be empty", value=written)


def _sent(alert: Any, now: datetime) -> Iterator[Fault]:
    sent = time(alert, "sent")
    if sent is not None and sent > now + MOST_SKEW:
        yield fault(first(alert, "sent"), "lies in the future", value=text(alert, "sent"))
    times = [element for element in alert.iter() if str(element.tag).endswith(_TIMES) and text_of(element)]
    for element in times:
        if read_cap_time(text_of(element)) is None:
            remedy = "is no time that exists; write it as 2025-10-27T07:00:00+07:00"
            yield fault(element, remedy, value=text_of(element))
    for element in [each for each in times if text_of(each).endswith("+00:00")][:1]:
        remedy = "CAP writes UTC as -00:00, and a local time with its own offset"
        yield advice(element, remedy, value=text_of(element))


def _scope(alert: Any) -> Iterator[Fault]:
    scope = text(alert, "scope")
    restriction, addresses = text(alert, "restriction"), text(alert, "addresses")
    if scope == "Restricted" and not restriction:
        yield fault(first(alert, "scope"), "scope Restricted needs the rule of its restriction", tag="restriction")
    if scope != "Restricted" and restriction:
        yield fault(first(alert, "restriction"), f"belongs to scope Restricted, not {scope}", value=restriction)
    if scope == "Private" and not addresses:
        yield fault(first(alert, "scope"), "scope Private needs the addresses of its readers", tag="addresses")
    for tag in ("addresses", "incidents"):
        if not _quoted_well(text(alert, tag)):
            yield fault(
                first(alert, tag), "names with spaces stand in double quotes, closed ones", value=text(alert, tag)
            )


def _quoted_well(names: str) -> bool:
    lexer = shlex.shlex(names, posix=True)
    lexer.quotes, lexer.whitespace_split, lexer.commenters, lexer.escape = '"', True, "", ""
    try:
        list(lexer)
    except ValueError:
        return False
    return True


def _notes(alert: Any) -> Iterator[Fault]:
    if text(alert, "note"):
        return
    if text(alert, "status") == "Exercise":
        yield fault(first(alert, "status"), "an Exercise names its drill, so that nobody takes it as real", tag="note")
    if text(alert, "msgType") == "Error":
        yield fault(first(alert, "msgType"), "an Error explains what was wrong", tag="note")


def _references(alert: Any) -> Iterator[Fault]:
    kind, written = text(alert, "msgType"), text(alert, "references")
    element = first(alert, "references")
    if kind in _ABOUT_OTHERS and not written:
        remedy = "names the earlier messages: sender,identifier,sent for each, with spaces between"
        yield fault(first(alert, "msgType"), f"{kind} {remedy}", tag="references")
    if kind == "Alert" and written:
        yield advice(element, "a first Alert has none; is this an Update?", value=written)
    seen: set[Reference] = set()
    for part in written.split():
        reference = read_reference(part)
        if reference is None:
            yield fault(element, "must be sender,identifier,sent (2025-10-27T07:00:00+07:00)", value=part)
            continue
        yield from _reference(alert, element, part, reference)
        if reference in seen:
            yield advice(element, "stands twice", value=part)
        seen.add(reference)


def _reference(alert: Any, element: Any, written: str, reference: Reference) -> Iterator[Fault]:
    if (reference.sender, reference.identifier) == (text(alert, "sender"), text(alert, "identifier")):
        yield fault(element, "names the message itself; a new message has an identifier of its own", value=written)
        return
    sent = time(alert, "sent")
    if sent is not None and reference.sent > sent:
        yield fault(element, "names a message that was sent later than this one", value=written)
