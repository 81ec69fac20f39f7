"""The sentence of a calm day, of which some gauges are not known."""

from __future__ import annotations

from dash_app.sentence import sentence
from dash_app.snapshot import StationNow
from dash_app.state import Freshness
from domain.readings import QualityFlag
from tests.unit.dash_app import scenes

CALM = scenes.standing(0.58, 0, scenes.station("phu_oc", name_vi="Phú Ốc", name_en="Phu Oc", river="Bồ"))


def silent(name: str = "Kim Long", level: int | None = 3, value: float | None = 3.58) -> StationNow:
    place = scenes.station(name.lower().replace(" ", "_"), name_vi=name, name_en=name)
    return scenes.standing(value, level, place, freshness=Freshness.SILENT if value else Freshness.NEVER)


def said(*stations: StationNow) -> str:
    return sentence(scenes.overview(*stations), "vi")


def test_a_gauge_that_fell_silent_above_an_alarm_level_is_not_calm() -> None:
    assert said(silent(), CALM) == (
        "1/2 trạm có mức báo động đang gửi số liệu dùng được, không trạm nào trong đó trên báo động I."
        " Chưa rõ: Kim Long (mất tín hiệu, lần cuối trên BĐ3)."
        " Gần nhất: Sông Bồ tại Phú Ốc 0,58 m, dưới BĐ1 0,42 m, đang lên chậm 0,11 m/h."
    )
    assert sentence(scenes.overview(silent(), CALM), "en").startswith(
        "1 of 2 gauges with alarm levels are sending usable data, none of them above alarm level 1."
        " Not known: Kim Long (no signal, last above BĐ3). Nearest: "
    )


def test_of_many_that_are_not_known_those_last_above_a_level_are_named() -> None:
    low = [silent(f"Trạm {k}", 0, 0.5) for k in range(3)]
    found = said(*low, silent("Tứ Phú", None, None), silent("Đà Viên", 1), silent(), CALM)
    assert "1/7 trạm" in found
    assert "Chưa rõ: Kim Long (mất tín hiệu, lần cuối trên BĐ3), Đà Viên (mất tín hiệu, lần cuối trên BĐ1), " in found
    assert "Trạm 0 (mất tín hiệu) và 3 trạm khác. Gần nhất" in found


def test_a_gauge_whose_water_is_wrong_or_never_came_is_not_calm() -> None:
    wrong = scenes.standing(9.9, None, main=scenes.measure(9.9, flag=QualityFlag.FAIL))
    assert "1/3 trạm" in said(wrong, silent("Tứ Phú", None, None), CALM)
    assert "Chưa rõ: Kim Long (số liệu sai), Tứ Phú (chưa có số liệu). Gần nhất" in said(
        wrong, silent("Tứ Phú", None, None), CALM
    )


def test_a_silent_gauge_without_alarm_levels_changes_nothing() -> None:
    without = scenes.standing(2.0, None, scenes.station("suoi", thresholds=()), freshness=Freshness.SILENT)
    assert said(without, CALM).startswith("Không trạm nào trên báo động I. Gần nhất: Sông Bồ tại Phú Ốc")


def test_above_a_level_the_graver_ones_that_fell_silent_are_named_too() -> None:
    """The sentence spoke of a gauge above BĐ1 alone while another had drowned above BĐ3."""
    above = scenes.standing(1.6, 1, scenes.station("phu_oc", name_vi="Phú Ốc", name_en="Phu Oc", river="Bồ"))
    same = silent("Đà Viên", 1, 1.2)
    found = said(silent(), same, above)
    assert found.startswith("Sông Bồ tại Phú Ốc 1,60 m, trên BĐ1")
    assert found.endswith(". Chưa rõ: Kim Long (mất tín hiệu, lần cuối trên BĐ3).")
    assert "Chưa rõ" not in said(same, above), "no graver than the one that leads"


def test_where_nothing_is_heard_the_last_levels_are_named() -> None:
    assert said(silent(), silent("Đà Viên", 0, 0.2)).endswith(
        "tình hình sông chưa rõ. Chưa rõ: Kim Long (mất tín hiệu, lần cuối trên BĐ3)."
    )
