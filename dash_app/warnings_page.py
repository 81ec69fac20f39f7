"""The warnings page: those in force first, then the ended ones, each with its history and who was told."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from dash import dcc, html

from dash_app import formats, wording
from dash_app.routes import station_path
from dash_app.snapshot import AlertNow, DeliveryNow
from domain.alerts import AlertVersion, Event, Severity
from domain.words import Language, number, say

_WORST = (Severity.EXTREME, Severity.SEVERE, Severity.MODERATE, Severity.MINOR, Severity.UNKNOWN)
_SHOWN_VERSIONS = 4
_COLUMNS = ("reason", "level", "value", "at", "decided")
_STATES = ("failed", "waiting", "sending", "sent", "overtaken")


def warnings(found: tuple[AlertNow, ...], language: Language) -> list[Any]:
    """In force, then ended."""
    active = sorted((a for a in found if a.active), key=_floods_first)
    ended = [a for a in found if not a.active]
    heading = html.H1(
        [say("ui.warnings.active", language), " ", html.Span(str(len(active)), className="count")],
        className="page-title",
    )
    body = [warning(a, language) for a in active] or [html.P(say("ui.empty.alerts", language), className="card empty")]
    if not ended:
        return [heading, *body]
    return [heading, *body, html.H2(say("ui.warnings.ended", language)), *(warning(a, language) for a in ended)]


def _floods_first(found: AlertNow) -> tuple[bool, int, float]:
    return found.alert.event is not Event.FLOOD, *worst_first(found)


def worst_first(found: AlertNow) -> tuple[int, float]:
    """The most severe first; of equals the newest."""
    return _WORST.index(found.alert.severity), -found.alert.raised_at.timestamp()


def warning(found: AlertNow, language: Language) -> Any:
    """One warning: headline, facts, history, recipients."""
    alert = found.alert
    state = f"warning-{alert.severity.value.lower()}" if found.active else "warning-ended"
    parts: Any = html.Div([_history(found, language), _deliveries(found, language)], className="warning-parts")
    if alert.event is not Event.FLOOD:
        # Fifty rain gauges warn at once in a storm: their tables wait behind one line each, the floods' stand open.
        text = say("ui.warning.more", language, versions=len(alert.versions), told=len(found.deliveries))
        parts = html.Details([html.Summary(text), parts])
    return html.Article(
        [html.H3(wording.alert_line(found, language)), _facts(found, language), parts], className=f"warning {state}"
    )


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
        ("since", formats.moment(alert.raised_at, language)),
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


def _history(found: AlertNow, language: Language) -> Any:
    """The newest versions in sight, the older ones folded away."""
    newest = found.alert.versions[::-1]
    shown, older = newest[:_SHOWN_VERSIONS], newest[_SHOWN_VERSIONS:]
    body: list[Any] = [html.H4(say("ui.history", language)), _versions(found, shown, language)]
    if older:
        text = say("ui.history.older", language, count=len(older))
        body.append(html.Details([html.Summary(text), _versions(found, older, language)]))
    return html.Div(body)


def _versions(found: AlertNow, versions: tuple[AlertVersion, ...], language: Language) -> Any:
    head = html.Tr([html.Th(say(f"ui.history.{c}", language), scope="col") for c in _COLUMNS])
    rows = [_version_row(found, v, language) for v in versions]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="grid versions")


def _version_row(found: AlertNow, version: AlertVersion, language: Language) -> Any:
    event = found.alert.event
    cells = [
        say(f"alert.reason.{version.reason.value}", language),
        level_word(event, version.level, language) if version.level else "–",
        _value(version, event, language),
        formats.moment(version.at, language),
        formats.moment(version.decided_at, language),
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


def _value(version: AlertVersion, event: Event, language: Language) -> str:
    """What was read or forecast, against what."""
    if version.value is None or event not in _UNITS:
        return "–"
    unit, decimals = _UNITS[event]
    text = f"{number(version.value, decimals, language)} {unit}"
    if version.threshold is None:
        return text
    return f"{text} / {number(version.threshold, decimals, language)}"


def _deliveries(found: AlertNow, language: Language) -> Any:
    heading = html.H4(say("ui.deliveries", language))
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
