"""Calibrated models as JSON text: readable by any program, and nothing in it is ever executed."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from forecasting.blend import Blend
from forecasting.error_bands import ErrorBand, ErrorClasses
from forecasting.experience import Experience
from forecasting.lead_forecasts import LeadModels
from forecasting.liveliness import Liveliness
from forecasting.persistence import Persistence
from forecasting.rainfall_runoff import Catchment
from forecasting.regression import Regression
from forecasting.ridge import Ridge
from forecasting.runoff_features import RunoffSetting
from forecasting.selection import GaugeModel
from forecasting.trees import Forest

#: Raised when the text's layout or the meaning of a feature changes; other formats are refused and calibrated anew.
FORMAT = 6
_KINDS = {
    kind.__name__: kind
    for kind in (
        *(GaugeModel, LeadModels, Persistence, Regression, Ridge, ErrorBand, ErrorClasses),
        *(Blend, Forest, RunoffSetting, Catchment, Experience, Liveliness),
    )
}


def to_json(model: GaugeModel) -> str:
    """The model as one line of JSON; numbers keep their full precision."""
    return json.dumps({"format": FORMAT, "model": _encode(model)}, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> GaugeModel:
    """The model that `to_json` wrote; ValueError when the text is something else or of another format."""
    try:
        written = json.loads(text)
        if written["format"] != FORMAT:
            raise ValueError(f"model format {written['format']}; this version reads {FORMAT}: calibrate anew")
        model = _decode(written["model"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a stored model: {error!r}") from error
    if not isinstance(model, GaugeModel):
        raise ValueError(f"not a stored model: {type(model).__name__}")  # noqa: TRY004 - the text is wrong, not a type
    return model


def _encode(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": type(value).__name__} | {f.name: _encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "of": "whole numbers" if value.dtype.kind == "i" else "numbers"}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], dtype=np.int64 if value["of"] == "whole numbers" else np.float64)
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    if "seconds" in value:
        return timedelta(seconds=value["seconds"])
    kind = _KINDS[value["kind"]]
    return kind(**{name: _decode(item) for name, item in value.items() if name != "kind"})
