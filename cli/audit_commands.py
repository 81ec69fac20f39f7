"""The commands of the audit: list, verify, checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from domain.audit_chain import Verdict

audit = typer.Typer(
    help="Who saw, decided, sent and acknowledged what, when: list it, and verify that nobody changed it."
)

Checkpoints = Annotated[
    Path | None, typer.Option(help="File of checkpoints; none: audit_checkpoints.jsonl in EWS_DATA_DIR.")
]


@audit.command("list")
def audit_list(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 2010-10-04, 2010-10-04T06:00 (Huế time), 36h, 7d.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only deeds of this person or process.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Only deeds about this, such as the identifier of an alert.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List the audit in the order of the deeds."""
    from datetime import UTC, datetime

    from cli.listing import audit_json, audit_table
    from cli.listing_commands import stored
    from cli.options import ago
    from storage import audit as audit_store

    earliest = ago("--since", since, datetime.now(UTC))
    with stored() as connection:
        found = audit_store.entries(connection, since=earliest, actor=actor, subject=subject, limit=limit)
    print(audit_json(found[::-1]) if json else audit_table(found[::-1]))


@audit.command("verify")
def audit_verify(*, checkpoints: Checkpoints = None) -> None:
    """Follow the chain of hashes through the whole audit, and compare it with the checkpoints; exit code 1 where it breaks.

    Names the first row that was changed, removed or put in. Rows cut off at the end, or a chain written anew by somebody who
    may do everything in the database, show against a checkpoint alone: see `ews audit checkpoint`.
    """
    verdict, noted, path = _judged(checkpoints, must_exist=checkpoints is not None)
    if verdict.broken is not None:
        print(f"the audit is broken: {verdict.broken}")
        raise typer.Exit(1)
    print(f"{verdict.rows} rows, unbroken; newest hash {verdict.head.hex()}")
    if noted:
        print(f"{noted} checkpoints of {path} agree")
    else:
        print(f"no checkpoint in {path}: rows cut off at the end would not show; note one by `ews audit checkpoint`")


@audit.command("checkpoint")
def audit_checkpoint(*, out: Checkpoints = None) -> None:
    """Verify the audit, then note its newest row in a file. Keep the file, or its printed line, away from the database."""
    from datetime import UTC, datetime

    from storage.audit_checkpoints import note_checkpoint

    verdict, _, path = _judged(out, must_exist=False)
    if verdict.broken is not None:
        print(f"the audit is broken, nothing noted: {verdict.broken}")
        raise typer.Exit(1)
    print(note_checkpoint(path, verdict, datetime.now(UTC)))


def _judged(given: Path | None, *, must_exist: bool) -> tuple[Verdict, int, Path]:
    """The verdict, how many checkpoints there are, and their file."""
    from cli.listing_commands import stored
    from domain.audit_chain import judge
    from domain.settings import load_settings
    from storage.audit import links
    from storage.audit_checkpoints import FILE_NAME, read_checkpoints

    path = load_settings().data_dir / FILE_NAME if given is None else given
    noted = read_checkpoints(path) if must_exist or path.exists() else {}
    # Row 0 is the beginning: an audit that was empty then.
    with stored() as connection:
        return (
            judge(links(connection), {number: digest for number, digest in noted.items() if number}),
            len(noted),
            path,
        )
