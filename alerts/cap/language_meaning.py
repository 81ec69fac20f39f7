"""Several <info> blocks say the same thing in several languages, and no language says a thing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.cap.elements import children, first, named, text, texts, time
from alerts.cap.fault import Fault, advice, fault

#: What all languages must agree on (MET Norway's profile; Google's for category and event code).
_SINGLE = ("urgency", "severity", "certainty")
_TIMES = ("effective", "onset", "expires")


def language_faults(alert: Any) -> Iterator[Fault]:
    """Where languages contradict each other, and where one says the same event of the same area twice."""
    by_language: dict[str, list[Any]] = {}
    for info in children(alert, "info"):
        by_language.setdefault(_language(info), []).append(info)
    spoken = list(by_language.values())
    for infos in spoken:
        yield from _twice(infos)
    for others in spoken[1:]:
        yield from _compared(spoken[0], others)


def _language(info: Any) -> str:
    return text(info, "language").lower() or "en-us"


def _twice(infos: list[Any]) -> Iterator[Fault]:
    seen = set()
    for info in infos:
        event: object = named(info, "eventCode") or text(info, "event")
        what = (frozenset(texts(info, "category")), event, _places(info))
        if what in seen:
            remedy = "says the same event of the same area twice in one language; keep one info block"
            yield fault(first(info, "language"), remedy, value=text(info, "language") or "en-US")
        seen.add(what)


def _places(info: Any) -> frozenset[object]:
    """The shapes and codes of its areas; their names, where there are none."""
    areas = children(info, "area")
    shapes = {shape for area in areas for tag in ("polygon", "circle") for shape in texts(area, tag)}
    codes = {code for area in areas for code in named(area, "geocode")}
    return frozenset(shapes | codes) or frozenset(name for area in areas for name in texts(area, "areaDesc"))


def _compared(ours: list[Any], others: list[Any]) -> Iterator[Fault]:
    if len(ours) == len(others):
        for info, other in zip(ours, others, strict=True):
            yield from _pair(info, other)
    elif {_facts(info) for info in ours} != {_facts(info) for info in others}:
        remedy = f"says other things than {_language(ours[0])} does; each language must say all of it"
        yield fault(first(others[0], "language"), remedy, value=_language(others[0]))


def _pair(info: Any, other: Any) -> Iterator[Fault]:
    language = _language(info)
    for tag in (*_SINGLE, *_TIMES):
        mine, theirs = _value(info, tag), _value(other, tag)
        if mine != theirs:
            remedy = f"differs from {language}, where it is {text(info, tag) or 'missing'}"
            yield fault(first(other, tag), remedy, value=text(other, tag) or None, tag=tag)
    for tag in ("category", "responseType"):
        if set(texts(info, tag)) != set(texts(other, tag)):
            remedy = f"differs from {language}, where it is {', '.join(texts(info, tag)) or 'missing'}"
            say = fault if tag == "category" else advice
            yield say(first(other, tag), remedy, value=", ".join(texts(other, tag)) or None, tag=tag)
    if named(info, "eventCode") != named(other, "eventCode"):
        value = ", ".join("=".join(pair) for pair in sorted(named(other, "eventCode")))
        yield fault(first(other, "eventCode"), f"differs from {language}", value=value or None, tag="eventCode")


def _facts(info: Any) -> tuple[object, ...]:
    single: list[object] = [_value(info, tag) for tag in (*_SINGLE, *_TIMES)]
    return (*single, frozenset(texts(info, "category")), named(info, "eventCode"))


def _value(info: Any, tag: str) -> datetime | str | None:
    return time(info, tag) if tag in _TIMES else text(info, tag)
