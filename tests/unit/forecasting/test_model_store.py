from __future__ import annotations

import json
from datetime import datetime

import pytest

from forecasting.inputs import GaugeInputs
from forecasting.model_store import from_json, to_json
from forecasting.selection import GaugeModel


def test_a_stored_model_forecasts_the_same(model: GaugeModel, river: GaugeInputs, until: datetime) -> None:
    text = to_json(model)
    again = from_json(text)
    assert again.forecast(river, until) == model.forecast(river, until)
    assert to_json(again) == text
    assert again.version == model.version
    assert again.upstream == model.upstream != ()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1, "model": 5}', '{"format": 1, "model": {"kind": "os"}}']
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)


def test_another_format_is_refused_with_the_remedy(model: GaugeModel) -> None:
    written = json.loads(to_json(model)) | {"format": 99}
    with pytest.raises(ValueError, match="calibrate anew"):
        from_json(json.dumps(written))
