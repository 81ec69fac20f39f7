"""What of the announcements is to be read, and that nothing is told twice or lost."""

from __future__ import annotations

import pytest

from dash_app import heard
from dash_app.heard import ANYTHING, Heard, News
from storage.notifications import EVERYTHING, FORECASTS, NETWORK, READINGS, Notification


@pytest.fixture
def fresh() -> Heard:
    """One that has just told everything."""
    found = Heard()
    assert found.take() == ANYTHING
    return found


def test_only_the_stations_that_were_named_are_read(fresh: Heard) -> None:
    assert fresh.take() == News(stations=frozenset(), network=False, forecasts=False)
    fresh.add([Notification(READINGS, '["a/water_level","b/rainfall"]')])
    fresh.add([Notification(READINGS, '["b/wind_speed"]'), Notification(FORECASTS, '["a"]')])
    assert fresh.take() == News(stations=frozenset({"a", "b"}), network=False, forecasts=True)
    assert fresh.take() == News(stations=frozenset(), network=False, forecasts=False)


def test_too_many_names_and_a_changed_network_have_everything_read(fresh: Heard) -> None:
    fresh.add([Notification(READINGS, '["a/water_level"]'), Notification(READINGS, EVERYTHING)])
    assert fresh.take() == News(stations=None, network=False, forecasts=True)
    fresh.add([Notification(NETWORK, "")])
    assert fresh.take() == ANYTHING


def test_what_could_not_be_read_is_not_lost(fresh: Heard) -> None:
    fresh.add([Notification(READINGS, '["a/water_level"]')])
    fresh.take()
    fresh.lost()
    assert fresh.take() == ANYTHING


def test_everything_is_read_again_in_time(fresh: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    later = heard.time.monotonic() + heard.WHOLE_EVERY_S + 1
    monkeypatch.setattr(heard.time, "monotonic", lambda: later)
    assert fresh.take() == News(stations=None, network=False, forecasts=True)
