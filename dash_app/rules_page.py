"""The rules page: what is in force, and who changed it when and why. Changes are proposed on a page of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dash_app import formats, sheet_table
from dash_app.desk_fields import only
from dash_app.rules_proposal_page import ADDRESS
from domain.access_table import Right
from domain.errors import ConfigurationError
from domain.words import Language, say
from rules.configuration import RuleSet, rules_from
from rules.tables import Rule
from storage.database import Connection
from storage.rule_sets import AdoptedRules, rule_sets

_COLUMNS = ("name", "event", "levels", "when", "source")


@dataclass(frozen=True, kw_only=True, slots=True)
class RulesNow:
    """The rules in force, and every version that was adopted, the newest first. `read` False: this version cannot read it."""

    rules: RuleSet
    history: tuple[AdoptedRules, ...]
    read: bool = True


def read_rules(connection: Connection, of_the_file: RuleSet) -> RulesNow:
    """The adopted rules; those of the file while none were adopted, or where this version cannot read the newest."""
    history = tuple(rule_sets(connection))
    try:
        rules = rules_from(history[0].content, history[0].place) if history else of_the_file
    except ConfigurationError:  # the scheduler keeps to what it had, too, and its watcher says so
        return RulesNow(rules=of_the_file, history=history, read=False)
    return RulesNow(rules=rules, history=history)


def rules(found: RulesNow, language: Language) -> list[Any]:
    """What is in force, how it is changed, and the history."""
    newest = found.history[0] if found.history else None
    where = (
        say("ui.rules.file", language)
        if newest is None
        else say(
            "ui.rules.adopted" if found.read else "ui.rules.unread",
            language,
            number=newest.number,
            person=newest.adopted_by,
        )
    )
    count = html.Span(str(len(found.rules.rules)), className="count")
    return [
        html.H1([say("ui.rules", language), " ", count], className="page-title"),
        html.P(where, className="muted"),
        html.Div(_table(found.rules, language), className="card"),
        html.P(
            [
                say("ui.rules.change", language),
                " ",
                html.A(say("ui.rules.proposal", language), href=f"{ADDRESS}?lang={language}"),
            ],
            className="muted",
            **only(Right.TUNE),
        ),
        html.H2(say("ui.rules.history", language)),
        *(
            [_version(each, language) for each in found.history]
            or [html.P(say("ui.rules.none", language), className="card empty")]
        ),
    ]


def _table(rules: RuleSet, language: Language) -> Any:
    columns = [(say(f"ui.rules.{column}", language), False) for column in _COLUMNS]
    return sheet_table.table(columns, [_row(rule, columns, language) for rule in rules.rules], "rules")


def _row(rule: Rule, columns: Sequence[tuple[str, bool]], language: Language) -> Any:
    levels = ", ".join(
        f"{level}: {say(f'alert.severity.{severity}', language)}"
        for level, severity in zip(rule.levels_warned, rule.severities, strict=True)
    )
    source: list[Any] = [rule.source_vi or rule.source if language == "vi" else rule.source]
    if not rule.verified:
        source.append(html.Em(f" ({say('ui.rules.unverified', language)})"))
    contents: list[Any] = [say(f"alert.event.{rule.event}", language), levels or "–", _when(rule, language), source]
    cells = [sheet_table.cell(each, text, "wide") for each, (text, _) in zip(contents, columns[1:], strict=True)]
    return sheet_table.row([html.Th(html.Strong(rule.name), scope="row"), *cells], rule.name, "current")


def _when(rule: Rule, language: Language) -> str:
    """Hours, months and stations, where the rule names any."""
    parts = list(rule.stations)
    if rule.schedule is not None:
        first, last = rule.schedule.hours
        parts.append(f"{first:02d}:00–{last:02d}:00")
        if len(rule.schedule.months) < 12:
            months = ", ".join(str(month) for month in rule.schedule.months)
            parts.append(say("ui.rules.months", language, months=months))
    return "; ".join(parts) or say("ui.rules.always", language)


def _version(adopted: AdoptedRules, language: Language) -> Any:
    line = f"{adopted.number} · {formats.moment(adopted.adopted_at, language)} · {adopted.adopted_by}: {adopted.reason}"
    body = [html.Pre(adopted.difference or "–", className="difference"), _back(adopted, language)]
    key: dict[str, Any] = {"data-key": f"rules-{adopted.number}"}
    return html.Details([html.Summary(line), *body], className="card", **key)


def _back(adopted: AdoptedRules, language: Language) -> Any:
    """To the form with this text: adopted again, tried and with a reason, it is in force again."""
    where = f"{ADDRESS}?lang={language}&ban={adopted.number}"
    link = html.A(say("ui.rules.restore", language, number=adopted.number), href=where)
    return html.P(link, className="muted", **only(Right.TUNE))
