"""`ews warnings`: public warnings are prepared by the system and issued by officers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from domain.warnings import PublicWarning
    from domain.words import Language

warnings = typer.Typer(
    no_args_is_help=True,
    help="Public warnings: drafts wait for an officer, who reads, edits, issues, updates and cancels them.",
)

By = Annotated[str, typer.Option("--by", help="The officer, by the id in alerts.toml; stored and audited.")]
Identifier = Annotated[
    str, typer.Argument(metavar="WARNING", help="Its identifier, as `ews warnings drafts` prints it.")
]
_Text = Annotated[str | None, typer.Option(help="New text; none: as it is.")]


@warnings.command()
def drafts(*, every: Annotated[bool, typer.Option("--all", help="Cancelled and expired ones too.")] = False) -> None:
    """List drafts and issued warnings, and what each still needs."""
    from cli.listing_commands import stored
    from cli.tables import table, when
    from storage import public_warnings as store

    with stored() as connection:
        found = store.warnings(connection, alive_only=not every)
    headings = ("warning", "state", "severity", "text of", "unread in", "expires", "headline")
    rows = [
        (
            w.identifier,
            _state(w),
            w.content.severity,
            when(w.written.at),
            ", ".join(w.unread),
            when(w.content.expires_at),
            w.content.texts["vi"].headline,
        )
        for w in found
    ]
    print(table(headings, rows) if rows else "no public warnings")


@warnings.command()
def show(
    warning: Identifier,
    *,
    language: Annotated[str, typer.Option(help="vi or en.")] = "vi",
    by: Annotated[str | None, typer.Option("--by", help="Note that this officer has read it in this language.")] = None,
) -> None:
    """Show a warning as the public would read it; with --by it counts as read in that language."""
    from alerts import public_warnings
    from cli.desk import at_the_desk
    from cli.warning_view import warning_view

    chosen = _language(language)
    print(warning_view(_found(warning), chosen))
    if by is not None:
        with at_the_desk(by, "warnings show") as (connection, desk):
            public_warnings.mark_read(connection, desk, warning, chosen)
        print(f"read in {chosen} by {by}")


@warnings.command()
def edit(
    warning: Identifier,
    *,
    by: By,
    language: Annotated[str | None, typer.Option(help="vi or en, of the new text.")] = None,
    headline: _Text = None,
    description: _Text = None,
    instruction: _Text = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Write all of it anew from the newest version of the alert.")
    ] = False,
) -> None:
    """Change the text of one language, or write all of it anew. It must then be read in both languages again."""
    from alerts import public_warnings
    from cli.desk import at_the_desk
    from domain.errors import ConfigurationError

    given = {"headline": headline, "description": description, "instruction": instruction}
    parts = {name: text for name, text in given.items() if text is not None}
    if anew == bool(parts) or (parts and language is None):
        raise ConfigurationError(
            place="command line", key="edit", value=warning, remedy="give --anew, or --language with a new text"
        )
    with at_the_desk(by, "warnings edit") as (connection, desk):
        if anew:
            public_warnings.take_up(connection, desk, warning)
        else:
            public_warnings.edit(connection, desk, warning, {_language(language or ""): parts})
    print(f"{warning}: changed; nobody has read this text yet")


@warnings.command()
def approve(warning: Identifier, *, by: By) -> None:
    """Agree with the text, as the second officer where four eyes are asked for."""
    from alerts import public_warnings
    from cli.desk import at_the_desk

    with at_the_desk(by, "warnings approve") as (connection, desk):
        public_warnings.approve(connection, desk, warning)
    print(f"{warning}: approved by {by}")


@warnings.command()
def issue(warning: Identifier, *, by: By) -> None:
    """Make a draft public. It must have been read in both languages."""
    _issue(warning, by, "warnings issue")


@warnings.command()
def update(warning: Identifier, *, by: By) -> None:
    """Publish the changed text of an issued warning."""
    _issue(warning, by, "warnings update")


@warnings.command()
def cancel(
    warning: Identifier, *, by: By, reason: Annotated[str, typer.Option("--reason", help="Why; the public reads it.")]
) -> None:
    """Take an issued warning back, or drop a draft."""
    from alerts import public_warnings
    from cli.desk import at_the_desk

    with at_the_desk(by, "warnings cancel") as (connection, desk):
        public_warnings.cancel(connection, desk, warning, reason)
    print(f"{warning}: cancelled by {by}")


def _issue(warning: str, by: str, command: str) -> None:
    from alerts import public_warnings
    from cli.desk import at_the_desk

    with at_the_desk(by, command) as (connection, desk):
        done = public_warnings.issue(connection, desk, warning)
    print(f"{warning}: {done.versions[-1].step} by {by}")


def _found(name: str) -> PublicWarning:
    from alerts.refusal import ActionRefusedError
    from cli.listing_commands import stored
    from storage import public_warnings as store

    with stored() as connection:
        found = store.warnings(connection, identifier=name)
    if not found:
        raise ActionRefusedError(
            f"there is no public warning {name!r}; `ews warnings drafts` lists them",
            "alert.refused.no_warning",
            warning=name,
        )
    return found[0]


def _language(text: str) -> Language:
    from domain.errors import ConfigurationError
    from domain.words import LANGUAGES

    for language in LANGUAGES:
        if language == text:
            return language
    raise ConfigurationError(place="command line", key="--language", value=text, remedy="write vi or en")


def _state(warning: PublicWarning) -> str:
    return f"{warning.state} EXERCISE" if warning.exercise else str(warning.state)
