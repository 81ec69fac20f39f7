"""Building the JSON that a JSONPath (RFC 9535) of a source's field would find its value in."""

from __future__ import annotations

import re
from typing import Any

#: .name, ['name'], [0], and the filter that names one element: [?@.key=='text'].
_STEP = re.compile(r"\.(\w+)|\['([^']+)'\]|\[(\d+)\]|\[\?\(?@\.(\w+)\s*==\s*'([^']*)'\)?\]")


def steps_of(path: str) -> list[tuple[str, ...]] | None:
    """The steps of a path; None when it has others than names, places and filters by one key."""
    text, steps = path.removeprefix("$"), list[tuple[str, ...]]()
    while text:
        found = _STEP.match(text)
        if found is None:
            return None
        steps.append(found.groups(default=""))
        text = text[found.end() :]
    return steps or None


def put(whole: dict[str, Any], steps: list[tuple[str, ...]], value: object) -> None:
    """Put a value where the path would look for it, with everything that must stand around it."""
    here: Any = whole
    for place, (dotted, quoted, number, key, text) in enumerate(steps):
        last = place + 1 == len(steps)
        empty: Any = value if last else [] if any(steps[place + 1][2:]) else {}
        if dotted or quoted:
            here = _named(here, dotted or quoted, empty, last=last)
        elif number:
            here += [{} for _ in range(int(number) + 1 - len(here))]
            here[int(number)] = empty if last else here[int(number)] or empty
            here = here[int(number)]
        else:
            found = next((one for one in here if one.get(key) == text), None)
            if found is None:
                here.append(found := {key: text})
            here = found


def _named(here: dict[str, Any], name: str, empty: Any, *, last: bool) -> Any:
    if last:
        here[name] = empty
    return here.setdefault(name, empty)
