"""Reading config/sources.toml: where readings come from, in which format, and what their names mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import jsonpath

from domain.configuration_file import read_table
from domain.errors import ConfigurationError
from domain.quantities import QUANTITIES
from ingest.formats.decentlab import MODELS
from ingest.formats.lorawan import VENDORS
from ingest.formats.registry import FORMATS, NATIVE
from ingest.routing import Sources
from ingest.source import PLACEHOLDER, Clock, Device, FieldMap, Role, Source, file_template, topic_template
from ingest.source_tables import DeviceTable, FieldTable, SourcesTable, SourceTable, utc_offset
from ingest.topics import ROOT, SUBSCRIPTION
from ingest.units import convertible

FILE_NAME = "sources.toml"
_TOPIC_FILTER = re.compile(r"#|(\+|[^+#/\x00]*)(/(\+|[^+#/\x00]*))*(/#)?")
_PLACEHOLDERS = ("device", "field")
#: What a source without any field understands: the names of our own quantities and fields.
_OWN_NAMES = (
    *(FieldMap(name=name, quantity=name) for name in QUANTITIES),
    *(FieldMap(name=role.value, role=role) for role in (Role.STATUS, Role.BATTERY, Role.SEQ)),
)
_PM = {"P1": "pm10", "P2": "pm2_5"}
#: The value types of the sensor.community firmware. Pressure is left out: it is the station's, not that at sea level.
_SENSOR_COMMUNITY = (
    *(
        FieldMap(name=f"{sensor}_{size}", quantity=quantity)
        for sensor in ("SDS", "PMS", "HPM", "NPM", "SPS30")
        for size, quantity in _PM.items()
    ),
    *(
        FieldMap(name=f"{sensor}{name}", quantity=name)
        for sensor in ("", "BME280_", "SHT3X_", "HTU21D_")
        for name in ("temperature", "humidity")
    ),
)

_Fault = tuple[str, object, str]


def load_sources(config_dir: Path) -> Sources:
    """The sources of `config_dir`; without the file, the native contract alone.

    Raises ConfigurationError with file, key, value and remedy.
    """
    path = config_dir / FILE_NAME
    if not path.exists():
        return Sources()
    table = read_table(path, SourcesTable)
    for key, value, remedy in _faults(table):
        raise ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
    return Sources([_source(entry) for entry in table.source])


def _source(entry: SourceTable) -> Source:
    fields = tuple(_field(field) for field in entry.field) or _default_fields(entry)
    devices = (_device(device, fields) for device in entry.device)
    return Source(
        name=entry.name,
        format=entry.format,
        enabled=entry.enabled,
        topic=None if entry.topic is None else topic_template(entry.topic),
        files=None if entry.files is None else file_template(entry.files),
        clocks=_clocks(entry),
        offset=None if entry.utc_offset is None else utc_offset(entry.utc_offset),
        vendor=entry.vendor,
        adopt_ids=entry.unlisted_devices == "station",
        devices={device.id.casefold(): device for device in devices},
        fields=fields,
    )


def _clocks(entry: SourceTable) -> tuple[Clock, ...]:
    if entry.time is not None:
        return tuple(Clock(clock) for clock in entry.time)
    if entry.format == "plain" and not any(field.role == "time" for field in _all_fields(entry)):
        return (Clock.ARRIVAL,)
    return (Clock.DEVICE,) if entry.format == NATIVE else FORMATS[entry.format].clocks


def _default_fields(entry: SourceTable) -> tuple[FieldMap, ...]:
    return _SENSOR_COMMUNITY if entry.format == "sensor_community" else _OWN_NAMES


def _device(entry: DeviceTable, fields: Iterable[FieldMap]) -> Device:
    own = tuple(_field(field) for field in entry.field)
    names = {field.name for field in own}
    return Device(
        id=entry.id,
        station=entry.station,
        fields=(*own, *(field for field in fields if field.name not in names)),
        model=entry.model,
        parameters=entry.parameters,
    )


def _field(entry: FieldTable) -> FieldMap:
    return FieldMap(
        name=entry.name or entry.path or "",
        find=None if entry.path is None else _finder(entry.path),
        quantity=entry.quantity,
        role=None if entry.role is None else Role(entry.role),
        unit=entry.unit,
        scale=entry.scale,
        offset=entry.offset,
    )


def _finder(path: str) -> Callable[[object], object | None]:
    """The first value at a JSONPath (RFC 9535); a path that meets something else than it expects finds nothing."""
    compiled = jsonpath.compile(path)

    def find(whole: object) -> object | None:
        try:
            found = compiled.match(whole)  # type: ignore[arg-type]
        except (jsonpath.JSONPathError, TypeError, ValueError, RecursionError):
            return None
        return None if found is None else found.value

    return find


def _all_fields(entry: SourceTable) -> Iterator[FieldTable]:
    yield from entry.field
    for device in entry.device:
        yield from device.field


def _faults(table: SourcesTable) -> Iterator[_Fault]:
    yield from _repeated("source.name", (entry.name for entry in table.source))
    yield from _repeated("source.format", (entry.format for entry in table.source if entry.format == NATIVE))
    for entry in table.source:
        for key, value, remedy in _source_faults(entry):
            yield f"source[{entry.name}].{key}", value, remedy


def _source_faults(entry: SourceTable) -> Iterator[_Fault]:
    if entry.format != NATIVE and entry.format not in FORMATS:
        yield "format", entry.format, f"unknown; known are {', '.join((NATIVE, *FORMATS))}"
        return
    yield from _place_faults(entry)
    if entry.format == NATIVE:
        yield from _native_faults(entry)
        return
    yield from _repeated("time", entry.time or ())
    yield from _repeated("device.id", (device.id.casefold() for device in entry.device))
    yield from _device_faults(entry)
    for field in entry.field:
        yield from _field_faults("field", field)


def _place_faults(entry: SourceTable) -> Iterator[_Fault]:
    of_files = entry.format != NATIVE and FORMATS[entry.format].of_files
    wanted, other = ("files", "topic") if of_files else ("topic", "files")
    if getattr(entry, other) is not None:
        yield other, getattr(entry, other), f"format {entry.format} has no {other}; write `{wanted}`"
    text = getattr(entry, wanted)
    if text is None:
        yield wanted, None, "is missing; write it"
        return
    names = PLACEHOLDER.findall(text)
    for name in names:
        if name not in _PLACEHOLDERS or names.count(name) > 1:
            yield wanted, text, "placeholders are {device} and {field}, each once"
    if of_files and "device" not in names:
        yield wanted, text, "say with {device} which part of the file name is the device"
    elif not of_files:
        yield from _topic_faults(entry, text)


def _topic_faults(entry: SourceTable, text: str) -> Iterator[_Fault]:
    topic_filter = topic_template(text).topic_filter
    if not _TOPIC_FILTER.fullmatch(topic_filter) or text.startswith("$"):
        yield "topic", text, "is no topic filter: + and # stand for whole levels, # only for the last; no $ in front"
    elif entry.format != NATIVE and (text.startswith(ROOT) or topic_filter == "#"):
        yield "topic", text, f"{SUBSCRIPTION} is the native contract's; take another tree"


def _native_faults(entry: SourceTable) -> Iterator[_Fault]:
    if entry.topic != SUBSCRIPTION:
        yield "topic", entry.topic, f"the native contract has the topics {SUBSCRIPTION}"
    for key in ("time", "utc_offset", "vendor", "device", "field"):
        if getattr(entry, key):
            yield key, "…", "the native contract needs no mapping; leave it out"


def _device_faults(entry: SourceTable) -> Iterator[_Fault]:
    if entry.vendor is not None and (entry.vendor not in VENDORS or not FORMATS[entry.format].vendors):
        carriers = ", ".join(name for name, one in FORMATS.items() if one.vendors)
        yield "vendor", entry.vendor, f"known are {', '.join(VENDORS)}, in the formats {carriers}"
    if not entry.device and entry.unlisted_devices == "reject":
        yield "device", [], 'list the devices, or write unlisted_devices = "station" when their ids are station ids'
    for device in entry.device:
        place = f"device[{device.id}]"
        if entry.vendor is not None:
            yield from _model_faults(place, device)
        elif device.model is not None or device.parameters:
            yield f"{place}.model", device.model, "models belong to sources with a vendor"
        for field in device.field:
            yield from _field_faults(f"{place}.field", field)


def _model_faults(place: str, device: DeviceTable) -> Iterator[_Fault]:
    if device.model not in MODELS:
        yield f"{place}.model", device.model, f"known are {', '.join(MODELS)}"
        return
    for name in device.parameters:
        if name not in MODELS[device.model].parameters:
            known = ", ".join(MODELS[device.model].parameters) or "none"
            yield f"{place}.parameters", name, f"{device.model} has the parameters: {known}"


def _field_faults(place: str, field: FieldTable) -> Iterator[_Fault]:
    place = f"{place}[{field.name or field.path}]"
    if field.quantity is not None and field.unit is not None and not convertible(field.unit, field.quantity):
        yield (
            f"{place}.unit",
            field.unit,
            f"is no unit of {field.quantity}; its own is {QUANTITIES[field.quantity].unit}",
        )
    if field.path is not None:
        try:
            jsonpath.compile(field.path)
        except jsonpath.JSONPathError as error:
            yield f"{place}.path", field.path, f"is no JSONPath: {str(error).splitlines()[0]}"


def _repeated(key: str, names: Iterable[str]) -> Iterator[_Fault]:
    for name, count in Counter(names).items():
        if count > 1:
            yield key, name, f"stands {count} times; it must be unique"
