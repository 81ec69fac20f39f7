from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.stations import STATION_ID, Series, StageThresholds, Station, StationKind

_days = st.dates(date(1999, 1, 1), date(1999, 1, 20))


def thresholds(valid_from: date) -> StageThresholds:
    return StageThresholds(
        valid_from=valid_from, datum="gauge zero", bd1_m=0.0, bd2_m=None, bd3_m=None, source="a test", verified=False
    )


def station(days: list[date]) -> Station:
    return Station(
        id="a",
        name_vi="A",
        name_en="A",
        kind=StationKind.RIVER,
        lat=16.4,
        lon=107.5,
        series=(Series(quantity="water_level", cadence=timedelta(minutes=10)),),
        thresholds=tuple(thresholds(day) for day in sorted(days)),
        simulated=True,
        verified=False,
        source="a test",
    )


@given(st.lists(_days, unique=True, max_size=6), _days)
def test_the_newest_thresholds_not_after_the_day_are_in_force(days: list[date], today: date) -> None:
    found = station(days).thresholds_on(today)
    earlier = [day for day in days if day <= today]
    assert (None if found is None else found.valid_from) == max(earlier, default=None)


def test_a_level_of_zero_is_not_a_missing_level() -> None:
    assert thresholds(date(2020, 1, 1)).levels_m == (0.0, None, None, None)


def test_a_series_is_found_by_its_quantity() -> None:
    here = station([])
    assert here.series_of("water_level") is here.series[0]
    assert here.series_of("rainfall") is None


@given(st.text(min_size=1, max_size=70))
def test_an_id_fits_a_topic_a_path_and_a_key(text: str) -> None:
    if STATION_ID.fullmatch(text):
        assert text.isascii()
        assert not set(text) & set("/+#$ .,<&'\"")
        assert len(text) <= 64
