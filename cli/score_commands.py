"""The command that tells how good the issued forecasts were."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.releases import Release

scores = typer.Typer()


@scores.command()
def score(
    *,
    days: Annotated[
        int, typer.Option(min=1, max=3660, help="Days that are looked at, up to the newest scored one.")
    ] = 30,
    until: Annotated[str | None, typer.Option(help="Last day, 2025-10-31; none: the newest that was scored.")] = None,
    station: Annotated[list[str] | None, typer.Option(help="Only this gauge; may be given again.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV: one row a gauge and lead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON with every figure.")] = False,
    releases: Annotated[
        Path | None,
        typer.Option(help="Take in planned (and actual) releases from this CSV first, and score what they touch anew."),
    ] = None,
) -> None:
    """Tell how good the issued forecasts were, after Thông tư 42/2017: bias, MAE, RMSE, time errors, completeness, timeliness.

    The scheduler scores forecasts every 15 minutes as they come due. A forecast is not scored while the release of a
    reservoir upstream differs from plan by more than 20 %: FILE has the columns reservoir, start, end, planned_m3s and,
    if it is known, actual_m3s (else the mean of the reservoir's own readings of its outflow counts).
    """
    from cli.listing_commands import stored
    from cli.release_file import read_releases
    from cli.score_listing import scores_table
    from dash_app.verification import read_verification
    from dash_app.verification_export import verification_csv, verification_json

    if csv and json:
        raise typer.BadParameter("choose --csv or --json, not both")
    plans = [] if releases is None else read_releases(releases)
    last = _day(until)
    if plans:
        _take_in(plans)
    with stored() as connection:
        found = read_verification(connection, days, last, station or None)
    if found is None:
        print("no forecast has been scored yet: the scheduler scores them every 15 minutes as they come due")
        raise typer.Exit(1)
    print(
        verification_csv(found) if csv else verification_json(found) if json else scores_table(found),
        end="\n" * (not csv),
    )


def _day(text: str | None) -> date | None:
    from domain.errors import ConfigurationError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            place="command line", key="--until", value=text, remedy="write a day, 2025-10-31"
        ) from error


def _take_in(plans: list[Release]) -> None:
    """Keep the plans, and score the days they touch anew at every gauge below the reservoirs."""
    from cli.embedded import database_for_a_moment
    from cli.release_file import refuse_unknown
    from domain.settings import load_settings
    from forecasting.configuration import load_models
    from scheduler.rescoring import rescore
    from storage.database import Database
    from storage.releases import save_releases
    from storage.stations import load_stations

    settings = load_settings()
    models = load_models(settings.config_dir / "models.toml")
    with database_for_a_moment(settings) as url, Database(url, max_size=1) as database:
        with database.transaction() as connection:
            stations = load_stations(connection)
            refuse_unknown(plans, stations)
            save_releases(connection, plans)
        done = rescore(database, stations, plans, max(models.leads_h))
    print(f"{len(plans)} releases taken in, {done} days scored anew", file=sys.stderr)
