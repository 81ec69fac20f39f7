from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from alerts.telling import Surroundings, repeat, with_last_reading
from alerts.telling_policy import load_telling
from alerts.wording import headline, message
from domain.alerts import FIRST_TOLD, Alert, AlertState, AlertVersion, Event, Phase, Reason, Severity
from domain.deeds import Telling, TellingReason
from domain.words import LANGUAGES

AT = datetime(2025, 10, 27, 0, 0, tzinfo=UTC)  # 07:00 in Huế
CONFIG = Path(__file__).resolve().parents[3] / "config"
_TOLD = Telling(alert="a", version=1, told=True, reason=TellingReason.TOLD)
LOCALE = Path(__file__).resolve().parents[3] / "alerts" / "locale"


def _alert(version: AlertVersion, event: Event = Event.FLOOD, *, withdrawn: bool = False) -> Alert:
    return Alert(
        identifier="hue-ews.kim_long.flood.20251027T000000Z",
        station="kim_long",
        event=event,
        state=AlertState.ENDED if withdrawn else AlertState.ACTIVE,
        severity=version.severity,
        level=version.level,
        phase=version.phase,
        raised_at=AT,
        ended_at=AT if withdrawn else None,
        versions=(version,),
    )


def _version(reason: Reason = Reason.UPGRADED, **changes: object) -> AlertVersion:
    values: dict[str, object] = {
        "number": 1,
        "reason": reason,
        "at": AT,
        "decided_at": AT,
        "level": 3,
        "severity": Severity.SEVERE,
        "phase": Phase.OBSERVED,
        "value": 3.58,
        "threshold": 3.5,
        "detail": {"rule": "stage"},
    }
    return AlertVersion(**(values | changes))  # type: ignore[arg-type]


def _say(make, version: AlertVersion, language="vi", event: Event = Event.FLOOD, **station: object) -> str:
    return headline(_alert(version, event), version, make.gauge(**station), language)


def test_the_phrase_of_the_bulletins(make) -> None:
    assert _say(make, _version()) == "Mực nước sông Hương tại Kim Long 3,58 m, trên BĐ3 0,08 m, lúc 07:00 27/10/2025"
    english = _say(make, _version(), "en")
    assert "3.58 m" in english
    assert "0.08 m" in english


@pytest.mark.parametrize(("probability", "chance"), [(0.001, "<1 %"), (0.31, "31 %")])
def test_a_withdrawn_forecast_says_no_level_that_nobody_measured(make, probability: float, chance: str) -> None:
    """It said "Water level, Hương river at Kim Long, 1.50 m", which was the peak that the forecast expected."""
    detail = {"rule": "forecast", "probability": probability, "peak_m": 1.5, "lead_h": 1.0}
    gone = _version(Reason.FORECAST_WITHDRAWN, phase=Phase.FORECAST, level=0, value=1.5, detail=detail)
    text = _say(make, gone, "en")
    assert f"the chance of exceeding BĐ3 is down to {chance}" in text
    assert "1.5" not in text


def test_what_was_held_back_is_no_repetition_to_who_hears_it_first(make) -> None:
    told = {"level": 1, "value": None, "threshold": None}
    stuck = _version(Reason.REPEATED, detail={"rule": "sensor_stuck", FIRST_TOLD: 1}, **told)
    assert _say(make, stuck, "en", Event.SENSOR_STUCK).startswith("Under way already: Sensor may be stuck")
    assert "level" not in _say(make, stuck, "en", Event.SENSOR_STUCK)
    assert _say(make, replace(stuck, detail={}), "en", Event.SENSOR_STUCK).startswith("Repeated: ")


