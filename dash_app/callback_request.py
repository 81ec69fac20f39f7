"""Requests for callbacks, judged before Dash sees them: it trusts its own pages and answers with 500 to anything else."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints

import msgspec

#: No page sends anything that is nested deeper.
_DEEPEST = 20
CallbackMap = Mapping[str, Any]


class UnreadableError(Exception):
    """A message is no JSON of a depth that pages send; the text says so."""


class _Property(msgspec.Struct, frozen=True):
    """A property of a component; a browser leaves out a value that is not defined."""

    id: str
    property: str
    value: Any = None


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    output: str
    inputs: list[_Property] = []
    state: list[_Property] = []
    outputs: _Property | list[_Property] = []
    changed_prop_ids: list[str] = []


def decoded(text: bytes | str) -> Any:
    """JSON as Dash's own parser reads it. Raises UnreadableError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("the body must be JSON") from error
    if _is_deep(found, _DEEPEST):
        raise UnreadableError(f"the body is nested more than {_DEEPEST} deep")
    return found


def fault(callbacks: CallbackMap, asked: object) -> str | None:
    """What is wrong with a request for a callback: its form, its components, or a value of another kind; None when nothing is."""
    try:
        found = msgspec.convert(asked, _Asked)
    except msgspec.ValidationError as error:
        return f"the request cannot be read: {error}"
    entry = callbacks.get(found.output)
    if entry is None:
        return "output must name a callback of this server"
    wanted = [(one["id"], one["property"]) for one in (*entry["inputs"], *entry["state"])]
    if [(one.id, one.property) for one in (*found.inputs, *found.state)] != wanted:
        return "inputs and state must be those of the callback, in its order"
    outputs = found.outputs if isinstance(found.outputs, list) else [found.outputs]
    if [f"{one.id}.{one.property}" for one in outputs] != _filled(found.output, entry):
        return "outputs must be those of the callback"
    return _wrong_value(entry.get("callback"), [one.value for one in (*found.inputs, *found.state)])


def _filled(output: str, entry: Mapping[str, Any]) -> list[str]:
    """What a callback fills: `a.b`, or `..a.b...c.d..`; nothing when it pushes (dash names that one by a hash)."""
    return [] if entry["no_output"] else output.removeprefix("..").removesuffix("..").split("...")


def _wrong_value(function: Callable[..., Any] | None, values: list[Any]) -> str | None:
    """By the types that the callback names; a parameter that begins with _ is not read, a text may not be there yet."""
    for (name, kind), value in zip(() if function is None else _read(function), values, strict=False):
        if name.startswith("_") or (kind is str and value is None):
            continue
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            return f"{name}: {error}"
    return None


@cache
def _read(function: Callable[..., Any]) -> tuple[tuple[str, Any], ...]:
    """Names and types of the parameters of a callback."""
    hints = get_type_hints(inspect.unwrap(function))
    return tuple((name, kind) for name, kind in hints.items() if name != "return")


def _is_deep(value: object, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(one, left - 1) for one in inner if isinstance(one, (dict, list)))
