"""Work for other processes, in a module that takes them no time to import."""

from __future__ import annotations

import numpy as np

from domain.errors import ConfigurationError


def refuse(value: int) -> int:
    if value == 2:
        raise ConfigurationError(place="here", key="value", value=value, remedy="take another")
    return value


def product(seed: int) -> bytes:
    """Sums whose last bits depend on how many threads share them."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(400, 300))
    return np.linalg.solve(a.T @ a, a.T @ rng.normal(size=400)).tobytes()
