"""How one device speaks: under which names and in which units, in one of the dialects that sources.toml can name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from operator import attrgetter
from typing import Any

from domain.quantities import QUANTITIES
from simulators.field.json_path import put
from simulators.field.reading import Reading, Written

#: (unit of the field, the quantity's own): how many of the one make the other.
FACTORS: Mapping[tuple[str, str], float] = {
    ("cm", "m"): 100.0,
    ("mm", "m"): 1000.0,
    ("cm", "mm"): 0.1,
    ("l/s", "m3/s"): 1000.0,
    ("mg/m3", "ug/m3"): 0.001,
    ("km/h", "m/s"): 3.6,
    ("mbar", "hPa"): 1.0,
    ("Pa", "hPa"): 100.0,
    ("kPa", "hPa"): 0.1,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Where one quantity, or one role (time, status, battery_v, seq), stands in a message. `steps`: of its JSONPath."""

    name: str
    means: str
    steps: list[tuple[str, ...]] | None = None
    unit: str | None = None
    scale: float = 1.0
    offset: float = 0.0

    def said(self, value: float) -> float:
        """The value as the device sends it: what reading = scale · value in its own unit + offset came from."""
        own = QUANTITIES[self.means].unit
        factor = 1.0 if self.unit in (None, own) else FACTORS[self.unit or "", own]
        return round((value - self.offset) / self.scale * factor, 6)


#: One message about to be written: topic, content, and the readings in it.
Draft = tuple[str, Any, tuple[Reading, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """One device of a source.

    `acknowledged`: it hears whether the broker has its message, and says it again if not. `keeps_time`: its messages carry
    a time, so that they may wait; without one the time of arrival is taken, and what cannot be sent at once is lost.
    """

    source: str
    device: str
    topic: str
    fields: tuple[Field, ...]
    draft: Callable[[Speaker, str, list[Reading]], Iterable[Draft]]
    encode: Callable[[Any], bytes]
    acknowledged: bool = True
    keeps_time: bool = True
    offset: tzinfo | None = None  # of times that are written without one
    times: str = "rfc3339"  # or epoch_s, epoch_ms: of the native contract
    pack: Callable[[Mapping[str, Any]], bytes] | None = None  # values by name as its maker's bytes

    def speaks(self, quantity: str) -> bool:
        """Whether it has a place for the quantity."""
        return self.field(quantity) is not None

    def field(self, means: str) -> Field | None:
        """The first field for a quantity or a role."""
        return next((field for field in self.fields if field.means == means), None)

    def write(self, readings: list[Reading], *, device: str | None = None) -> list[Written]:
        """The messages that say these readings, oldest first; `device`: under another name than its own."""
        drafts = self.draft(self, device or self.device, sorted(readings, key=attrgetter("at_s")))
        return [Written(topic=topic, payload=self.encode(content), readings=tuple(of)) for topic, content, of in drafts]

    def address(self, device: str, field: str = "value") -> str:
        """The topic of a device (and field): placeholders filled in, wild cards by what stands before them."""
        levels: list[str] = []
        for level in self.topic.replace("{device}", device).replace("{field}", field).split("/"):
            before = levels[-1] if levels else ""
            wild = device if before in ("device", "devices") or level == "#" else "up" if before == "event" else "1"
            levels.append(wild if level in ("+", "#") else level)
        return "/".join(levels)

    def values(self, readings: Iterable[Reading], whole: dict[str, Any] | None = None) -> dict[str, Any]:
        """Values and roles by name; those with a path are put into `whole`. The readings are of one time."""
        named: dict[str, Any] = {}
        together = list(readings)
        said: list[tuple[Field | None, object]] = [
            (field, field.said(one.value))
            for one in together
            if (field := next((f for f in self.fields if f.means == one.quantity), None)) is not None
        ]
        said += [(self.field("battery_v"), together[0].battery_v), (self.field("status"), "00")]
        if len(together) == 1:  # a number counts one quantity; there is room for one number in a message
            said.append((self.field("seq"), together[0].seq))
        for field, value in said:
            if field is not None and field.steps is not None:
                put(named if whole is None else whole, field.steps, value)
            elif field is not None:
                named[field.name] = value
        return named


def by_time(readings: Iterable[Reading]) -> Iterable[tuple[int, list[Reading]]]:
    """Readings of the same time together."""
    return ((at_s, list(together)) for at_s, together in groupby(readings, key=attrgetter("at_s")))
