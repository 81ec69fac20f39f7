"""Who speaks which dialect: the devices of sources.toml by station; everybody else speaks the native contract.

The file is checked where it is read for storing (`ews check`); here it is asked only what a device would send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from domain.configuration_file import read_toml
from domain.errors import ConfigurationError
from domain.quantities import QUANTITIES
from domain.stations import Station
from simulators.devices import TOPIC_ROOT
from simulators.field.decentlab import PACKERS, UNITS
from simulators.field.dialects import DIALECTS, UNACKNOWLEDGED, encode, native, native_several
from simulators.field.json_path import steps_of
from simulators.field.speaker import FACTORS, Field, Speaker
from simulators.noise import key_of, uniform

NATIVE = "native"
_TIMES = ("rfc3339", "rfc3339", "epoch_s", "epoch_ms")
#: Names that sources without fields understand: our own, or those of the sensor.community firmware.
_OWN = {name: name for name in (*QUANTITIES, "battery_v", "status", "seq")}
_COMMUNITY = {
    "SDS_P1": "pm10",
    "SDS_P2": "pm2_5",
    "BME280_temperature": "temperature",
    "BME280_humidity": "humidity",
}


def native_speaker(station: Station, seed: int) -> Speaker:
    """The native contract; by chance with another way to write times, and several quantities in one message."""
    dice = uniform(key_of(seed, station.id, "firmware"), np.arange(2, dtype=np.int64)).tolist()
    several = len({series.cadence for series in station.series}) == 1 < len(station.series) and dice[0] < 0.5
    return Speaker(
        source=NATIVE,
        device=station.id,
        topic=f"{TOPIC_ROOT}/{{device}}/{{field}}",
        fields=tuple(Field(name=s.quantity, means=s.quantity) for s in station.series),
        draft=native_several if several else native,
        encode=encode,
        times=_TIMES[int(dice[1] * len(_TIMES))],
    )


def speakers_of(stations: Iterable[Station], sources: Path | None, seed: int) -> dict[str, list[Speaker]]:
    """By station its devices' ways to speak: those of `sources` first, and the native contract for the other quantities.

    Raises ConfigurationError for what no simulated device can speak: files, a vendor's model that is not in
    `decentlab.PACKERS`, a unit that is not linear.
    """
    foreign: dict[str, list[Speaker]] = {}
    for entry in read_toml(sources).get("source", []) if sources is not None else []:
        if entry.get("enabled", True) and entry["format"] != NATIVE:
            for device in entry.get("device", []):
                foreign.setdefault(device["station"], []).append(_speaker(str(sources), entry, device))
    return {station.id: [*foreign.get(station.id, []), native_speaker(station, seed)] for station in stations}


def _speaker(place: str, entry: Mapping[str, Any], device: Mapping[str, Any]) -> Speaker:
    draft, name = DIALECTS.get(entry["format"]), f"source[{entry['name']}]"
    if draft is None:
        remedy = f"simulated devices do not speak it; give the exercise a sources file with {', '.join(DIALECTS)}"
        raise ConfigurationError(place=place, key=f"{name}.format", value=entry["format"], remedy=remedy)
    pack = _packer(place, name, entry, device)
    named = [
        {**field, "unit": field.get("unit") or UNITS.get((entry.get("vendor", ""), field.get("name", "")))}
        for field in (*device.get("field", ()), *entry.get("field", ()))
    ]
    fields = tuple(_field(f"{name}.field", place, field) for field in named)
    fields = fields or tuple(
        Field(name=field, means=means)
        for field, means in (_COMMUNITY if entry["format"] == "sensor_community" else _OWN).items()
    )
    return Speaker(
        source=entry["name"],
        device=device["id"],
        topic=entry["topic"],
        fields=fields,
        draft=draft,
        encode=encode,
        acknowledged=entry["format"] not in UNACKNOWLEDGED,
        keeps_time=_keeps_time(entry, fields),
        offset=datetime.fromisoformat(f"2000-01-01T00:00:00{entry['utc_offset']}").tzinfo
        if "utc_offset" in entry
        else None,
        pack=pack,
    )


def _packer(
    place: str, name: str, entry: Mapping[str, Any], device: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], bytes] | None:
    """What makes a vendor's bytes; None where there is none."""
    if "vendor" not in entry:
        return None
    model = (str(entry["vendor"]), str(device.get("model")))
    if model not in PACKERS:
        remedy = f"simulated devices pack the bytes of {', '.join(' '.join(one) for one in PACKERS)} alone"
        raise ConfigurationError(place=place, key=f"{name}.device[{device['id']}].model", value=model[1], remedy=remedy)
    return PACKERS[model]


def _keeps_time(entry: Mapping[str, Any], fields: tuple[Field, ...]) -> bool:
    if "time" in entry:
        return str(entry["time"][0]) != "arrival"
    timed = entry["format"] != "plain" or any(field.means == "time" for field in fields)
    return entry["format"] != "sensor_community" and timed


def _field(key: str, place: str, entry: Mapping[str, Any]) -> Field:
    name, means, unit = entry.get("name") or entry["path"], entry.get("quantity") or entry["role"], entry.get("unit")
    steps = steps_of(entry["path"]) if "path" in entry else None
    if "path" in entry and steps is None:
        remedy = "simulated devices fill in names, places and filters by one key; write such a path"
        raise ConfigurationError(place=place, key=f"{key}[{name}].path", value=name, remedy=remedy)
    if means in QUANTITIES and unit not in (None, own := QUANTITIES[means].unit) and (unit, own) not in FACTORS:
        known = ", ".join(one for one, other in FACTORS if other == own) or "none other"
        remedy = f"simulated devices send {means} in {own}, or in {known}"
        raise ConfigurationError(place=place, key=f"{key}[{name}].unit", value=unit, remedy=remedy)
    return Field(
        name=name,
        means=means,
        steps=steps,
        unit=unit,
        scale=float(entry.get("scale", 1.0)),
        offset=float(entry.get("offset", 0.0)),
    )
