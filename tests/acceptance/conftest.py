"""The command on an empty data folder."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.faults import Scene, a_seed, prepare
from tests.acceptance.running import Ews
from tests.conftest import EmbeddedServer


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


@contextmanager
def _scene(ews: Ews, database_url: str, broker_url: str, told: list[str]) -> Iterator[Scene]:
    prepare(database_url)
    seed = a_seed()
    told.append(f"EWS_TEST_SEED={seed}")
    made = Scene(ews, database_url, broker_url, random.Random(seed))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def scene(ews: Ews, database_url: str, broker_url: str, told: list[str]) -> Iterator[Scene]:
    """On a database of a server that others use too."""
    with _scene(ews, database_url, broker_url, told) as made:
        yield made


@pytest.fixture
def own_scene(ews: Ews, own_postgresql: EmbeddedServer, broker_url: str, told: list[str]) -> Iterator[Scene]:
    """On a server that may be hurt."""
    with _scene(ews, own_postgresql.url, broker_url, told) as made:
        yield made
