"""What the two LoRaWAN network servers have in common: a decoded object, or bytes that a vendor's decoder reads."""

from __future__ import annotations

import binascii
from collections.abc import Mapping

from domain.errors import UnreadableMessageError
from ingest.formats import decentlab
from ingest.source import Source

#: Vendors whose bytes are read here: (bytes, model, its parameters) → values by name, units by name.
VENDORS = {"decentlab": decentlab.decode}


def application_values(
    devices: tuple[str, ...], decoded: object, encoded: object, source: Source
) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """(values, units) of an uplink: by the vendor's decoder where the source names one, else as the server decoded them.

    Raises UnreadableMessageError: not_decoded, unknown_device, unknown_model, and what the vendor's decoder raises.
    """
    if source.vendor is not None:
        return _by_vendor(devices, encoded, source, source.vendor)
    if not isinstance(decoded, dict) or not decoded:
        raise UnreadableMessageError(
            "not_decoded", "the network server did not decode the payload: give it a formatter, or name the vendor"
        )
    return decoded, {}


def _by_vendor(
    devices: tuple[str, ...], encoded: object, source: Source, vendor: str
) -> tuple[Mapping[str, object], Mapping[str, str]]:
    device = source.device(devices)
    if device is None:
        raise UnreadableMessageError("unknown_device", f"{' or '.join(devices)[:80]!r} is not listed in {source.name}")
    if device.model is None:
        raise UnreadableMessageError("unknown_model", f"device {device.id} has no model in source {source.name}")
    try:
        data = binascii.a2b_base64(encoded, strict_mode=True) if isinstance(encoded, str) else b""
    except ValueError as error:
        raise UnreadableMessageError("not_decoded", f"payload {str(encoded)[:40]!r} is not base64") from error
    return VENDORS[vendor](data, device.model, device.parameters)
