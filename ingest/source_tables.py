"""The tables of sources.toml as they are written; what only one table can tell is checked here."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.configuration_file import Table, Text, refusal
from domain.quantities import QUANTITIES
from domain.stations import STATION_ID

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_OFFSET = re.compile(r"([+-])(\d{2}):([0-5]\d)")


def _refuse(remedy: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{remedy}", {"remedy": remedy})


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise _refuse("write lower-case letters, digits, _ and -")
    return value


def _station(value: str) -> str:
    if not STATION_ID.fullmatch(value):
        raise _refuse("is no station id: lower-case letters, digits, _ and -, at most 64")
    return value


def _quantity(value: str) -> str:
    if value not in QUANTITIES:
        raise _refuse(f"unknown quantity; known are {', '.join(QUANTITIES)}")
    return value


def _offset(value: str) -> str:
    found = _OFFSET.fullmatch(value)
    if found is None or int(found[2]) > 14:
        raise _refuse("write an offset such as +07:00")
    return value


def utc_offset(text: str) -> timezone:
    """The timezone of a checked offset."""
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])), text)


class FieldTable(Table):
    """One [[source.field]] or [[source.device.field]]."""

    name: Text | None = None
    path: Text | None = None
    quantity: Annotated[str, AfterValidator(_quantity)] | None = None
    role: Literal["time", "status", "battery_v", "seq", "ignore"] | None = None
    unit: Text | None = None
    scale: Annotated[float, Field(strict=False)] = 1.0
    offset: Annotated[float, Field(strict=False)] = 0.0

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.name is None) == (self.path is None):
            raise _refuse("write either `name`, the key of the value, or `path`, a JSONPath to it")
        if (self.quantity is None) == (self.role is None):
            raise _refuse("write either `quantity` or `role`")
        if self.scale == 0:
            raise refusal("scale", "0 would make every value the same")
        if self.role is not None and (self.scale != 1 or self.offset != 0):
            raise refusal("role", "scale and offset belong to quantities")
        return self


class DeviceTable(Table):
    """One [[source.device]]."""

    id: Text
    station: Annotated[str, AfterValidator(_station)]
    model: Text | None = None
    parameters: dict[str, Annotated[float, Field(strict=False)]] = Field(default_factory=dict)
    field: list[FieldTable] = Field(default_factory=list)


class SourceTable(Table):
    """One [[source]]."""

    name: Annotated[str, AfterValidator(_name)]
    format: str
    enabled: bool = True
    topic: Text | None = None
    files: Text | None = None
    time: Annotated[list[Literal["device", "gateway", "arrival"]], Field(min_length=1)] | None = None
    utc_offset: Annotated[str, AfterValidator(_offset)] | None = None
    vendor: str | None = None
    unlisted_devices: Literal["reject", "station"] = "reject"
    device: list[DeviceTable] = Field(default_factory=list)
    field: list[FieldTable] = Field(default_factory=list)


class SourcesTable(Table):
    """The file."""

    source: list[SourceTable] = Field(default_factory=list)
