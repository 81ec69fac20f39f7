"""Decentlab LoRaWAN devices, protocol version 2, after the vendor's published decoders (MIT, docs/sources.md)."""

from ingest.formats.decentlab.models import MODELS
from ingest.formats.decentlab.protocol import decode

__all__ = ["MODELS", "decode"]
