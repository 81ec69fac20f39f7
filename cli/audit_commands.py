"""The commands of the audit."""

from __future__ import annotations

import typer

audit = typer.Typer(help="Who saw, decided, sent and acknowledged what, when; append-only and chained by hashes.")


@audit.command("verify")
def audit_verify() -> None:
    """X."""
