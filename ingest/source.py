"""One source of readings as configured: where its messages arrive, how they are written, and what their names mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum

#: A placeholder of a template: {device}, {field}.
PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


class Clock(StrEnum):
    """Whose time a reading may have."""

    DEVICE = "device"  # the device wrote it into the message
    GATEWAY = "gateway"  # whoever first heard the device over the air wrote it
    ARRIVAL = "arrival"  # when the message reached us


class Role(StrEnum):
    """What a field means when it is not a quantity: it then belongs to all values of its message."""

    TIME = "time"
    STATUS = "status"
    BATTERY = "battery_v"
    SEQ = "seq"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """What one field of a message means. `find` looks it up in the whole message; without it `name` is looked up.

    A value becomes `scale` · (value in the quantity's own unit) + `offset`.
    """

    name: str
    find: Callable[[object], object | None] | None = None
    quantity: str | None = None
    role: Role | None = None
    unit: str | None = None  # of the value as sent; None: as the format says, or the quantity's own
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of a source: the station it speaks for, and the fields of the source with its own in front."""

    id: str
    station: str
    fields: tuple[FieldMap, ...] = ()
    model: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A topic filter, or a pattern of file names, with placeholders: `tele/{device}/SENSOR`, `HUE_{device}_*.txt`."""

    text: str
    pattern: re.Pattern[str]

    def names(self, text: str) -> Mapping[str, str] | None:
        """What the placeholders stand for in a topic or a file name; None when it is another one."""
        found = self.pattern.fullmatch(text)
        return None if found is None else found.groupdict()

    @property
    def topic_filter(self) -> str:
        """The MQTT topic filter: levels with placeholders become `+`."""
        return "/".join("+" if "{" in level else level for level in self.text.split("/"))


def topic_template(text: str) -> Template:
    """A topic filter with placeholders."""
    return Template(text, re.compile(_regex(text, {"+": "[^/]*", "#": ".*", "/#": "(?:/.*)?"}), re.DOTALL))


def file_template(text: str) -> Template:
    """A pattern of file names with placeholders; `*` stands for anything."""
    return Template(text, re.compile(_regex(text, {"*": "[^/]*"}), re.IGNORECASE))


def _regex(text: str, wild: Mapping[str, str]) -> str:
    parts = re.split(r"(\{[a-z]+\}|/#|[+#*])", text)
    return "".join(_piece(part, wild) for part in parts)


def _piece(part: str, wild: Mapping[str, str]) -> str:
    if found := PLACEHOLDER.fullmatch(part):
        return f"(?P<{found[1]}>[^/]+?)"
    return wild.get(part) or re.escape(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source. Devices are found by their ids without regard to case."""

    name: str
    format: str
    enabled: bool = True
    topic: Template | None = None
    files: Template | None = None
    clocks: tuple[Clock, ...] = (Clock.DEVICE,)
    offset: tzinfo | None = None  # of times that are written without one
    vendor: str | None = None
    adopt_ids: bool = False  # ids of devices that are not listed are station ids
    devices: Mapping[str, Device] = field(default_factory=dict)
    fields: tuple[FieldMap, ...] = ()

    @property
    def qos(self) -> int:
        """0 where the time may be that of arrival: a message that waited in a queue would get a wrong one."""
        return 0 if Clock.ARRIVAL in self.clocks else 1

    def device(self, names: tuple[str, ...]) -> Device | None:
        """The device that goes by one of these names; None when it is not listed."""
        for name in names:
            found = self.devices.get(name.casefold())
            if found is not None:
                return found
        return Device(id=names[0], station=names[0], fields=self.fields) if self.adopt_ids and names else None
