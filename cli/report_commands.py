"""Reports on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domain.errors import ConfigurationError

reports = typer.Typer(help="Reports on paper.")


@reports.callback()
def _several() -> None:
    """Reports on paper."""


@reports.command()
def situation(
    *,
    out: Annotated[Path, typer.Option(help="The file to write: FILE.pdf by a Chromium on PATH, or FILE.html.")],
    number: Annotated[
        str | None, typer.Option(help="The number of the paper; none: left open to be filled in.")
    ] = None,
    language: Annotated[str, typer.Option(help="vi or en.")] = "vi",
) -> None:
    """Write the situation report of the command: two A4 pages in the order of Vietnamese official papers."""
    from cli.printing import print_pdf
    from cli.situation import situation_html

    if out.suffix not in {".pdf", ".html"}:
        raise ConfigurationError(place="command line", key="--out", value=str(out), remedy="must end in .pdf or .html")
    if language not in {"vi", "en"}:
        raise ConfigurationError(place="command line", key="--language", value=language, remedy="must be vi or en")
    html = situation_html("vi" if language == "vi" else "en", number)
    if out.suffix == ".pdf":
        print_pdf(html, out)
        return
    from cli.replaced_file import replace_file

    replace_file(out, html, mode=0o644)
