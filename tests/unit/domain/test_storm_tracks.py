"""Tracks of storms are read whole or refused with their place in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.errors import ConfigurationError
from domain.storm_tracks import FILE, load_tracks


def position(**changes: Any) -> dict[str, Any]:
    properties = {"storm": "2025-12", "name": "Fengshen", "at": "2025-10-22T13:00:00+07:00", "kind": "observed"}
    point = {"type": "Point", "coordinates": [108.9, 16.9]}
    return {"type": "Feature", "geometry": point, "properties": properties | changes}


def written(folder: Path, *features: dict[str, Any]) -> Path:
    path = folder / FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return folder


def test_no_file_is_no_storm(tmp_path: Path) -> None:
    assert load_tracks(tmp_path).features == ()


def test_positions_are_read_with_what_was_said_of_them(tmp_path: Path) -> None:
    ahead = position(kind="forecast", issued_at="2025-10-22T07:00:00+07:00", radius_km=90, wind_ms=0.0)
    found = load_tracks(written(tmp_path, position(), ahead)).features
    assert [f.properties.kind for f in found] == ["observed", "forecast"]
    assert found[1].properties.wind_ms == 0.0


@pytest.mark.parametrize(
    ("feature", "place"),
    [
        (position(at="2025-10-22T13:00:00"), "features[0].properties.at"),
        (position(kind="forecast"), "features[0].properties"),
        (position(kind="guess"), "features[0].properties.kind"),
        (position(wind_kt=40), "features[0].properties"),
        (
            position() | {"geometry": {"type": "Point", "coordinates": [16.9, 108.9]}},
            "features[0].geometry.coordinates[1]",
        ),
    ],
)
def test_a_position_that_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, feature: dict[str, Any], place: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_tracks(written(tmp_path, feature))
    assert str(FILE) in refused.value.place
    assert refused.value.key == place
