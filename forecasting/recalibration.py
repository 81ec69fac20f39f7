"""Whether a newly calibrated model takes the place of the one at work: only when it did better on what came since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from forecasting import skill
from forecasting.configuration import ModelSettings
from forecasting.inputs import GaugeInputs, StepGrid, align, nanoseconds
from forecasting.lead_forecasts import LeadForecasts
from forecasting.selection import GaugeModel, calibrate

#: Pairs of issue and outcome that a lead needs in the time of comparison to have a say.
_FEWEST_PAIRS = 24
#: The geometric mean of CRPS ratios must fall below this: a change for nothing is no gain.
_BETTER = 0.995


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two models on the same outcomes, which neither was calibrated on. CRPS in m by lead in hours."""

    start: datetime
    end: datetime
    incumbent_crps_m: dict[float, float]
    challenger_crps_m: dict[float, float]
    pairs: int  # at the shortest lead that was compared

    @property
    def ratio(self) -> float | None:
        """The challenger's CRPS relative to the incumbent's: geometric mean over leads, below 1 better; None without leads."""
        ratios = [self.challenger_crps_m[h] / crps for h, crps in self.incumbent_crps_m.items() if crps > 0]
        return float(np.exp(np.mean(np.log(np.maximum(ratios, 1e-6))))) if ratios else None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Proposal:
    """A challenger, how it compared, and what follows; the model that shall be at work from now on."""

    incumbent: str  # versions
    challenger: str
    adopted: bool
    reason: str
    comparison: Comparison
    model: GaugeModel


def propose(incumbent: GaugeModel, inputs: GaugeInputs, settings: ModelSettings, until: datetime) -> Proposal:
    """Calibrate a challenger up to the middle of the time since the incumbent's, compare both on the rest, and decide.

    `inputs` holds nothing observed after `until`. The model that is adopted is the one that was compared, to the bit.
    """
    since = until - incumbent.calibrated_until
    if incumbent.pairs < settings.minimum_pairs and since / 2 < _FEWEST_PAIRS * settings.step:
        return _grown(incumbent, calibrate(inputs, settings, until))
    cut = incumbent.calibrated_until + since / 2
    challenger = calibrate(inputs, settings, cut)
    comparison = compare(incumbent, challenger, inputs, cut, until)
    adopted, reason = decide(comparison)
    return Proposal(
        incumbent=incumbent.version,
        challenger=challenger.version,
        adopted=adopted,
        reason=reason,
        comparison=comparison,
        model=challenger if adopted else incumbent,
    )


def compare(
    incumbent: GaugeModel, challenger: GaugeModel, inputs: GaugeInputs, start: datetime, end: datetime
) -> Comparison:
    """CRPS of both on forecasts issued after `start` that had come due by `end`, where both issued one."""
    grid = align(inputs, inputs.calibration_anchor(end))
    theirs = {made.lead_h: made for made in incumbent.predict(grid)}
    scored: dict[float, tuple[float, float, int]] = {}
    for made in challenger.predict(grid):
        if made.lead_h in theirs:
            found = _crps_of_both(grid, theirs[made.lead_h], made, start)
            if found is not None:
                scored[made.lead_h] = found
    return Comparison(
        start=start,
        end=end,
        incumbent_crps_m={h: old for h, (old, _, _) in scored.items()},
        challenger_crps_m={h: new for h, (_, new, _) in scored.items()},
        pairs=scored[min(scored)][2] if scored else 0,
    )


def _crps_of_both(
    grid: StepGrid, old: LeadForecasts, new: LeadForecasts, start: datetime
) -> tuple[float, float, int] | None:
    lead = grid.steps(new.lead_h)
    observed = np.full(len(grid.level), np.nan)
    observed[:-lead] = grid.level[lead:]
    rows = np.isfinite(observed) & (grid.times_ns > nanoseconds(start))
    rows &= np.isfinite(old.point) & np.isfinite(new.point)
    if rows.sum() < _FEWEST_PAIRS:
        return None
    both = (skill.crps(made.quantiles[rows], observed[rows]) for made in (old, new))
    first, second = both
    return first, second, int(rows.sum())


def _grown(incumbent: GaugeModel, challenger: GaugeModel) -> Proposal:
    """A gauge in its first days has no time to compare on: there the model that knows more takes the place of a default."""
    end = challenger.calibrated_until
    adopted = challenger.pairs > incumbent.pairs
    known = f"{challenger.pairs} pairs known instead of {incumbent.pairs}"
    return Proposal(
        incumbent=incumbent.version,
        challenger=challenger.version,
        adopted=adopted,
        reason=f"a young gauge: {known}, too few to compare on",
        comparison=Comparison(start=end, end=end, incumbent_crps_m={}, challenger_crps_m={}, pairs=0),
        model=challenger if adopted else incumbent,
    )


def decide(comparison: Comparison) -> tuple[bool, str]:
    """Whether to adopt, and the reason in words."""
    ratio = comparison.ratio
    if ratio is None:
        return False, "too few outcomes since to compare on"
    percent = 100 * (1 - ratio)
    if ratio < _BETTER:
        return True, f"CRPS {percent:.1f} % lower over {comparison.pairs} outcomes that neither model was calibrated on"
    return False, f"CRPS {-percent:.1f} % higher over {comparison.pairs} outcomes: not better"
