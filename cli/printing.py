"""HTML to PDF by the machine's own browser, without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cli.replaced_file import replace_file
from domain.errors import ConfigurationError, EwsError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LONGEST_S = 180
_AS_HTML = "--out FILE.html, of an exercise --html FILE.html"


def browser() -> str:
    """The first Chromium on PATH. Raises ConfigurationError when there is none."""
    found = next(filter(None, (shutil.which(name) for name in _BROWSERS)), None)
    if found is None:
        raise ConfigurationError(
            place="PATH",
            key="browser",
            value="none",
            remedy=f"install one of {', '.join(_BROWSERS)}, or write HTML ({_AS_HTML}) and print it elsewhere",
        )
    return found


def print_pdf(html: str, out: Path) -> None:
    """Write `out`, whole or not at all. Raises EwsError when the browser fails or the file cannot be written."""
    replace_file(out, _printed(html, browser()), mode=0o644)


def _printed(html: str, program: str) -> bytes:
    """The PDF. Raises EwsError when the browser fails, or there is no room for its files."""
    try:
        # A process of the browser's may still write to its profile when the browser has ended: the PDF is read all the same.
        with tempfile.TemporaryDirectory(prefix="ews-report-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            page, pdf = folder / "report.html", folder / "report.pdf"
            page.write_text(html, encoding="utf-8")
            _run(_command(program, page, pdf, folder / "profile"))
            if not pdf.is_file():
                raise EwsError(f"{program} wrote no PDF; write HTML ({_AS_HTML})")
            return pdf.read_bytes()
    except OSError as error:
        place = error.filename or tempfile.gettempdir()
        raise EwsError(f"{place} cannot be written: {error.strerror}; make room, or set TMPDIR") from error


def _command(program: str, page: Path, pdf: Path, profile: Path) -> list[str]:
    # Chromium refuses to run as root inside its sandbox; the page is our own and loads nothing.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        program,
        "--headless",
        *sandbox,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        f"--user-data-dir={profile}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={pdf}",
        page.as_uri(),
    ]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise EwsError(f"{command[0]} did not print within {_LONGEST_S} s; write HTML ({_AS_HTML})") from error
    except OSError as error:
        raise EwsError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise EwsError(f"{command[0]} ended with {done.returncode}: {said[-1] if said else 'it said nothing'}")
