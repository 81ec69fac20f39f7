"""What is waited for when all has been played: that everything is gone over once more, and that nothing new comes of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.aftermath import Aftermath
from domain.alerts import Alert, Reason, Severity
from domain.forecasts import PROBABILITIES, LevelForecast
from domain.readings import QualityFlag, Reading
from storage.alerts import save_alert
from storage.database import Database
from storage.deliveries import NewDelivery, enqueue
from storage.forecasts import store_forecasts
from storage.jobs import record_start, record_success
from storage.readings import store_readings
from storage.stations import series_ids, sync_network
from tests.integration.test_office import T0, _alert, _station

MINUTE, EVERY = timedelta(minutes=1), timedelta(seconds=0.2)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_round_that_began_before_or_is_under_way_does_not_count(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.aftermath._LOOK_BACK_S", 1.0)
    aftermath, now = Aftermath(database, []), datetime.now(UTC)

    def waited(begun: datetime, done: datetime | None) -> bool:
        with database.transaction() as c:
            for job in ("judge", "quality"):
                record_start(c, job, begun, every=EVERY)
                if done is not None:
                    record_success(c, job, done)
        return aftermath.wait_until_looked_back(threading.Event())

    assert not waited(now - MINUTE, now + MINUTE)
    assert not waited(now + 2 * MINUTE, None), "under way"
    assert waited(now + 2 * MINUTE, now + 3 * MINUTE)
    with database.transaction() as c:
        record_start(c, "judge", now - MINUTE, every=EVERY)
    assert not aftermath.wait_until_looked_back(threading.Event()), "one of the two is not enough"


class Going(threading.Event):
    """A stop that comes after so many looks; at each the alert that stands has one more version, and that a delivery."""

    def __init__(self, database: Database, alert: Alert, reason: Reason, looks: int) -> None:
        super().__init__()
        self._database, self._alert, self._reason, self._left = database, alert, reason, looks

    def wait(self, timeout: float | None = None) -> bool:
        newest = self._alert.versions[-1]
        said = replace(newest, number=newest.number + 1, reason=self._reason)
        self._alert = replace(self._alert, versions=(*self._alert.versions, said))
        told = NewDelivery(
            alert=self._alert.identifier,
            version=said.number,
            recipient="chair",
            channel="file",
            language="vi",
            due_at=T0,
        )
        with self._database.transaction() as connection:
            save_alert(connection, self._alert)
            enqueue(connection, [told])
        self._left -= 1
        if self._left <= 0:
            self.set()
        return super().wait(timeout)


def _drowned(database: Database) -> Alert:
    """A gauge above an alarm level whose readings have forecasts no more."""
    alert, now = _alert("kim_long", Severity.MODERATE, Severity.SEVERE), datetime.now(UTC)
    reading = Reading(
        station="kim_long", quantity="water_level", observed_at=T0, received_at=T0, value=3.9, flag=QualityFlag.FAIL
    )
    forecast = LevelForecast(
        station="kim_long", issued_at=T0 - 180 * MINUTE, valid_at=T0, quantiles_m=(1.0,) * len(PROBABILITIES),
        model="persistence", version="x", inputs="own level",
    )  # fmt: skip
    with database.transaction() as connection:
        sync_network(connection, [_station("kim_long")])
        store_readings(connection, [reading], series_ids(connection))
        store_forecasts(connection, [forecast], T0)
        save_alert(connection, alert)
        record_start(connection, "judge", now + MINUTE, every=EVERY)
        record_success(connection, "judge", now + MINUTE)
    return alert


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_run_that_ends_in_the_flood_settles_though_the_warning_is_said_again_and_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning that stands is repeated each minute of the wall clock: that was taken for news, and it was waited for ever."""
    monkeypatch.setattr("cli.aftermath._QUIET_S", 0.5)
    monkeypatch.setattr("cli.aftermath._LONG_QUIET_S", 2.0)
    monkeypatch.setattr("cli.aftermath._LOOK_S", 0.05)
    stop = Going(database, _drowned(database), Reason.REPEATED, looks=1000)
    assert Aftermath(database, [_station("kim_long")]).wait_until_settled(stop)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_goes_on_for_ever_is_not_waited_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.aftermath._LONGEST_S", 2.0)
    monkeypatch.setattr("cli.aftermath._LOOK_S", 0.05)
    stop = Going(database, _drowned(database), Reason.LATE_DATA, looks=1000)
    assert not Aftermath(database, [_station("kim_long")]).wait_until_settled(stop)
    assert not stop.is_set(), "it gave up by itself"
