"""Sources as sources.toml makes them, written short."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ingest.formats.native import Measurement, Refusal
from ingest.formats.registry import FORMATS
from ingest.mapping import Routed
from ingest.routing import Sources, message_of, read
from ingest.sources import load_sources

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)


def sources(toml: str) -> Sources:
    """What the worker makes of this file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sources.toml").write_text(toml, encoding="utf-8")
        return load_sources(Path(folder))


def taken(toml: str, topic: str, payload: object, now: datetime = NOW) -> list[Routed | Refusal]:
    """What comes of one message; anything but bytes is written as JSON."""
    source = sources(toml).of(topic)
    assert source is not None
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return list(read(source, message_of(source, topic, data, now)))


def readings(toml: str, topic: str, payload: object, now: datetime = NOW) -> list[tuple[str, str, float]]:
    """(station, quantity, value) of everything, sorted; all of it must be readable."""
    return sorted((one.station, m.quantity, m.value) for one, m in measured(toml, topic, payload, now))


def measured(toml: str, topic: str, payload: object, now: datetime = NOW) -> list[tuple[Routed, Measurement]]:
    found = taken(toml, topic, payload, now)
    assert not [one for one in found if isinstance(one, Refusal)]
    return [(one, one.measurement) for one in found if isinstance(one, Routed)]


def reasons(toml: str, topic: str, payload: object, now: datetime = NOW) -> list[str]:
    """The reasons of everything that is refused."""
    return [one.reason for one in taken(toml, topic, payload, now) if isinstance(one, Refusal)]


def device(name: str = "d1", station: str = "kim_long", **more: str) -> str:
    """One [[source.device]]."""
    extra = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    return f'[[source.device]]\nid = "{name}"\nstation = "{station}"\n{extra}'


def field(name: str, quantity: str, **more: object) -> str:
    """One [[source.field]]."""
    extra = "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    return f'[[source.field]]\nname = "{name}"\nquantity = "{quantity}"\n{extra}'


def source(name: str, topic: str, *parts: str, **more: object) -> str:
    """One [[source]] of the format `name`, with a device unless parts say otherwise."""
    key = "files" if FORMATS[name].of_files else "topic"
    extra = "".join(f"{k} = {json.dumps(value)}\n" for k, value in more.items())
    return f'[[source]]\nname = "s"\nformat = "{name}"\n{key} = "{topic}"\n{extra}' + "".join(parts)
