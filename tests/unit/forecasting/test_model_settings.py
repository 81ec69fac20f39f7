from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from forecasting.configuration import ModelSettings, load_models

SHIPPED = Path(__file__).parents[3] / "config" / "models.toml"


def test_the_shipped_file_says_what_the_program_assumes_without_it() -> None:
    assert load_models(SHIPPED) == ModelSettings()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("leads_h = [1, 2,", "leads_h = [2, 1,", "leads_h"),
        ("leads_h = [1,", "leads_h = [0.5,", "leads_h"),
        ("step_minutes = 60", "step_minutes = 0", "step_minutes"),
        ("calibration_days = 2192", "calibration_days = 'six'", "calibration_days"),
        ("sd_1h_m = 0.05", "sd_1h_m = 0.0", "default_spread.sd_1h_m"),
        ("minimum_pairs = 200", "minimum_pear = 200", "minimum_pairs"),
        ("[default_spread]", "[default_spread", "file"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = SHIPPED.read_text()
    assert old in text
    path = tmp_path / "models.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError) as refused:
        load_models(path)
    assert refused.value.key == key
    assert refused.value.place == str(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_models(tmp_path / "models.toml")


def test_times_are_read_in_their_units(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(SHIPPED.read_text().replace("calibrate_every_h = 24", "calibrate_every_h = 6"))
    settings = load_models(path)
    assert settings.recalibrate_every == timedelta(hours=6)
    assert settings.step == timedelta(hours=1)
