"""config/models.toml: leads, training window and the spread of a gauge without history."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import ConfigurationError
from forecasting.default_spread import DefaultSpread


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSettings:
    """How models are calibrated; the same for every gauge."""

    leads_h: tuple[float, ...] = (1.0, 2.0, 3.0, 6.0, 9.0, 12.0, 18.0, 24.0)
    step: timedelta = timedelta(hours=1)  # spacing of the grid the models work on
    training: timedelta = timedelta(days=2192)  # readings so far back are used; a record in a backtest is used whole
    recalibrate_every: timedelta = timedelta(days=1)
    minimum_pairs: int = 200  # pairs of issue and outcome without which a lead has no regression
    boosted_trees: int = 100  # a forest of this many
    default_spread: DefaultSpread = field(default_factory=DefaultSpread)


class _Spread(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sd_1h_m: Annotated[float, Field(gt=0, le=5)]
    exponent: Annotated[float, Field(ge=0, le=1)]
    rise_factor: Annotated[float, Field(ge=1, le=5)]


class _Written(BaseModel):
    """models.toml as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    leads_h: Annotated[list[Annotated[float, Field(gt=0, le=240)]], Field(min_length=1)]
    step_minutes: Annotated[int, Field(ge=1, le=1440)]
    calibration_days: Annotated[float, Field(gt=0, le=20000)]
    calibrate_every_h: Annotated[float, Field(gt=0)]
    minimum_pairs: Annotated[int, Field(ge=100)]
    boosted_trees: Annotated[int, Field(ge=10, le=1000)]
    default_spread: _Spread


def load_models(path: Path) -> ModelSettings:
    """Read models.toml; ConfigurationError names the key and the remedy."""
    try:
        written = _Written.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise _refuse(path, "file", str(path), f"cannot be read ({error.strerror}); check EWS_CONFIG_DIR") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refuse(path, "file", str(path), f"is not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise _refuse(path, key, None if first["type"] == "missing" else first["input"], first["msg"]) from error
    step = timedelta(minutes=written.step_minutes)
    return ModelSettings(
        leads_h=_leads(path, written.leads_h, step),
        step=step,
        training=timedelta(days=written.calibration_days),
        recalibrate_every=timedelta(hours=written.calibrate_every_h),
        minimum_pairs=written.minimum_pairs,
        boosted_trees=written.boosted_trees,
        default_spread=DefaultSpread(**written.default_spread.model_dump()),
    )


def _leads(path: Path, leads_h: list[float], step: timedelta) -> tuple[float, ...]:
    if sorted(set(leads_h)) != leads_h:
        raise _refuse(path, "leads_h", leads_h, "write each lead once, in ascending order")
    if timedelta(hours=leads_h[0]) < step:
        raise _refuse(path, "leads_h", leads_h, f"the shortest lead is shorter than the step of {step}")
    return tuple(leads_h)


def _refuse(path: Path, key: str, value: object, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=str(path), key=key, value=value, remedy=remedy)
