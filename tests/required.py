"""What a test cannot do without: skipped by name where it is missing, a failure where everything must be there (CI)."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip this test because `what` is not here; fail it when EWS_TEST_REQUIRE_ALL=1."""
    if os.environ.get("EWS_TEST_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


def timescale_url() -> str:
    """A superuser's URL of a TimescaleDB server."""
    return os.environ.get("EWS_TEST_TIMESCALE_URL") or missing(
        "no TimescaleDB server: EWS_TEST_TIMESCALE_URL is not set"
    )


def mosquitto() -> str:
    """An executable that takes `-c FILE` like Mosquitto."""
    return os.environ.get("EWS_TEST_MOSQUITTO") or missing(
        "no Mosquitto 2.0.21 or newer: EWS_TEST_MOSQUITTO is not set"
    )


def chromium() -> str:
    """The machine's own Chromium."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), None) or missing("no Chromium on PATH")
