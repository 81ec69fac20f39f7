"""Every model that ever forecast: its version, what it learnt from and what it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Connection
from storage.queries import query


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredModel:
    """One calibration of one gauge's models."""

    station: str
    version: str
    calibrated_from: datetime
    calibrated_until: datetime
    pairs: int  # pairs of issue and outcome at the shortest lead
    families: str  # "1 h blend, 3 h blend, 24 h regression"
    inputs: str  # the gauges it looks at
    made_at: datetime


def register_model(connection: Connection, model: RegisteredModel) -> None:
    """Keep the entry; the same version again changes nothing."""
    span = (model.calibrated_from, model.calibrated_until, model.pairs)
    row = (model.station, model.version, *span, model.families, model.inputs, model.made_at)
    connection.execute(query("model_add"), row)


def models_of(connection: Connection, station: str) -> list[RegisteredModel]:
    """The models of one gauge, oldest first; empty when it has none."""
    names = ("station", "version", "calibrated_from", "calibrated_until", "pairs", "families", "inputs", "made_at")
    rows = connection.execute(query("models_of"), (station,)).fetchall()
    return [RegisteredModel(**dict(zip(names, row, strict=True))) for row in rows]
