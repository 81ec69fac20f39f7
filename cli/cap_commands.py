"""The commands of CAP messages: check files, export the chain of a stored alert."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

cap = typer.Typer(help="Messages of the Common Alerting Protocol (CAP 1.2): check files, export stored alerts.")


@cap.command("check")
def cap_check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="CAP files, or Atom feeds that hold or link to them; - is standard input."
        ),
    ],
    *,
    trust: Annotated[
        Path | None, typer.Option(help="PEM file of the authorities, or signers, whose signatures are trusted.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Advice counts as a fault too.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Only faults: no advice, nothing on files without faults.")
    ] = False,
) -> None:
    """Check CAP 1.2 files for schema and meaning: a line a fault with file, line, element, value and remedy.

    Exit code 1 when there is a fault, or a signature that does not fit. What is beyond the standard, but expected by readers,
    is advice. Entities, document types and files over 8 MB are refused unread.
    """
    from datetime import UTC, datetime

    from cli.cap_checking import check_files

    lines, sound = check_files(files, datetime.now(UTC), trust=trust, strict=strict, quiet=quiet)
    for line in lines:
        print(line)
    sys.exit(0 if sound else 1)


@cap.command("export")
def cap_export(
    alert: Annotated[
        str, typer.Argument(metavar="ALERT", help="Identifier of a stored alert, as `ews alerts --json` shows it.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files, one a message.")] = Path(),
) -> None:
    """Write the CAP chain of a stored alert: Alert, Updates, Cancel; scope Restricted, for the committee.

    A replayed or simulated alert is an Exercise. Signed when EWS_CAP_KEY_FILE is set.
    """
    from datetime import UTC, datetime

    from alerts.cap.press import press_of
    from cli.cap_export import stored_chain, write_chain
    from cli.listing_commands import stored
    from domain.settings import load_settings

    press = press_of(load_settings())
    with stored() as connection:
        chain = stored_chain(connection, press, alert)
    for path in write_chain(chain, out, press.signer, datetime.now(UTC)):
        print(path)
