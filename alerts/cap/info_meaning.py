"""The meaning of <info>: times in order, texts that can be read (CAP 1.2 §3.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from babel import Locale

from alerts.cap.elements import children, empty, first, text, text_of, time
from alerts.cap.fault import Fault, advice, fault

#: The longest headline that receivers show whole (cap-composer: 160).
MOST_HEADLINE = 160
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>|&(?:nbsp|amp|lt|gt|quot|#\d+);")
#: Letters of Vietnamese that no other language of warnings uses.
_VIETNAMESE = re.compile("[ăơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
_LANGUAGES = frozenset(Locale("en").languages)
_PLAIN_TEXTS = ("event", "senderName", "headline", "description", "instruction", "audience", "contact")


def info_faults(alert: Any, info: Any) -> Iterator[Fault]:
    """What contradicts the standard, or itself, within one <info>."""
    yield from _times(alert, info)
    yield from _language(info)
    yield from _texts(info)
    yield from _web(info)
    if text(alert, "msgType") in {"Alert", "Update"}:
        yield from _completeness(alert, info)


def _times(alert: Any, info: Any) -> Iterator[Fault]:
    expires = time(info, "expires")
    if expires is None or text(alert, "msgType") == "Cancel":
        return
    earlier: list[tuple[str, datetime | None]] = [("sent", time(alert, "sent"))]
    earlier += [(tag, time(info, tag)) for tag in ("effective", "onset")]
    for tag, at in earlier:
        if at is not None and expires <= at:
            remedy = f"must lie after {tag} {text(alert if tag == 'sent' else info, tag)}"
            yield fault(first(info, "expires"), remedy, value=text(info, "expires"))


def _language(info: Any) -> Iterator[Fault]:
    written = text(info, "language")
    said = " ".join(text(info, tag) for tag in ("event", "headline", "description"))
    if written and written.partition("-")[0].lower() not in _LANGUAGES:
        yield fault(first(info, "language"), "is no language; write vi-VN, en-US, …", value=written)
    if not written and len(_VIETNAMESE.findall(said)) >= 3:
        yield fault(info, "is missing and so means en-US, but the text is Vietnamese: write vi-VN", tag="language")
    if written.partition("-")[0].lower() == "en" and len(_VIETNAMESE.findall(said)) > len(said) / 10:
        yield fault(first(info, "language"), "the text is Vietnamese: write vi-VN", value=written)


def _texts(info: Any) -> Iterator[Fault]:
    headline, description = text(info, "headline"), text(info, "description")
    for child in empty(info, "event", "language"):
        yield fault(child, "is empty")
    for tag in ("eventCode", "parameter"):
        for child in children(info, tag):
            if not text(child, "valueName"):
                yield fault(child, "valueName is empty: it must say which code list the value is of")
    for tag in _PLAIN_TEXTS:
        for child in children(info, tag):
            if _TAG.search(text_of(child)):
                yield fault(
                    child, "holds HTML, which readers would see as it stands; write plain text", value=text_of(child)
                )
    if headline and headline == description:
        yield advice(first(info, "description"), "repeats the headline; say more, or leave it out", value=description)
    if len(headline) > MOST_HEADLINE:
        remedy = f"has {len(headline)} characters; receivers show {MOST_HEADLINE}"
        yield advice(first(info, "headline"), remedy, value=headline)


def _web(info: Any) -> Iterator[Fault]:
    for child in children(info, "web"):
        written = text_of(child)
        try:
            parts = urlsplit(written)
        except ValueError:
            parts = urlsplit("")
        if written and not (parts.scheme in {"http", "https", "ftp", "mailto"} and (parts.netloc or parts.path)):
            yield fault(child, "must be a whole address: https://…", value=written)


def _completeness(alert: Any, info: Any) -> Iterator[Fault]:
    if not text(info, "expires"):
        yield fault(info, "is missing: a warning that never ends is believed for ever, or not at all", tag="expires")
    public = text(alert, "status") == "Actual" and text(alert, "scope") == "Public"
    if not children(info, "area"):
        yield (fault if public else advice)(info, "is missing: nobody knows where", tag="area")
    for tag in ("headline", "description", "instruction", "senderName", "responseType", "contact", "web"):
        if not text(info, tag):
            yield advice(info, "is missing; readers expect it", tag=tag)
