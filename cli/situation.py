"""The situation report from what is stored, without a web process."""

from __future__ import annotations

from datetime import UTC, datetime

from cli.listing_commands import stored
from dash_app.committee import load_setting, read_committee
from dash_app.committee_map import CommitteeMap
from dash_app.reading_overview import read_overview
from dash_app.reading_weather import read_rain
from dash_app.report_document import document
from dash_app.rules_in_force import RulesInForce
from dash_app.situation_report import Situation
from domain.settings import load_settings
from domain.words import Language
from rules.configuration import load_rules


def situation_html(language: Language, number: str | None) -> str:
    """The report as one file. Raises EwsError."""
    folder = load_settings().config_dir
    setting, rules = load_setting(folder), RulesInForce(load_rules(folder / "rules.toml"))
    with stored() as connection:
        overview = read_overview(connection, rules.take(connection), datetime.now(UTC))
        found = Situation(
            overview=overview,
            committee=read_committee(connection, overview, setting),
            rain=read_rain(connection, overview),
            number=number,
        )
    return document(found, CommitteeMap(setting), language)
