"""Looking into an <alert> as it was read, whatever it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.cap.reference import read_cap_time
from alerts.cap.writing import NAMESPACE


def children(parent: Any, tag: str) -> list[Any]:
    """The child elements of that name."""
    return list(parent.iterfind(f"{{{NAMESPACE}}}{tag}"))


def text_of(element: Any) -> str:
    """Its text without the white space around it."""
    return "".join(element.itertext()).strip()


def texts(parent: Any, tag: str) -> list[str]:
    """The texts of the children of that name."""
    return [text_of(child) for child in children(parent, tag)]


def text(parent: Any, tag: str) -> str:
    """The text of the first child of that name; empty when there is none."""
    return next(iter(texts(parent, tag)), "")


def time(parent: Any, tag: str) -> datetime | None:
    """The time in the first child of that name; None when there is none, or what is written is no time."""
    return read_cap_time(text(parent, tag))


def named(parent: Any, tag: str) -> frozenset[tuple[str, str]]:
    """The (valueName, value) pairs of the children of that name."""
    return frozenset((text(child, "valueName"), text(child, "value")) for child in children(parent, tag))


def first(parent: Any, tag: str) -> Any:
    """The first child of that name, or the parent when there is none: where a fault is said to be."""
    return next(iter(children(parent, tag)), parent)


def empty(parent: Any, *tags: str) -> Iterator[Any]:
    """Children of those names that say nothing, though CAP wants them said."""
    return (child for tag in tags for child in children(parent, tag) if not text_of(child))
