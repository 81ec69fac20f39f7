"""What a watched station of the weather or of air measured in an exercise, as a part of its report."""

from __future__ import annotations

from cli import exercise_charts as charts
from cli import exercise_tables as tables
from cli.exercise_evidence import Evidence
from cli.exercise_findings import ENDS, turned
from cli.exercise_tables import both
from domain.alerts import Event
from domain.words import say

#: Whose warnings stand on which chart of the weather.
_WARNED_BY = {
    "wind_speed": Event.STRONG_WIND,
    "pressure": Event.PRESSURE_FALL,
    "rainfall": Event.HEAVY_RAIN,
    "pm2_5": Event.AIR_QUALITY,
}


def weather(found: Evidence, station: str) -> str:
    """What a watched station of the weather or of air measured, with the warnings of it where they belong."""
    marks = {
        event: [
            (v.at, "hết" if v.reason in ENDS else tables.level_name(event, v.level))
            for v in turned(found, station, event)
        ]
        for event in set(_WARNED_BY.values())
    }
    charted = []
    for quantity in found.weather[station]:
        title = both(say(f"quantity.{quantity}", "vi"), say(f"quantity.{quantity}", "en"))
        own = marks[_WARNED_BY[quantity]] if quantity in _WARNED_BY else []
        charted.append(f"<h3>{title}</h3>{charts.course(found, station, quantity, own)}")
    return "".join(charted)
