"""The accounts of the network page: what came from each source and what became of it, and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dash_app import formats, parts
from dash_app.network_snapshot import NetworkView, SourceToday
from domain.words import Language, say
from storage.network_report import ReasonCount

_PARTS = ("stored", "duplicates", "revisions", "rejected")


def sources_card(view: NetworkView, language: Language) -> Any:
    """Received = stored + duplicates + revisions + rejected + waiting since midnight: for each source, and for each worker."""
    heading = html.H2(
        [say("ui.network.sources", language), html.Small(say("ui.network.equation", language))], className="wrapping"
    )
    if not view.sources and not view.workers:
        return html.Section(
            [heading, html.P(say("ui.network.no_sources", language), className="empty")], className="card"
        )
    tables = {"source": view.sources, "worker": view.workers}
    shown = [_accounts(first, rows, language) for first, rows in tables.items() if rows]
    return html.Section([heading, *shown], className="card")


def _accounts(first: str, rows: Sequence[SourceToday], language: Language) -> Any:
    columns = (first, "received", *_PARTS, "waiting", "balance")
    head = [
        html.Th(say(f"ui.network.{c}", language), scope="col", className="a-source" if c == first else f"a-{c}")
        for c in columns
    ]
    body = [_account_row(first, one, language) for one in rows]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className=f"grid accounts by-{first}")


def _account_row(first: str, one: SourceToday, language: Language) -> Any:
    waiting = "–" if one.waiting is None else formats.count(one.waiting, language)
    received = one.counts.received + (one.waiting or 0)
    name: dict[str, Any] = {"data-label": say(f"ui.network.{first}", language)}
    cells = [
        html.Th(one.source, scope="row", className="a-source", **name),
        _figure("received", formats.count(received, language), language),
        *(_figure(name, formats.count(getattr(one.counts, name), language), language) for name in _PARTS),
        _figure("waiting", waiting, language),
        html.Td(_balance(one, language), className="a-balance"),
    ]
    return html.Tr(cells, **{"data-key": one.source})  # type: ignore[arg-type]


def _figure(column: str, text: str, language: Language) -> Any:
    label: dict[str, Any] = {"data-label": say(f"ui.network.{column}", language)}
    return html.Td(text, className=f"a-{column} figure", **label)


def _balance(one: SourceToday, language: Language) -> Any:
    """Whether nothing is missing."""
    if one.broken_hours == 0 and one.counts.balanced:
        return parts.badge(f"✓ {say('ui.network.balanced', language)}", "badge-good")
    amiss = one.counts.received - sum(getattr(one.counts, name) for name in _PARTS)
    return parts.badge(f"✗ {say('ui.network.unbalanced', language, amiss=amiss, hours=one.broken_hours)}", "badge-bad")


def rejected_card(view: NetworkView, language: Language) -> Any:
    """Why messages were refused in the last days, with the newest of each reason."""
    heading = html.H2(
        [say("ui.network.rejections", language), html.Small(say("ui.network.rejections.note", language))],
        className="wrapping",
    )
    if not view.reasons:
        return html.Section(
            [heading, html.P(say("ui.network.no_rejections", language), className="empty")], className="card"
        )
    columns = ("reason", "count", "newest", "topic", "detail")
    names = {"count": "figure"}
    head = html.Tr([html.Th(say(f"ui.network.{c}", language), scope="col", className=names.get(c)) for c in columns])
    rows = [_reason_row(one, language) for one in view.reasons]
    table = html.Div(
        html.Table([html.Thead(head), html.Tbody(rows)], className="grid reasons"), className="table-scroll"
    )
    return html.Section([heading, table], className="card")


def _reason_row(one: ReasonCount, language: Language) -> Any:
    cells = [
        html.Td(html.Code(one.reason)),
        html.Td(formats.count(one.count, language), className="figure"),
        html.Td(formats.moment(one.received_at, language), className="moment"),
        html.Td(html.Code(_short(one.topic)), className="topic"),
        html.Td(_short(one.detail), className="detail"),
    ]
    return html.Tr(cells, **{"data-key": one.reason})  # type: ignore[arg-type]


def _short(text: str, most: int = 120) -> str:
    """What a stranger sent, in printable letters and not too many."""
    shown = "".join(letter if letter.isprintable() else "·" for letter in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[:most]}…"
