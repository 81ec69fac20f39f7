"""The feed of active warnings: Atom (RFC 4287) with a link to each CAP message (OASIS, Example Practices: CAP Feeds 1.0)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lxml import etree

from alerts.cap.bulletin import LANGUAGE_TAGS
from alerts.cap.elements import children, text, texts
from alerts.cap.reading import read_alerts
from alerts.cap.reference import cap_time
from alerts.cap.writing import NAMESPACE, document
from domain.words import LANGUAGES, Language, say
from storage.cap_messages import StoredCapMessage

CAP_TYPE = "application/cap+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: Of <info>, repeated in the entry so that a reader can choose without fetching.
_REPEATED = ("event", "category", "urgency", "severity", "certainty", "effective", "onset", "expires")


def message_path(identifier: str) -> str:
    """Where a message is served."""
    return f"/cap/{quote(identifier, safe='')}.xml"


def feed_path(language: Language) -> str:
    """Where the feed is served."""
    return f"/cap/feed.atom?lang={language}"


def atom_feed(messages: Sequence[StoredCapMessage], *, base: str, language: Language, updated: datetime) -> bytes:
    """The feed in one language. `base`: the address of the pages without a slash at its end."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM, "cap": NAMESPACE})
    feed.set(_XML_LANGUAGE, LANGUAGE_TAGS[language])
    _add(feed, "id", f"{base}/cap/feed.atom")
    _add(feed, "title", say("alert.cap.feed.title", language))
    _add(feed, "subtitle", say("alert.cap.feed.subtitle", language))
    _add(feed, "updated", cap_time(updated))
    _add(_add(feed, "author"), "name", say("alert.cap.sender_name", language))
    _add(feed, "link", rel="self", type="application/atom+xml", href=base + feed_path(language))
    for other in LANGUAGES:
        if other != language:
            tag = LANGUAGE_TAGS[other]
            _add(feed, "link", rel="alternate", type="application/atom+xml", hreflang=tag, href=base + feed_path(other))
    _add(feed, "link", rel="alternate", type="text/html", href=f"{base}/")
    for message in messages:
        _entry(feed, message, base, language)
    return document(feed)


def _entry(feed: Any, message: StoredCapMessage, base: str, language: Language) -> None:
    info = _spoken(message, language)
    address = base + message_path(message.identifier)
    entry = _add(feed, "entry")
    _add(entry, "id", address)
    _add(entry, "title", text(info, "headline") or text(info, "event"))
    _add(entry, "updated", cap_time(message.sent))
    _add(_add(entry, "author"), "name", text(info, "senderName") or message.sender)
    _add(entry, "summary", text(info, "description") or text(info, "headline") or text(info, "event"))
    _add(entry, "link", rel="alternate", type=CAP_TYPE, href=address)
    _add(entry, "category", term=text(info, "event"))
    for tag, value in (("identifier", message.identifier), ("status", message.status), ("msgType", message.msg_type)):
        _cap(entry, tag, value)
    for tag in _REPEATED:
        for value in texts(info, tag):
            _cap(entry, tag, value)
    places = "; ".join(text(area, "areaDesc") for area in children(info, "area"))
    if places:
        _cap(entry, "areaDesc", places)


def _spoken(message: StoredCapMessage, language: Language) -> Any:
    """The info block in the language, or the first there is."""
    infos = children(read_alerts(message.xml)[0], "info")
    return next((info for info in infos if text(info, "language") == LANGUAGE_TAGS[language]), infos[0])


def _add(parent: Any, tag: str, content: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{tag}", **attributes)
    element.text = content
    return element


def _cap(parent: Any, tag: str, content: str) -> None:
    etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}").text = content
