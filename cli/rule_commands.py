"""`ews rules`: show, check and try out rules, and adopt them with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

rules = typer.Typer(
    no_args_is_help=True, help="Rules: show them, check and backtest a changed file, adopt it, see the history."
)

Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="A whole rules.toml.")]


@rules.command()
def show(
    *,
    json: Json = False,
    toml: Annotated[bool, typer.Option("--toml", help="The text itself, to change it or to go back to it.")] = False,
    number: Annotated[
        int | None, typer.Option("--number", min=1, help="Those adopted under this number; none: those in force.")
    ] = None,
) -> None:
    """Show the rules in force (those adopted last, or those of rules.toml), or those adopted earlier."""
    from cli.desk import text_adopted, text_in_force
    from cli.listing_commands import stored
    from cli.rule_view import rules_json, rules_table
    from domain.settings import load_settings
    from rules.configuration import rules_from

    with stored() as connection:
        folder = load_settings().config_dir
        text, place = text_in_force(connection, folder) if number is None else text_adopted(connection, number)
    if toml:
        print(text, end="")
        return
    found = rules_from(text, place)
    print(rules_json(found) if json else f"{place}\n\n{rules_table(found)}")


@rules.command()
def check(file: File) -> None:
    """Check a file: what contradicts itself is refused with key, value and remedy."""
    from cli.rule_adoption import checked_rules
    from domain.settings import load_settings

    found = checked_rules(file, load_settings())
    print(f"{file}: {len(found.rules)} rules, nothing to object")


@rules.command()
def history(*, differences: Annotated[bool, typer.Option("--diff", help="With what each changed.")] = False) -> None:
    """List the rules that were adopted: who, when, why."""
    from cli.listing_commands import stored
    from cli.tables import table, when
    from storage import rule_sets

    with stored() as connection:
        found = rule_sets.rule_sets(connection)
    if not found:
        print("nothing was adopted: rules.toml is in force")
        return
    headings = ("number", "adopted", "by", "reason")
    print(table(headings, [(r.number, when(r.adopted_at), r.adopted_by, r.reason) for r in found]))
    for each in found if differences else ():
        print(f"\n{each.number}:\n{each.difference}")


@rules.command()
def adopt(
    file: File,
    *,
    by: Annotated[str, typer.Option("--by", help="Who adopts them; stored and audited.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; stored and audited.")],
    base: Annotated[
        int | None,
        typer.Option(
            "--base",
            min=0,
            help="Number of the rules that the file was made from; 0: rules.toml. None: by the file's age.",
        ),
    ] = None,
) -> None:
    """Put a checked file in force from the next judging on. Try it out with `ews rules backtest` first."""
    from cli.rule_adoption import adopt_rules

    print(adopt_rules(file, by, reason, base))


@rules.command()
def backtest(
    file: Annotated[Path | None, typer.Option("--rules", help="The changed rules; none: those in force alone.")] = None,
    *,
    dataset: Annotated[
        Path | None, typer.Option(metavar="DATASET.toml", help="A recorded flood; none: what the database holds.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="From this time on: 2010-10-04, 36h, 30d; none: 30 days back.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this time.")] = None,
    station: Annotated[list[str] | None, typer.Option(help="Only this station; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Run changed rules over a history beside those in force (with --dataset: rules.toml): alerts, messages, hits, misses, false alarms, minutes gained."""
    from cli.rule_trial import Trial, trial_json, trial_text, try_rules

    trial: Trial = try_rules(file, dataset=dataset, start=start, until=until, only=station or [])
    print(trial_json(trial) if json else trial_text(trial))
