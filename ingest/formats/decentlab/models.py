"""Every model that is read, by the name on its label."""

from __future__ import annotations

from ingest.formats.decentlab.air import AIR
from ingest.formats.decentlab.general import GENERAL
from ingest.formats.decentlab.surface import SURFACE
from ingest.formats.decentlab.table import Model
from ingest.formats.decentlab.water import WATER

MODELS: dict[str, Model] = WATER | AIR | SURFACE | GENERAL
