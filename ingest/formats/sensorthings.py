"""OGC SensorThings 1.1: an Observation, a collection of them, or the data-array extension. The device is the Datastream."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from domain.errors import UnreadableMessageError
from ingest.formats.uplink import Message, Refusal, Uplink, as_list, as_object, read_json, texts, value_name
from ingest.formats.writing import as_json
from ingest.instants import read_instant
from ingest.source import Source

_LINK = re.compile(r"Datastreams\('?([^')]+)'?\)")


def decode(message: Message, source: Source) -> list[Uplink | Refusal]:
    """The observations; one that cannot be read is refused alone."""
    del source
    found: list[Uplink | Refusal] = []
    for one in _observations(read_json(message.payload)):
        try:
            found.append(_uplink(one, message))
        except UnreadableMessageError as error:
            found.append(Refusal(error.reason, error.detail, as_json(one)))
    if not found:
        raise UnreadableMessageError("empty", "no observations")
    return found


def _observations(whole: object) -> Iterator[dict[str, object]]:
    if isinstance(whole, dict) and "value" in whole and "result" not in whole:
        whole = whole["value"]
    for one in whole if isinstance(whole, list) else [whole]:
        observation = as_object(one, "an observation")
        yield from _rows(observation) if "dataArray" in observation else [observation]


def _rows(block: dict[str, object]) -> Iterator[dict[str, object]]:
    """A data array: rows whose columns are named once."""
    columns = texts(*as_list(block.get("components"), "components"))
    for row in as_list(block["dataArray"], "dataArray"):
        cells = as_list(row, "a row of the data array")
        yield {"Datastream": block.get("Datastream"), **dict(zip(columns, cells, strict=False))}


def _uplink(one: Mapping[str, object], message: Message) -> Uplink:
    if "result" not in one:
        raise UnreadableMessageError("missing_field", "`result` is missing")
    stream = one.get("Datastream")
    fields = stream if isinstance(stream, dict) else {}
    result, name = one["result"], value_name(message)
    values = result if isinstance(result, dict) else {name: result}
    unit = fields.get("unitOfMeasurement")
    symbol = texts(unit.get("symbol")) if isinstance(unit, dict) else ()
    return Uplink(
        devices=_devices(one, fields, message),
        values=values,
        units=dict.fromkeys(values, symbol[0]) if symbol else {},
        whole=one,
        device_at=_time(one),
        raw=as_json(one),
    )


def _devices(one: Mapping[str, object], stream: Mapping[str, object], message: Message) -> tuple[str, ...]:
    """The Datastream by its id and its name, or as the topic or the navigation link names it."""
    number = stream.get("@iot.id")
    link = _LINK.search(str(one.get("Datastream@iot.navigationLink", "")))
    numbered = str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else None
    found = texts(numbered, stream.get("name"), message.names.get("device"), link[1] if link else None)
    if not found:
        raise UnreadableMessageError("missing_field", "neither the observation nor the topic names its Datastream")
    return found


def _time(one: Mapping[str, object]) -> datetime | None:
    """When it was measured; of an interval its end, because amounts belong to the interval before."""
    said = texts(one.get("phenomenonTime"), one.get("resultTime"))
    return read_instant(said[0].rpartition("/")[2], None) if said else None
