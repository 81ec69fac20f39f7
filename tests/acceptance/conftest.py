"""The command on an empty data folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.running import Ews


@pytest.fixture
def ews() -> Iterator[Ews]:
    """The command on an empty data folder, not under pytest's own: other runs of pytest close that to the system user."""
    command = Ews(Path(tempfile.mkdtemp(prefix="ews-acceptance-")))
    command.folder.chmod(0o755)
    try:
        yield command
    finally:
        command.close()
        shutil.rmtree(command.folder, ignore_errors=True)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Lines for people: how long things took. Shown whether the test passes or not."""
    lines: list[str] = []
    yield lines
    plugins = request.config.pluginmanager
    with plugins.getplugin("capturemanager").global_and_fixture_disabled():
        plugins.getplugin("terminalreporter").write_line("\n  " + "\n  ".join(lines))
