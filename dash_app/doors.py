"""Which right a request needs, read from the one table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.routing import compile_path

from domain.access_table import CALLBACKS, PAGES, ROUTES, Right

_PROGRAMS = "/api/"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def _compiled() -> list[tuple[str, re.Pattern[str], Right]]:
    return [(method, compile_path(path)[0], right) for (method, path), right in ROUTES.items()]


_PATTERNS = _compiled()


def is_route(path: str, method: str = "GET") -> bool:
    """Whether the table names a route here, rather than the page of pages."""
    asked = "GET" if method in _SAFE else method
    return (asked, path) in ROUTES or any(m == asked and pattern.match(path) for m, pattern, _ in _PATTERNS)


def right_of(method: str, path: str) -> Right:
    """What is needed to ask for this. What the table does not name is open to nobody but administrators."""
    asked = "GET" if method in _SAFE else method
    exact = ROUTES.get((asked, path))
    if exact is not None:
        return exact
    for allowed, pattern, right in _PATTERNS:
        if allowed == asked and pattern.match(path):
            return right
    if is_of_programs(path):
        return Right.OPEN  # to hear that nothing is there
    if asked != "GET" and methods_of(path):
        return right_of(methods_of(path).split(", ")[0], path)  # to be told so, one must know what is here
    return page_right(path) if asked == "GET" else Right.ADMINISTER


def methods_of(path: str) -> str:
    """The methods that the table has for an address, as the header Allow lists them; nothing for an address of no route."""
    found = {method for method, pattern, _ in _PATTERNS if method != "WEBSOCKET" and pattern.match(path)}
    return ", ".join(sorted(found))


def page_right(path: str) -> Right:
    """What is needed to open a page; an address that is no page shows that it is none, to who may look."""
    first = "/" + path.strip("/").partition("/")[0]
    return PAGES.get(first, Right.LOOK)


def is_of_programs(path: str) -> bool:
    """Whether an address stands below the open data and the table does not name it: nothing is there, and no page either."""
    return (path + "/").startswith(_PROGRAMS) and not methods_of(path)


def is_page(path: str) -> bool:
    """Whether an address is one of a page, whatever the asking program says that it reads."""
    return "/" + path.strip("/").partition("/")[0] in PAGES


def callback_right(callback_map: Mapping[str, Any], output: object) -> Right | None:
    """What is needed for the callback that fills `output`; None when there is no such callback, or the table has none."""
    entry = callback_map.get(output) if isinstance(output, str) else None
    function = None if entry is None else entry.get("callback")
    return None if function is None else CALLBACKS.get(function.__qualname__)


def is_safe(method: str) -> bool:
    """Whether a method changes nothing."""
    return method in _SAFE
