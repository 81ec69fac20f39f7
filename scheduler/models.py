"""The calibrated model of each gauge, made anew when it has aged or when there is much more to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import structlog

from domain.forecasts import LevelForecast
from domain.stations import Station
from domain.times import floor
from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs
from forecasting.selection import GaugeModel, calibrate
from storage.database import Database
from storage.histories import Histories, stepped

_log = structlog.get_logger(__name__)

#: A young gauge learns again when its history has grown by this part; an old one by age alone.
_GROWTH = 1.5
#: From so many hours with a reading on (two weeks) a model is made anew by age alone.
_OLD_HOURS = 336

#: What comes down from a reservoir is its release; from a gauge it is the level.
_UPSTREAM = ("outflow", "water_level")
_QUANTITIES = ("water_level", "rainfall", "outflow")
_NOTHING = pd.DataFrame({"observed_at": pd.DatetimeIndex([], tz="UTC"), "value": pd.Series([], dtype="float64")})


class Models:
    """Models by gauge, for one scheduler process. They live in memory: a restart calibrates again from the readings."""

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self._models: dict[str, GaugeModel] = {}
        self._learned: dict[str, int] = {}  # hours with a reading at the calibration, by gauge

    def model_for(self, database: Database, station: Station, until: datetime) -> GaugeModel:
        """The gauge's model for forecasts issued at `until`, calibrated on nothing observed after it."""
        model = self._models.get(station.id)
        if model is None or until < model.calibrated_until or self._aged(database, station, model, until):
            model = self._calibrated(database, station, until)
            self._models[station.id] = model
            self._learned[station.id] = self._hours_known(database, station, until)
            _log.info("calibrated", station=station.id, version=model.version, pairs=model.pairs)
        return model

    def issue(self, database: Database, station: Station, moment: datetime) -> list[LevelForecast]:
        """The forecasts of the gauge at `moment`, the time of one of its readings; none when the model withholds them."""
        model = self.model_for(database, station, moment)
        return model.forecast(self._around(database, station, moment, model.history_needed), moment)

    def _calibrated(self, database: Database, station: Station, until: datetime) -> GaugeModel:
        """Calibrated on steps that end a tenth of a step after the full one, so that slow clocks count to their own step."""
        late = self.settings.step / 10
        anchor = floor(until - late, self.settings.step) + late
        return calibrate(self._around(database, station, anchor, self.settings.training), self.settings, until)

    def _around(self, database: Database, station: Station, end: datetime, span: timedelta) -> GaugeInputs:
        names = [station.id, *(u.station for u in station.upstream), *station.rain_gauges]
        found = self._stepped(database, names, _QUANTITIES, end, span)
        return _gauge_inputs(station, found, self.settings.step)

    def _hours_known(self, database: Database, station: Station, until: datetime) -> int:
        found = self._stepped(database, [station.id], ["water_level"], until, self.settings.training)
        return len(_of(found, station.id, ("water_level",)))

    def _stepped(
        self, database: Database, names: Sequence[str], quantities: Sequence[str], end: datetime, span: timedelta
    ) -> Histories:
        with database.transaction() as connection:
            return stepped(connection, names, quantities, start=end - span, end=end, step=self.settings.step)

    def _aged(self, database: Database, station: Station, model: GaugeModel, until: datetime) -> bool:
        age = until - model.calibrated_until
        if age >= self.settings.recalibrate_every:
            return True
        if age < timedelta(hours=1) or self._learned[station.id] > _OLD_HOURS:
            return False
        return self._hours_known(database, station, until) > _GROWTH * max(self._learned[station.id], 1)


def _gauge_inputs(station: Station, found: Histories, step: timedelta) -> GaugeInputs:
    return GaugeInputs.from_frames(
        station=station.id,
        level=_of(found, station.id, ("water_level",)),
        upstream={u.station: _of(found, u.station, _UPSTREAM) for u in station.upstream},
        rain={name: _of(found, name, ("rainfall",)) for name in station.rain_gauges},
        step=step,
    )


def _of(found: Histories, station: str, quantities: tuple[str, ...]) -> pd.DataFrame:
    """The first of `quantities` that the station reported; an empty frame when it reported none."""
    frames = found.get(station, {})
    return next((frames[name] for name in quantities if name in frames), _NOTHING)
