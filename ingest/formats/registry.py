"""Every format by its name in sources.toml."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.formats import (
    chirpstack,
    plain,
    senml,
    sensor_community,
    sensorthings,
    thingsboard,
    tt10,
    ttn,
)
from ingest.formats.uplink import Decoder
from ingest.source import Clock


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is read. `of_files`: it comes in files, not in messages. `vendors`: it may carry a vendor's bytes."""

    decode: Decoder
    clocks: tuple[Clock, ...] = (Clock.DEVICE,)
    of_files: bool = False
    vendors: bool = False


_NETWORK = (Clock.DEVICE, Clock.GATEWAY)
FORMATS: dict[str, Format] = {
    "senml": Format(senml.decode),
    "ttn": Format(ttn.decode, _NETWORK, vendors=True),
    "chirpstack": Format(chirpstack.decode, _NETWORK, vendors=True),
    "sensorthings": Format(sensorthings.decode),
    "thingsboard": Format(thingsboard.decode),
    "sensor_community": Format(sensor_community.decode, (Clock.ARRIVAL,)),
    "plain": Format(plain.decode),
    "tt10": Format(tt10.decode, of_files=True),
}
#: The format of docs/message_contract.md, which needs no mapping.
NATIVE = "native"
