"""The network page: is every station heard, are its readings good, and is everything that was sent there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash import dcc, html

from dash_app import formats, wording
from dash_app.network_accounts import rejected_card, sources_card
from dash_app.network_snapshot import NetworkView, SeriesToday, StationLink
from dash_app.routes import station_path
from domain.quantities import QUANTITIES
from domain.readings import QualityFlag
from domain.stations import StationKind
from domain.words import Language, number, say
from storage.network_report import Finding

_COLUMNS = ("station", "link", "age", "battery", "skew", "quality", "sent", "missing")
#: Transmission takes seconds; a clock that is off by more puts readings into the wrong hour of a flood.
_SKEW_DOUBTED_S = 300.0
_SHOWN_RANGES = 4
#: In the order in which the bar shows them.
_BAR = (QualityFlag.PASS, QualityFlag.NOT_EVALUATED, QualityFlag.SUSPECT, QualityFlag.FAIL)
_DOUBTFUL = (QualityFlag.SUSPECT, QualityFlag.FAIL)


def network(view: NetworkView, language: Language) -> list[Any]:
    """All of it: what needs a look first, then the accounts, then everything."""
    look = [link for link in view.stations if troubled(link)]
    return [
        html.H1(say("ui.network.title", language), className="page-title"),
        html.P(_summary(view, language), className="network-summary"),
        sources_card(view, language),
        _card(
            say("ui.network.look", language),
            len(look),
            _stations(look, view, language, say("ui.network.all_well", language)),
        ),
        _findings(view.findings, view, language),
        rejected_card(view, language),
        html.Section([html.H2(say("ui.network.every", language)), *_by_kind(view, language)], className="card"),
    ]


def troubled(link: StationLink) -> bool:
    """Whether somebody should look at the station."""
    skewed = link.skew_s is not None and abs(link.skew_s) > _SKEW_DOUBTED_S
    unheard = link.silent or link.late or link.status == "offline" or bool(link.dead)
    return unheard or skewed or link.doubted > 0 or link.lost > 0


def _summary(view: NetworkView, language: Language) -> str:
    heard = sum(not link.silent for link in view.stations)
    return say(
        "ui.network.summary",
        language,
        heard=heard,
        all=len(view.stations),
        silent=len(view.stations) - heard,
        offline=sum(link.status == "offline" for link in view.stations),
        doubted=sum(link.doubted for link in view.stations),
        lost=sum(link.lost for link in view.stations),
    )


def _card(title: str, count: int, body: Any) -> Any:
    return html.Section([html.H2([title, html.Span(str(count), className="count")]), body], className="card")


def _by_kind(view: NetworkView, language: Language) -> list[Any]:
    folded = []
    for kind in StationKind:
        links = [link for link in view.stations if link.station.kind is kind]
        if links:
            heading = formats.heading(say(f"kind.{kind.value}", language))
            summary = html.Summary(say("ui.network.kind", language, kind=heading, count=len(links)))
            folded.append(html.Details([summary, _stations(links, view, language, "")]))
    return folded


def _stations(links: list[StationLink], view: NetworkView, language: Language, nothing: str) -> Any:
    if not links:
        return html.P(nothing, className="empty")
    head = html.Tr([html.Th(say(f"ui.network.{c}", language), scope="col", className=f"n-{c}") for c in _COLUMNS])
    rows = [station_row(link, language, numbers_known=view.numbers_known) for link in links]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="grid links")


def station_row(link: StationLink, language: Language, *, numbers_known: bool = True) -> Any:
    """One station."""
    name = dcc.Link(wording.name(link.station, language), href=station_path(link.station.id), className="station-link")
    kind = html.Small(say(f"kind.{link.station.kind.value}", language), className="under")
    cells = [
        html.Th([name, kind], scope="row", className="n-station"),
        _cell("link", _link(link, language), language, doubtful=link.silent),
        _cell("age", _age(link, language), language, doubtful=link.late),
        _cell("battery", "–" if link.battery_v is None else f"{number(link.battery_v, 2, language)} V", language),
        _cell("skew", _skew(link, language), language, doubtful=abs(link.skew_s or 0.0) > _SKEW_DOUBTED_S),
        _cell("quality", [_quality(series, link, language) for series in link.series], language),
        _cell("sent", _sent(link, language, numbers_known=numbers_known), language),
        _cell("missing", _missing(link, language), language, doubtful=link.lost > 0),
    ]
    return html.Tr(cells, **{"data-key": link.station.id})  # type: ignore[arg-type]


def _cell(column: str, content: Any, language: Language, *, doubtful: bool = False) -> Any:
    label: dict[str, Any] = {"data-label": say(f"ui.network.{column}", language)}
    names = [f"n-{column}", *(["doubtful"] if doubtful else []), *(["nothing"] if content in ("–", ["–"]) else [])]
    return html.Td(content, className=" ".join(names), **label)


def _link(link: StationLink, language: Language) -> list[Any]:
    """Whether readings come, of which quantities none, and what the station's own status topic says."""
    words: list[Any] = [say("age.silent" if link.silent else "ui.network.heard", language)]
    if link.dead:
        names = ", ".join(say(f"quantity.{name}", language) for name in link.dead)
        words.append(html.Small(say("ui.network.dead", language, names=names), className="under doubtful"))
    if link.status is not None and link.status_at is not None:
        said = say(f"ui.network.{link.status}", language, at=formats.moment(link.status_at, language))
        words.append(html.Small(said, className="under doubtful" if link.status == "offline" else "under"))
    return words


