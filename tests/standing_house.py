"""A scheduler's house as the shipped configuration builds it, with what a test wants otherwise."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.settings import load_settings
from scheduler.house import House
from scheduler.service import build_house
from storage.database import Database


def standing_house(database: Database, **otherwise: Any) -> House:
    """A house without a publisher; fields named in `otherwise` are replaced."""
    with tempfile.TemporaryDirectory(prefix="ews-house-") as folder:
        house = build_house(load_settings({}, data_dir=Path(folder)), database, threading.Event())
    house.office.close()  # nothing is sent
    return replace(house, **otherwise)
