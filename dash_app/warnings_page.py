"""One warning in full: facts, every version and why it was told or not, who was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dash import dcc, html

from alerts.sentences import reason_in_words
from dash_app import formats, wording
from dash_app.routes import station_path
from dash_app.snapshot import AlertNow, DeliveryNow
from domain.alerts import AlertVersion, Event, Severity
from domain.deeds import Telling
from domain.quantities import QUANTITIES
from domain.words import Language, number, say

_WORST = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.UNKNOWN)
_FLOODS = (Event.FLOOD, Event.FLASH_FLOOD, Event.BASIN_FLOOD)
_SHOWN_VERSIONS = 6
_COLUMNS = ("reason", "level", "value", "at", "decided", "told")
_STATES = ("failed", "waiting", "sending", "sent", "overtaken")


def floods_first(found: AlertNow) -> tuple[bool, int, float]:
    """Floods first, one gauge's, a valley's or a basin's; then the most severe, and of equals the newest."""
    alert = found.alert
    return alert.event not in _FLOODS, _WORST.index(alert.severity), -alert.raised_at.timestamp()


def warning(found: AlertNow, tellings: Mapping[int, Telling], language: Language) -> Any:
    """Headline, facts, history, recipients. `tellings`: by version, why it was told or not."""
    state = f"warning-{found.alert.severity.value.lower()}" if found.active else "warning-ended"
    parts = html.Div([_history(found, tellings, language), _deliveries(found, language)], className="warning-parts")
    title = html.H1(wording.alert_line(found, language))
    return html.Article([title, _facts(found, language), parts], className=f"warning {state}")


def _facts(found: AlertNow, language: Language) -> Any:
    alert = found.alert
    link = dcc.Link(
        wording.name(found.station, language), href=station_path(found.station.id), className="station-link"
    )
    facts: list[tuple[str, Any]] = [
        ("event", say(f"alert.event.{alert.event.value}", language)),
        ("place", link),
        ("level", level_word(alert.event, alert.level, language)),
        ("severity", say(f"alert.severity.{alert.severity.value}", language)),
        ("phase", say(f"ui.phase.{alert.phase.value}", language) if found.active else say("ui.state.ended", language)),
        ("since", wording.began(alert, formats.moment(alert.raised_at, language), language)),
    ]
    if alert.ended_at is not None:
        facts.append(("ended", formats.moment(alert.ended_at, language)))
    return html.Div(
        [html.Span([say(f"ui.warning.{key}", language), ": ", html.Strong(text)]) for key, text in facts],
        className="warning-facts",
    )


def level_word(event: Event, level: int, language: Language) -> str:
    """A level in the words of its event."""
    if event is Event.STRONG_WIND:
        return say("ui.wind.force", language, force=level)
    if event is Event.FLOOD and 1 <= level <= 4:
        return wording.level_name(level, language)
    return str(level)


def _history(found: AlertNow, tellings: Mapping[int, Telling], language: Language) -> Any:
    """The newest versions in sight, the older ones folded away."""
    newest = found.alert.versions[::-1]
    shown, older = newest[:_SHOWN_VERSIONS], newest[_SHOWN_VERSIONS:]
    body: list[Any] = [html.H2(say("ui.history", language)), _versions(found, shown, tellings, language)]
    if older:
        text = say("ui.history.older", language, count=len(older))
        body.append(html.Details([html.Summary(text), _versions(found, older, tellings, language)]))
    return html.Div(body)


def _versions(
    found: AlertNow, versions: tuple[AlertVersion, ...], tellings: Mapping[int, Telling], language: Language
) -> Any:
    head = html.Tr([html.Th(say(f"ui.history.{c}", language), scope="col") for c in _COLUMNS])
    rows = [_version_row(found, v, tellings.get(v.number), language) for v in versions]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="grid versions")
    return html.Div(table, className="table-scroll")


def _version_row(found: AlertNow, version: AlertVersion, telling: Telling | None, language: Language) -> Any:
    event = found.alert.event
    cells = [
        reason_in_words(version, language),
        level_word(event, version.level, language) if version.level else "–",
        _value(version, event, language),
        formats.moment(version.at, language),
        formats.moment(version.decided_at, language),
        "–" if telling is None else say(f"ui.telling.{telling.reason.value}", language),
    ]
    return html.Tr([html.Td(cell, className=f"v-{name}") for name, cell in zip(_COLUMNS, cells, strict=True)])


_UNITS = {
    Event.FLOOD: ("m", 2),
    Event.RAPID_RISE: ("m/h", 2),
    Event.HEAVY_RAIN: ("mm", 1),
    Event.STRONG_WIND: ("m/s", 1),
    Event.AIR_QUALITY: ("VN_AQI", 0),
    Event.AIR_QUALITY_DAY: ("VN_AQI", 0),
    Event.AIR_STANDARD: ("µg/m³", 1),
    Event.PRESSURE_FALL: ("hPa", 1),
}
_OF_A_SENSOR = (Event.DOUBTFUL_READING, Event.SENSOR_STUCK)


def _unit(version: AlertVersion, event: Event, language: Language) -> tuple[str, int] | None:
    """Unit and decimals of an event's values; a doubtful or stuck reading may be of any quantity and names it."""
    quantity = QUANTITIES.get(str(version.detail.get("quantity", "")))
    if event in _OF_A_SENSOR and quantity is not None:
        return formats.unit(quantity.name, language), quantity.decimals
    return _UNITS.get(event)


def _value(version: AlertVersion, event: Event, language: Language) -> str:
    """What was read or forecast, against what."""
    known = _unit(version, event, language)
    if version.value is None or known is None:
        return "–"
    unit, decimals = known
    text = f"{number(version.value, decimals, language)} {unit}"
    if version.threshold is None:
        return text
    return f"{text} / {number(version.threshold, decimals, language)}"


def _deliveries(found: AlertNow, language: Language) -> Any:
    heading = html.H2(say("ui.deliveries", language))
    if not found.deliveries:
        return html.Div([heading, html.P(say("ui.empty.deliveries", language), className="muted")])
    counts = Counter(d.state for d in found.deliveries)
    shown = [say(f"ui.delivery.count.{s}", language, count=counts[s]) for s in _STATES if counts[s]]
    rows = [_delivery_row(d, language) for d in sorted(found.deliveries, key=_newest_first)]
    columns = ("recipient", "channel", "version", "state", "at")
    head = html.Tr([html.Th(say(f"ui.delivery.{c}", language), scope="col") for c in columns])
    table = html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="grid"), className="table-scroll")
    return html.Div([heading, html.Details([html.Summary(" · ".join(shown)), table])])


def _newest_first(delivery: DeliveryNow) -> tuple[int, datetime, str]:
    return -delivery.version, delivery.at, delivery.recipient


def _delivery_row(delivery: DeliveryNow, language: Language) -> Any:
    state = say(f"ui.delivery.state.{delivery.state}", language)
    text = state if delivery.error is None else f"{state}: {delivery.error}"
    cells = (delivery.recipient, delivery.channel, str(delivery.version), text, formats.moment(delivery.at, language))
    return html.Tr([html.Td(cell) for cell in cells])
