"""An Atom feed (RFC 4287) of CAP messages: whether a reader can follow it to each of them.

A feed may hold its messages or, as the OASIS Example Practices: CAP Feeds 1.0 ask, link to them. Links are not followed here: a file is
checked without the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from alerts.cap.fault import Fault, advice, fault
from alerts.cap.writing import NAMESPACE

CAP_TYPE = "application/cap+xml"
_ATOM = "{http://www.w3.org/2005/Atom}"
#: What feed and entry must have once each.
_ONCE = ("id", "title", "updated")


def is_feed(root: Any) -> bool:
    """Whether it is an Atom feed."""
    return bool(root.tag == f"{_ATOM}feed")


def linked(root: Any) -> list[str]:
    """The addresses of the messages that the feed links to, in its order."""
    return [link.get("href", "") for entry in root.iterfind(f"{_ATOM}entry") for link in _cap_links(entry)]


def feed_faults(root: Any) -> Iterator[Fault]:
    """What is wrong with the feed itself; its messages are checked on their own."""
    yield from _once(root)
    entries = root.findall(f"{_ATOM}entry")
    if root.find(f"{_ATOM}author") is None and any(entry.find(f"{_ATOM}author") is None for entry in entries):
        yield fault(root, "is missing: the feed, or each of its entries, names one", tag="author")
    if not any(link.get("rel") == "self" for link in root.iterfind(f"{_ATOM}link")):
        yield advice(root, 'has no link with rel="self"; readers come back by it', tag="link")
    for entry in entries:
        yield from _entry_faults(entry)
    twice = [each for each, count in Counter(entry.findtext(f"{_ATOM}id") for entry in entries).items() if count > 1]
    for identifier in filter(None, twice):
        yield fault(root, "stands in two entries; give each its own", value=identifier, tag="id")


def _once(element: Any) -> Iterator[Fault]:
    for tag in _ONCE:
        found = element.findall(f"{_ATOM}{tag}")
        if len(found) != 1:
            yield fault(element, f"stands {len(found)} times; it must stand once", tag=tag)
        elif not (found[0].text or "").strip():
            yield fault(found[0], "is empty")
        elif tag == "updated" and not _is_time(found[0].text):
            yield fault(found[0], "must be a time with its offset, like 2025-10-27T06:00:00+07:00", value=found[0].text)


def _is_time(written: str) -> bool:
    try:
        return datetime.fromisoformat(written.strip()).tzinfo is not None
    except ValueError:
        return False


def _entry_faults(entry: Any) -> Iterator[Fault]:
    yield from _once(entry)
    links = _cap_links(entry)
    if not links and entry.find(f".//{{{NAMESPACE}}}alert") is None:
        yield fault(entry, f'has neither a message within it nor a link with type="{CAP_TYPE}"')
    for link in links:
        place = urlsplit(link.get("href", ""))
        if place.scheme not in {"http", "https"} or not place.netloc:
            yield fault(link, "must be a whole address, https://…", value=link.get("href"))


def _cap_links(entry: Any) -> list[Any]:
    return [
        link
        for link in entry.iterfind(f"{_ATOM}link")
        if link.get("type") == CAP_TYPE and link.get("rel", "alternate") in {"alternate", "enclosure"}
    ]
