"""What a SensorThings question says after its path: $filter, $orderby, $top, $skip, $select, $count, $expand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from dash_app.open_data.asked import Asked
from dash_app.open_data.problems import bad, shown
from dash_app.open_data.sensor_things.filter_language import parse_filter
from dash_app.open_data.sensor_things.model import WAYS, Kind
from storage.conditions import Condition

MOST, USUAL = 1_000, 100
_MOST_SKIPPED = 1_000_000
_DEEPEST = 4
#: Which entities, in which order, how many; and what is shown of each.
CHOOSING, SHOWING = ("$filter", "$orderby", "$top", "$skip", "$count"), ("$select", "$expand")
_NAMES = CHOOSING + SHOWING
_Text = Annotated[str | None, Field(max_length=2_000)]


class ThingsAsked(Asked):
    """The options of a question, as they are written."""

    filter: _Text = Field(
        None, alias="$filter", description="e.g. result gt 3.5 and phenomenonTime ge 2025-10-27T00:00:00Z"
    )
    orderby: _Text = Field(None, alias="$orderby", description="e.g. phenomenonTime desc")
    top: Annotated[int | None, Field(ge=0, le=MOST)] = Field(None, alias="$top", description=f"At most; none: {USUAL}")
    skip: Annotated[int | None, Field(ge=0, le=_MOST_SKIPPED)] = Field(None, alias="$skip")
    select: _Text = Field(None, alias="$select", description="Properties, separated by commas")
    count: bool | None = Field(None, alias="$count")
    expand: _Text = Field(None, alias="$expand", description="e.g. Datastreams($top=2;$expand=ObservedProperty)")

    def written(self) -> dict[str, str]:
        """What was said, as text by name."""
        given = self.model_dump(by_alias=True, exclude_none=True)
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The options of a question, understood. `order`: paths with True for descending."""

    condition: Condition | None = None
    order: tuple[tuple[tuple[str, ...], bool], ...] = ()
    top: int = USUAL
    skip: int = 0
    select: tuple[str, ...] = ()
    count: bool = False
    expand: Mapping[str, Options] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)  # as it was said: the link to what follows repeats it


def understood(written: Mapping[str, str], kind: Kind, depth: int = 0) -> Options:
    """The options for entities of one kind. Raises ProblemError."""
    for name in written:
        if name not in _NAMES:
            raise bad(name[:100], "is not an option", _NAMES)
    return Options(
        condition=parse_filter(written["$filter"]) if "$filter" in written else None,
        order=tuple(_order(part) for part in _split(written.get("$orderby", ""), ",")),
        top=_number(written, "$top", USUAL, MOST),
        skip=_number(written, "$skip", 0, _MOST_SKIPPED),
        select=tuple(_split(written.get("$select", ""), ",")),
        count=_truth(written.get("$count", "false")),
        expand=_expand(written.get("$expand", ""), kind, depth),
        written=written,
    )


def _order(part: str) -> tuple[tuple[str, ...], bool]:
    words = part.split()
    if len(words) not in {1, 2} or (len(words) == 2 and words[1] not in {"asc", "desc"}):
        raise bad("$orderby", f"cannot be read: {shown(part)}", ["<property>", "<property> asc", "<property> desc"])
    return tuple(words[0].split("/")), words[-1] == "desc" and len(words) == 2


def _number(written: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = written.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
        raise bad(name, f"must be a whole number from 0 to {most}: {shown(text)}")
    return int(text)


def _truth(text: str) -> bool:
    if text not in {"true", "false"}:
        raise bad("$count", f"must be true or false: {shown(text)}", ["true", "false"])
    return text == "true"


def _expand(text: str, kind: Kind, depth: int) -> dict[str, Options]:
    if text and depth >= _DEEPEST:
        raise bad("$expand", f"goes more than {_DEEPEST} steps deep")
    found: dict[str, dict[str, str]] = {}
    for part in _split(text, ","):
        name, options = _step(part)
        before = found.setdefault(name, {})
        if "$expand" in before and "$expand" in options:
            options["$expand"] = f"{before['$expand']},{options['$expand']}"
        before.update(options)
    for name, options in found.items():
        if name not in WAYS[kind]:
            raise bad("$expand", f"{kind.value} lead to no {shown(name)}", sorted(WAYS[kind]))
        for option in () if WAYS[kind][name].many else set(options) & set(CHOOSING):
            raise bad("$expand", f"{option} means nothing at {name}, of which there is one", SHOWING)
    return {name: understood(options, WAYS[kind][name].target, depth + 1) for name, options in found.items()}


def _step(part: str) -> tuple[str, dict[str, str]]:
    """`A`, `A/B`, `A($top=1;…)` as the way and the options of what it leads to."""
    head, opened, rest = part.partition("(")
    if opened and not rest.endswith(")"):
        raise bad("$expand", f"a bracket is not closed in {shown(part)}")
    name, _, further = head.strip().partition("/")
    if further:
        return name, {"$expand": further + (f"({rest}" if opened else "")}
    options: dict[str, str] = {}
    for option in _split(rest[:-1], ";") if opened else ():
        key, equals, value = option.partition("=")
        if not equals or key.strip() in options:
            raise bad("$expand", f"cannot be read: {shown(option)}", _NAMES)
        options[key.strip()] = value.strip()
    return name, options


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between marks that stand outside of brackets and quotes; empty ones are left out."""
    depth, quoted, start = 0, False, 0
    for place, letter in enumerate(text + mark):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
        if letter == mark and ((depth == 0 and not quoted) or place == len(text)):
            if part := text[start:place].strip():
                yield part
            start = place + 1
