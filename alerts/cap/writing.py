"""A CAP message as XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lxml import etree

from alerts.cap.message import Area, CapMessage, Info, Named, Resource
from alerts.cap.reference import cap_time

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
#: What XML 1.0 cannot hold, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(message: CapMessage) -> bytes:
    """UTF-8 with declaration, indented. Characters that XML cannot hold become U+FFFD; an empty text is left out."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _texts(root, "identifier", message.identifier)
    _texts(root, "sender", message.sender)
    _texts(root, "sent", cap_time(message.sent))
    _texts(root, "status", message.status)
    _texts(root, "msgType", message.msg_type)
    _texts(root, "source", message.source)
    _texts(root, "scope", message.scope)
    _texts(root, "restriction", message.restriction)
    _texts(root, "addresses", message.addresses)
    _texts(root, "code", *message.codes)
    _texts(root, "note", message.note)
    _texts(root, "references", " ".join(map(str, message.references)))
    _texts(root, "incidents", message.incidents)
    for info in message.infos:
        _info(root, info)
    return document(root)


def document(root: Any) -> bytes:
    """The bytes of a tree."""
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _info(root: Any, info: Info) -> None:
    element = _element(root, "info")
    _texts(element, "language", info.language)
    _texts(element, "category", *info.categories)
    _texts(element, "event", info.event)
    _texts(element, "responseType", *info.response_types)
    _texts(element, "urgency", info.urgency)
    _texts(element, "severity", info.severity)
    _texts(element, "certainty", info.certainty)
    _texts(element, "audience", info.audience)
    _named(element, "eventCode", info.event_codes)
    for tag, at in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        _time(element, tag, at)
    _texts(element, "senderName", info.sender_name)
    _texts(element, "headline", info.headline)
    _texts(element, "description", info.description)
    _texts(element, "instruction", info.instruction)
    _texts(element, "web", info.web)
    _texts(element, "contact", info.contact)
    _named(element, "parameter", info.parameters)
    for resource in info.resources:
        _resource(element, resource)
    for area in info.areas:
        _area(element, area)


def _resource(info: Any, resource: Resource) -> None:
    element = _element(info, "resource")
    _texts(element, "resourceDesc", resource.description)
    _texts(element, "mimeType", resource.mime_type)
    _texts(element, "size", None if resource.size_bytes is None else str(resource.size_bytes))
    _texts(element, "uri", resource.uri)
    _texts(element, "digest", resource.digest)


def _area(info: Any, area: Area) -> None:
    element = _element(info, "area")
    _texts(element, "areaDesc", area.description)
    _texts(element, "polygon", *(" ".join(f"{lat:.5f},{lon:.5f}" for lat, lon in ring) for ring in area.polygons))
    _texts(element, "circle", *(f"{c.lat:.5f},{c.lon:.5f} {c.radius_km:.3f}" for c in area.circles))
    _named(element, "geocode", area.geocodes)


def _named(parent: Any, tag: str, values: Iterable[Named]) -> None:
    for value in values:
        element = _element(parent, tag)
        _texts(element, "valueName", value.name)
        _texts(element, "value", value.value)


def _time(parent: Any, tag: str, at: datetime | None) -> None:
    _texts(parent, tag, None if at is None else cap_time(at))


def _element(parent: Any, tag: str) -> Any:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")


def _texts(parent: Any, tag: str, *texts: str | None) -> None:
    for text in texts:
        if text is not None and text.strip():
            _element(parent, tag).text = _FORBIDDEN.sub("\ufffd", str(text)).strip()
