"""What a forecast rested on, in words."""

from __future__ import annotations

from forecasting.candidates import Candidate
from forecasting.features import OWN, RAIN, FeatureTable, upstream_group
from forecasting.inputs import StepGrid
from forecasting.persistence import Persistence
from forecasting.upstream_keys import station_of

#: A band that rests on fewer past changes than this is called the default spread in the forecast itself.
_FEW_PAIRS = 48


def in_words(candidate: Candidate, grid: StepGrid, features: FeatureTable, *, beyond: bool) -> str:
    """What the newest forecast rested on, what was configured but missing, and whether the past holds the like."""
    age_h = features.age[-1] / grid.per_hour
    parts = ["own level" if features.age[-1] == 0 else f"own level {age_h:.1f} h old"]
    used = [name for name in grid.upstream if upstream_group(name) in candidate.needs]
    if used:
        parts.append(f"{len(used)} of {len(grid.upstream)} upstream gauges")
    reporting = [name for name, known in features.rain_known.items() if known[-1]]
    if RAIN in candidate.needs:
        parts.append(f"rain of {len(reporting)} of {len(grid.rain)} gauges")
    missing = _missing(candidate, grid, features)
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if isinstance(candidate, Persistence) and candidate.pairs < _FEW_PAIRS:
        parts.append(f"default spread, {candidate.pairs} past changes known")
    if beyond:
        parts.append("beyond experience: higher than anything in the calibration, band widened")
    return ", ".join(parts)


def _missing(candidate: Candidate, grid: StepGrid, features: FeatureTable) -> list[str]:
    missing = [station_of(key) for key in grid.upstream if not features.usable[upstream_group(key)][-1]]
    if grid.rain and not features.usable[RAIN][-1]:
        missing.append("rain")
    if candidate.needs == () and not features.usable[OWN][-1]:
        missing.append("own level of the last day")
    return missing