@pytest.mark.parametrize("reason", [Reason.REPEATED, Reason.ESCALATED])
def test_what_is_said_again_of_a_forecast_does_not_say_that_the_level_is_reached(make, reason: Reason) -> None:
    forecast = {"phase": Phase.FORECAST, "level": 3, "value": None, "threshold": None}
    again = _version(reason, detail={"observed_level": 0}, **forecast)
    assert "forecast to exceed BĐ3, no level exceeded now" in _say(make, again, "en")
    assert "dự báo vượt BĐ3, hiện chưa vượt mức nào" in _say(make, again, "vi")
    partly = replace(again, detail={"observed_level": 1})
    assert "forecast to exceed BĐ3, above BĐ1 now" in _say(make, partly, "en")
    assert "dự báo vượt BĐ3, hiện trên BĐ1" in _say(make, partly, "vi")
    first = replace(again, detail={"observed_level": 0, FIRST_TOLD: 1})
    assert _say(make, first, "en").startswith("Flood"), "neither under way nor a repetition"


def test_a_repetition_says_since_when_there_is_no_data(make) -> None:
    """It said that there was none since it was repeated, and not of what."""
    detail = {"rule": "overdue", "quantity": "water_level", "last_observed_at": "2025-10-26T22:00:00+00:00"}
    silent = _version(Reason.RAISED, level=1, value=None, threshold=None, detail=detail)
    alert = _alert(silent, Event.NO_SIGNAL)
    again = repeat(
        replace(alert, severity=Severity.SEVERE),
        make.gauge(),
        Surroundings(policy=load_telling(CONFIG / "alerts.toml"), told_before=[_TOLD]),
        [],
        AT + timedelta(hours=2),
        AT + timedelta(hours=2),
    )
    assert again is not None
    assert "water level since 05:00 27/10/2025" in headline(again, again.versions[-1], make.gauge(), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_begins_with_a_quantity_begins_with_a_capital(make, language: str) -> None:
    stuck = _version(detail={"rule": "sensor_stuck", "quantity": "wind_speed", "window_h": 12.0}, level=1)
    assert _say(make, stuck, language, Event.SENSOR_STUCK)[0] in {"T", "W"}
    over = _version(detail={"rule": "air_standard", "pollutant": "o3", "window_h": 8}, level=1)
    assert _say(make, over, language, Event.AIR_STANDARD)[0] == "O"


@pytest.mark.parametrize(
    ("value", "threshold", "phrase"),
    [
        (3.08, 3.5, "dưới BĐ3 0,42 m"),
        (3.5, 3.5, "bằng BĐ3"),
        (3.503, 3.5, "bằng BĐ3"),
        (5.9, 5.81, "trên lũ lịch sử 0,09 m"),
    ],
)
def test_distance_from_a_level(make, value: float, threshold: float, phrase: str) -> None:
    assert phrase in _say(make, _version(value=value, threshold=threshold))


def test_a_forecast_says_chance_level_and_lead(make) -> None:
    detail = {"probability": 0.6, "lead_h": 6.0, "peak_m": 3.9, "peak_at": "2025-10-27T06:00:00+00:00"}
    version = _version(Reason.RAISED_BY_FORECAST, phase=Phase.FORECAST, value=3.9, detail=detail)
    text = _say(make, version)
    assert "khả năng 60 % vượt BĐ3 trong 6 giờ tới" in text
    assert "60 % chance of exceeding" in _say(make, version, "en")
    body = message(_alert(version), version, make.gauge(), recipient="x", language="vi").body
    assert "Dự báo đỉnh khoảng 3,90 m lúc 13:00 27/10/2025" in body


def test_a_lower_level_passed_on_the_way_is_not_the_forecast_come_true(make) -> None:
    passing = _version(Reason.CONFIRMED, phase=Phase.FORECAST, value=1.06, threshold=1.0, detail={"observed_level": 1})
    assert _say(make, passing).startswith("Mực nước sông Hương tại Kim Long 1,06 m, trên BĐ1 0,06 m")
    body = message(_alert(passing), passing, make.gauge(), recipient="x", language="vi").body
    assert "Số liệu đo đang ở BĐ1" in body
    assert _say(make, _version(Reason.CONFIRMED)).startswith("Dự báo đã thành hiện thực: ")


@pytest.mark.parametrize(
    ("clock", "vi", "en"),
    [
        ("simulated", "DIỄN TẬP / MÔ PHỎNG", "EXERCISE / SIMULATED"),
        ("replay:nhatle", "PHÁT LẠI", "REPLAY"),
        ("drill", "DIỄN TẬP", "EXERCISE"),
    ],
)
@pytest.mark.parametrize("event", list(Event))
def test_what_is_not_live_says_so_in_headline_and_body(make, clock: str, vi: str, en: str, event: Event) -> None:
    version = _version(level=6 if event is Event.STRONG_WIND else 1)
    station = make.gauge(clock=clock)
    written = message(_alert(version, event), version, station, recipient="x", language="vi")
    assert written.headline.startswith(f"[{vi}] ")
    assert written.body.startswith(vi)
    assert f"[{en}] " in written.body


def test_what_is_live_carries_no_mark(make) -> None:
    written = message(_alert(_version()), _version(), make.gauge(), recipient="x", language="vi")
    assert not any(word in written.headline + written.body for word in ("DIỄN TẬP", "PHÁT LẠI", "EXERCISE"))


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_says_that_a_machine_found_it(make, event: Event, language) -> None:
    version = _version(level=6 if event is Event.STRONG_WIND else 1)
    body = message(_alert(version, event), version, make.gauge(), recipient="x", language=language).body
    assert "tự nó không phải là cảnh báo chính thức" in body
    assert "by itself not an official warning" in body


def test_an_unverified_threshold_is_shown_as_such(make) -> None:
    doubtful = make.gauge(verified=False)
    version = _version()
    assert headline(_alert(version), version, doubtful, "vi").endswith("(ngưỡng chưa kiểm chứng)")
    assert "CHƯA KIỂM CHỨNG" in message(_alert(version), version, doubtful, recipient="x", language="vi").body
    assert "chưa kiểm chứng" not in _say(make, version)
    rain = _version(level=2, value=20.0, threshold=15.0, detail={"window_h": 1.0, "verified": 0})
    assert "ngưỡng chưa kiểm chứng" in _say(make, rain, event=Event.HEAVY_RAIN)
    official = replace(rain, detail={"window_h": 24.0, "verified": 1})
    assert "chưa kiểm chứng" not in _say(make, official, event=Event.HEAVY_RAIN)


@pytest.mark.parametrize(
    ("event", "changes", "vi"),
    [
        (Event.RAPID_RISE, {"value": 0.54, "level": 2, "detail": {"level_m": 3.1}}, "Nước sông Hương tại Kim Long lên nhanh 0,54 m/h, mực nước 3,10 m"),
        (Event.HEAVY_RAIN, {"value": 104.6, "level": 3, "detail": {"window_h": 1.0}}, "Mưa rất to sông Hương tại Kim Long: 104,6 mm trong 1 giờ"),
        (Event.AIR_QUALITY, {"value": 101.0, "level": 1, "detail": {"pollutant": "pm2_5"}}, "VN_AQI 101, mức Kém (bụi PM2.5)"),
        (Event.AIR_QUALITY, {"value": 100.0, "level": 0, "detail": {"pollutant": "no2"}}, "VN_AQI 100, mức Trung bình (NO₂)"),
        (Event.STRONG_WIND, {"value": 18.0, "level": 8, "detail": {"force": 8, "gust_force": 10}}, "cấp 8 (18,0 m/s), giật cấp 10"),
        (Event.STRONG_WIND, {"value": 25.0, "level": 8, "detail": {"gust_force": 10}}, "Gió giật sông Hương tại Kim Long cấp 10 (25,0 m/s)"),
        (Event.NO_SIGNAL, {"value": None, "level": 1, "detail": {"quantity": "water_level", "last_observed_at": "2025-10-26T23:30:00+00:00"}}, "Mất tín hiệu trạm Kim Long: không có số liệu mực nước từ 06:30 27/10/2025"),
        (Event.NO_SIGNAL, {"value": None, "level": 0}, "Trạm Kim Long đã có tín hiệu trở lại"),
        (Event.DOUBTFUL_READING, {"value": 9.99, "level": 1, "detail": {"quantity": "water_level"}}, "Số liệu mực nước nghi ngờ sông Hương tại Kim Long: 9,99 m, nếu đúng là nguy hiểm"),
        (Event.FLOOD, {"value": None, "level": 1, "threshold": 1.0}, "Lũ sông Hương tại Kim Long: mức BĐ1"),
        (Event.FLOOD, {"value": None, "level": 0}, "không còn mức nào bị vượt"),
    ],
)  # fmt: skip
def test_each_event_has_its_sentence(make, event: Event, changes: dict, vi: str) -> None:
    version = _version(**changes)
    assert vi in _say(make, version, event=event)
    assert _say(make, version, "en", event=event)


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("value", [None, 0.0, 12.3])
def test_no_version_is_without_words(make, event: Event, reason: Reason, phase: Phase, value: float | None) -> None:
    levels = (0, 6, 12) if event is Event.STRONG_WIND else (0, 1, 3)
    for language in LANGUAGES:
        for level in levels:
            version = _version(reason, level=level, phase=phase, value=value, threshold=None, detail={})
            written = message(_alert(version, event), version, make.gauge(), recipient="x", language=language)
            assert "Kim Long" in written.headline
            assert "{" not in written.headline + written.body


def test_a_warning_that_never_happened_says_so(make) -> None:
    version = _version(Reason.LATE_DATA, level=0, value=None)
    text = headline(_alert(version, withdrawn=True), version, make.gauge(), "vi")
    assert text.startswith("Điều chỉnh theo số liệu đến muộn: ")
    assert "không có đợt này" in text


def test_a_place_without_a_river(make) -> None:
    assert "Mực nước tại Kim Long" in _say(make, _version(), river=None)


def test_both_languages_have_the_same_keys() -> None:
    keys = {}
    for language in LANGUAGES:
        with (LOCALE / f"{language}.po").open("rb") as file:
            keys[language] = {str(m.id): str(m.string) for m in read_po(file, locale=language) if m.id}
    assert keys["vi"].keys() == keys["en"].keys()
    for key, text in keys["vi"].items():
        assert key.startswith("alert.")
        assert text
        assert keys["en"][key]


def test_a_forecast_that_lapsed_says_that_none_came_and_not_that_forecasts_say_otherwise(make) -> None:
    detail: dict[str, object] = {"rule": "forecast", "lapsed": 1}
    gone = _version(Reason.FORECAST_WITHDRAWN, phase=Phase.FORECAST, level=0, value=None, threshold=None, detail=detail)
    ended = _alert(gone)
    english = message(ended, gone, make.gauge(), recipient="ward", language="en")
    assert english.headline.startswith("Forecast warning withdrawn: ")
    assert "no newer forecast has come and readings exceed no level" in english.headline
    assert "Reason: no newer forecast has come, though the gauge reports" in english.body
    assert "no longer say so" not in english.body
    vietnamese = message(ended, gone, make.gauge(), recipient="ward", language="vi")
    assert "không có dự báo mới hơn và số đo không vượt mức nào" in vietnamese.headline
    assert "Lý do: trạm vẫn gửi số liệu nhưng không có dự báo mới hơn" in vietnamese.body


def test_a_repetition_of_a_silent_gauge_says_when_its_last_reading_was(make) -> None:
    """It said "BĐ3, at 17:00" ten hours after the last reading."""
    now = AT + timedelta(hours=10)
    around = Surroundings(policy=load_telling(CONFIG / "alerts.toml"), told_before=[_TOLD])
    again = repeat(_alert(_version()), make.gauge(), around, (), now, now)
    assert again is not None
    assert "silent" not in headline(again, again.versions[-1], make.gauge(), "en")
    again = with_last_reading(again, AT)
    said = {language: headline(again, again.versions[-1], make.gauge(), language) for language in LANGUAGES}
    assert said["en"].endswith("at 17:00 27/10/2025; last reading at 07:00 27/10/2025, silent since then")
    assert said["vi"].endswith("lúc 17:00 27/10/2025; số liệu cuối cùng lúc 07:00 27/10/2025, từ đó trạm mất tín hiệu")