def _age(link: StationLink, language: Language) -> list[Any]:
    if link.read_at is None or link.age is None:
        return [say("age.never", language)]
    at = formats.near(link.read_at, link.now, language)
    return [formats.age(max(link.age, timedelta(0)), language), html.Small(at, className="under")]


def _skew(link: StationLink, language: Language) -> str:
    if link.skew_s is None:
        return "–"
    sign = "+" if link.skew_s >= 0 else "−"
    size = abs(link.skew_s)
    if size < 120:
        return f"{sign}{number(size, 0, language)} s"
    return f"{sign}{formats.age(timedelta(seconds=size), language)}"


def _quality(series: SeriesToday, link: StationLink, language: Language) -> Any:
    """A bar and its numbers: of what was due in 24 h, how much passed, is doubted, failed, or is not there."""
    total = max(series.read + series.absent, 1)
    parts = [(flag.name.lower(), series.flags.get(flag, 0)) for flag in _BAR] + [("missing", series.absent)]
    bar = [
        html.Span(className=f"share share-{name}", style={"width": f"{100 * count / total:.1f}%"})
        for name, count in parts
        if count
    ]
    passed = sum(series.flags.get(flag, 0) for flag in _BAR if flag not in _DOUBTFUL)
    text = [f"{number(100 * passed / total, 0, language)} %"]
    text += [f"{count} {say(f'flag.{name}', language)}" for name, count in parts[2:] if count]
    label = say(f"quantity.{series.quantity}", language) if len(link.series) > 1 else ""
    said = html.Small([html.Span(label), " · ".join(text)], className="under")
    return html.Div([html.Span(bar, className="shares", **{"aria-hidden": "true"}), said], className="quality")  # type: ignore[arg-type]


def _sent(link: StationLink, language: Language, *, numbers_known: bool) -> str:
    if not numbers_known:
        return say("ui.network.numbers_broken", language)
    numbered = [s for s in link.series if s.sent is not None]
    if not numbered:
        return say("ui.network.unnumbered", language)
    return f"{sum(s.sent or 0 for s in numbered)} / {sum(s.stored or 0 for s in numbered)}"


def _missing(link: StationLink, language: Language) -> list[Any]:
    """The numbers that never came, by quantity: 17–21, 40."""
    lines = []
    for series in link.series:
        if series.missing:
            ranges = [str(a) if a == b else f"{a}–{b}" for a, b in series.missing[:_SHOWN_RANGES]]
            more = len(series.missing) - _SHOWN_RANGES
            ranges += [say("ui.network.more", language, count=more)] if more > 0 else []
            label = f"{say(f'quantity.{series.quantity}', language)}: " if len(link.series) > 1 else ""
            lines.append(html.Div(f"{label}{', '.join(ranges)}"))
    return lines or ["–"]


def _findings(findings: tuple[Finding, ...], view: NetworkView, language: Language) -> Any:
    """What the tests found last, each verdict with its time."""
    title = say("ui.network.findings", language)
    if not findings:
        return _card(title, 0, html.P(say("ui.network.no_findings", language), className="empty"))
    columns = ("station", "value", "observed", "test", "verdict", "judged")
    head = html.Tr([html.Th(say(f"ui.network.{c}", language), scope="col") for c in columns])
    names = {link.station.id: wording.name(link.station, language) for link in view.stations}
    rows = [_finding_row(one, names.get(one.station, one.station), language) for one in findings]
    table = html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="grid"), className="table-scroll")
    return html.Section([html.H2(title), table], className="card")


def _finding_row(one: Finding, name: str, language: Language) -> Any:
    known = one.quantity in QUANTITIES
    value = formats.value(one.quantity, one.value, language) if known else number(one.value, 2, language)
    cells = (
        dcc.Link(name, href=station_path(one.station), className="station-link"),
        value,
        formats.moment(one.observed_at, language),
        say(f"ui.test.{one.test}", language),
        wording.flag(one.flag, language),
        formats.moment(one.judged_at, language),
    )
    return html.Tr([html.Td(cell) for cell in cells])
