"""The calibrated model of each gauge, made anew when it has aged or when there is much more to learn from."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd
import structlog

from domain.errors import ConfigurationError
from domain.forecasts import LevelForecast
from domain.stations import Station
from domain.times import floor
from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs
from forecasting.parallel import one_thread
from forecasting.recalibration import Proposal, propose
from forecasting.registration import families, inputs_used
from forecasting.selection import GaugeModel, calibrate
from forecasting.upstream_keys import quantity_of, station_of, upstream_key
from scheduler.calibrating import CalibrationLostError, Calibrators, here_or
from scheduler.setbacks import NO_GAUGES_FAULT, Setbacks
from storage.database import Database
from storage.histories import Histories, stepped
from storage.models import RegisteredModel, register_model

_log = structlog.get_logger(__name__)

#: A young gauge learns again when its history has grown by this part; an old one by age alone.
_GROWTH = 1.5
#: From so many hours with a reading on (two weeks) a model is made anew by age alone.
_OLD_HOURS = 336
#: Up to so many readings of the level a calibration takes about a second.
_SHORT_STEPS = 240

_QUANTITIES = ("water_level", "rainfall", "outflow")
#: A reservoir's release says more than its level, and both are mostly read together: the release is taken unless it was read at
#: fewer than this share of the steps at which the level was. A plain count would change its mind over one lost reading.
_AS_OFTEN = 0.9
_NOTHING = pd.DataFrame({"observed_at": pd.DatetimeIndex([], tz="UTC"), "value": pd.Series([], dtype="float64")})


@dataclass(frozen=True, kw_only=True, slots=True)
class Renewed:
    """A proposal for one gauge that has been decided."""

    station: str
    at: datetime  # up to when the readings were known
    proposal: Proposal


class Models:
    """Models by gauge, for one scheduler process. They live in memory: a restart calibrates again from the readings.

    A model that has aged goes on working while a challenger is calibrated beside it; `renewed` tells how that ended.
    """

    def __init__(self, settings: ModelSettings, calibrators: Calibrators | None = None) -> None:
        self.settings = settings
        self._calibrators = calibrators or Calibrators(threading.Event())
        self._models: dict[str, GaugeModel] = {}
        self._registered: dict[str, str] = {}  # version by gauge
        self._learned: dict[str, int] = {}  # hours with a reading at the calibration, by gauge
        self._first: dict[str, Future[GaugeModel]] = {}  # calibrations of gauges that have no model yet
        self._proposed: dict[str, tuple[datetime, Future[Proposal]]] = {}
        self._tried: dict[str, datetime] = {}  # when a gauge's model was last asked to be renewed
        self.renewed: list[Renewed] = []  # decided since somebody last took them
        self.unissued, self.unrenewed = Setbacks("forecasts"), Setbacks("renewal of the model")
        self.unscored = Setbacks("verification")

    def prepare(self, database: Database, due: Mapping[str, datetime], stations: Mapping[str, Station]) -> None:
        """Begin the first calibrations of all these gauges at once, on as many cores as there are."""
        missing = [name for name in due if name not in self._models and name not in self._first]
        if len(missing) < 2:
            return
        for name in missing:
            try:
                self._begin(database, stations[name], due[name])
            except NO_GAUGES_FAULT:
                raise
            except ConfigurationError as error:  # no Dask scheduler: to wait for it once a gauge here too helps nobody
                _log.warning("calibrations_not_begun", error=str(error))
                return
            except Exception as error:  # noqa: BLE001 - raised again when it is this gauge's turn (`model_for`), as its own failure
                _log.warning("calibration_not_begun", station=name, error=str(error))

    def _begin(self, database: Database, station: Station, until: datetime) -> None:
        work = self._calibration(database, station, until)
        if _long(work):
            self._first[station.id] = self._calibrators.submit(work)

    def close(self) -> None:
        """End calibrations that are at work."""
        self._calibrators.close()
        self._first.clear()
        self._proposed.clear()

    def model_for(self, database: Database, station: Station, until: datetime) -> GaugeModel:
        """The gauge's model for forecasts issued at `until`, calibrated on nothing observed after it."""
        self._take_renewed(station)
        model = self._models.get(station.id)
        if model is None or until < model.calibrated_until:
            model = self._calibrated(database, station, until)
            self._keep(database, station, model, until)
        elif self._aged(database, station, model, until):
            # Should it fail, the model at work goes on; scheduler/issuing.py tells it.
            self.unrenewed.attempt(station, partial(self._propose, database, station, model, until))
            model = self._models[station.id]
        return model

    def issue(self, database: Database, station: Station, moment: datetime) -> list[LevelForecast]:
        """The forecasts of the gauge at `moment`, the time of one of its readings; none when the model withholds them."""
        model = self.model_for(database, station, moment)
        self._register(database, model, moment)
        return model.forecast(self._around(database, station, moment, model.history_needed, model), moment)

    def _register(self, database: Database, model: GaugeModel, moment: datetime) -> None:
        """Keep the entry of a model that is about to forecast for the first time, in event time."""
        if self._registered.get(model.station) == model.version:
            return
        entry = RegisteredModel(
            station=model.station,
            version=model.version,
            calibrated_from=model.calibrated_from,
            calibrated_until=model.calibrated_until,
            pairs=model.pairs,
            families=families(model),
            inputs=inputs_used(model),
            made_at=moment,
        )
        with database.transaction() as connection:
            register_model(connection, entry)
        self._registered[model.station] = model.version

    def _calibrated(self, database: Database, station: Station, until: datetime) -> GaugeModel:
        begun = self._first.pop(station.id, None)
        if begun is not None:
            model = self._begun(begun)
            if model is not None and model.calibrated_until <= until:
                return model
        work = self._calibration(database, station, until)
        return here_or(self._calibrators, work, long=_long(work))

    def _begun(self, future: Future[GaugeModel]) -> GaugeModel | None:
        """What was begun together with others; None when its process died, for nobody knows by whose fault: each is then tried alone."""
        try:
            return self._calibrators.result(future)
        except CalibrationLostError:
            self._first = {name: each for name, each in self._first.items() if _well(each)}
            return None

    def _calibration(self, database: Database, station: Station, until: datetime) -> partial[GaugeModel]:
        return partial(calibrate, self._past(database, station, until), self.settings, until)

    def _past(self, database: Database, station: Station, until: datetime) -> GaugeInputs:
        """On steps that end a tenth of a step after the full one, so that slow clocks count to their own step."""
        late = self.settings.step / 10
        anchor = floor(until - late, self.settings.step) + late
        return self._around(database, station, anchor, self.settings.training)

    def _keep(self, database: Database, station: Station, model: GaugeModel, until: datetime) -> None:
        self._models[station.id] = model
        self._learned[station.id] = self._hours_known(database, station, until)
        _log.info("calibrated", station=station.id, version=model.version, pairs=model.pairs)

    def _propose(self, database: Database, station: Station, model: GaugeModel, until: datetime) -> None:
        """Have a challenger calibrated and compared; short work at once, long work beside the forecasts."""
        if station.id in self._proposed:
            return
        self._tried[station.id] = until
        self._learned[station.id] = self._hours_known(database, station, until)
        work = partial(propose, model, self._past(database, station, until), self.settings, until)
        if _long(work, argument=1):
            self._proposed[station.id] = (until, self._calibrators.submit(work))
        else:
            self._decided(station.id, until, one_thread(work))

    def _take_renewed(self, station: Station) -> None:
        until, future = self._proposed.get(station.id, (None, None))
        if until is None or future is None or not future.done():
            return
        del self._proposed[station.id]
        ask = partial(self._calibrators.result, future)
        self.unrenewed.attempt(station, lambda: self._decided(station.id, until, ask()))

    def _decided(self, station: str, at: datetime, proposal: Proposal) -> None:
        self._models[station] = proposal.model
        self.renewed.append(Renewed(station=station, at=at, proposal=proposal))
        _log.info("renewal", station=station, adopted=proposal.adopted, reason=proposal.reason)

    def _around(
        self,
        database: Database,
        station: Station,
        end: datetime,
        span: timedelta,
        model: GaugeModel | None = None,
    ) -> GaugeInputs:
        """For a model, by the quantities that it learnt from; without one, by those that there is most to learn from."""
        names = [station.id, *(u.station for u in station.upstream), *station.rain_gauges]
        found = self._stepped(database, names, _QUANTITIES, end, span)
        known = {} if model is None else {station_of(key): key for key in model.upstream}
        keys = [known.get(u.station) or _best_key(found, u.station) for u in station.upstream]
        return _gauge_inputs(station, found, keys, self.settings.step)

    def _hours_known(self, database: Database, station: Station, until: datetime) -> int:
        found = self._stepped(database, [station.id], ["water_level"], until, self.settings.training)
        return len(_of(found, station.id, "water_level"))

    def _stepped(
        self, database: Database, names: Sequence[str], quantities: Sequence[str], end: datetime, span: timedelta
    ) -> Histories:
        with database.transaction() as connection:
            return stepped(connection, names, quantities, start=end - span, end=end, step=self.settings.step)

    def _aged(self, database: Database, station: Station, model: GaugeModel, until: datetime) -> bool:
        age = until - max(model.calibrated_until, self._tried.get(station.id, model.calibrated_until))
        if age >= self.settings.recalibrate_every:
            return True
        if age < timedelta(hours=1) or self._learned[station.id] > _OLD_HOURS:
            return False
        return self._hours_known(database, station, until) > _GROWTH * max(self._learned[station.id], 1)


def _long(work: partial[Any], *, argument: int = 0) -> bool:
    """Whether a calibration takes long enough to be worth a process: a young gauge's takes less than starting one."""
    inputs: GaugeInputs = work.args[argument]
    return len(inputs.level) > _SHORT_STEPS


def _well(future: Future[GaugeModel]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _gauge_inputs(station: Station, found: Histories, upstream: Sequence[str], step: timedelta) -> GaugeInputs:
    return GaugeInputs.from_frames(
        station=station.id,
        level=_of(found, station.id, "water_level"),
        upstream={key: _of(found, station_of(key), quantity_of(key)) for key in upstream},
        rain={name: _of(found, name, "rainfall") for name in station.rain_gauges},
        step=step,
    )


def _best_key(found: Histories, station: str) -> str:
    """Under which of its quantities there is most to learn of what comes down from a station: its level, or a reservoir's release."""
    level, release = (len(_of(found, station, name)) for name in ("water_level", "outflow"))
    return upstream_key(station, "outflow" if release and release >= _AS_OFTEN * level else "water_level")


def _of(found: Histories, station: str, quantity: str) -> pd.DataFrame:
    """What the station reported; an empty frame when that is nothing."""
    return found.get(station, {}).get(quantity, _NOTHING)
