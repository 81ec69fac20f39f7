"""The figures that people read, from the sums of `verification`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.probability_scores import BINS
from forecasting.verification import Tally

_FEWEST_EVENTS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelFigures:
    """One alarm level at one lead: rising crossings by the expected level, and the chance of reaching it within the lead."""

    number: int
    hit: int
    miss: int
    false: int
    asked: int  # chances given while the water stood below the level
    events: int
    brier: float | None
    slope: float | None
    bins: tuple[tuple[float, float, int], ...]  # mean chance, share that came, forecasts

    @property
    def pod(self) -> float | None:
        """Share of the crossings that were forecast."""
        return _share(self.hit, self.hit + self.miss)

    @property
    def far(self) -> float | None:
        """Share of the forecast crossings that did not come."""
        return _share(self.false, self.hit + self.false)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadFigures:
    """One lead over a span; levels in m, shares 0-1, None where nothing was scored."""

    lead_h: float
    n: int
    bias_m: float | None
    mae_m: float | None
    rmse_m: float | None
    pi: float | None
    crps_m: float | None
    cover80: float | None
    completeness: float | None
    timeliness: float | None
    excluded: int  # forecasts not scored because releases differed from plan
    unread: int  # not scored because the level was not read
    levels: tuple[LevelFigures, ...]


def lead_figures(lead_h: float, tally: Mapping[str, float]) -> LeadFigures:
    """The figures of one lead."""
    n = int(tally.get("n", 0))
    square, persistence = tally.get("square", 0.0), tally.get("persistence", 0.0)
    return LeadFigures(
        lead_h=lead_h,
        n=n,
        bias_m=_share(tally.get("error", 0.0), n),
        mae_m=_share(tally.get("absolute", 0.0), n),
        rmse_m=None if not n else (square / n) ** 0.5,
        pi=None if persistence <= 0 else 1 - square / persistence,
        crps_m=_share(tally.get("crps", 0.0), n),
        cover80=_share(tally.get("inside", 0.0), n),
        completeness=_share(tally.get("hours_issued", 0.0), tally.get("hours", 0.0)),
        timeliness=_share(tally.get("on_time", 0.0), tally.get("timed", 0.0)),
        excluded=int(tally.get("excluded", 0)),
        unread=int(tally.get("unread", 0)),
        levels=tuple(_level(number, tally) for number in (1, 2, 3) if f"l{number}.n" in tally),
    )


def _level(number: int, tally: Mapping[str, float]) -> LevelFigures:
    own: Tally = {key.split(".", 1)[1]: value for key, value in tally.items() if key.startswith(f"l{number}.")}
    n, events = own["n"], own["o"]
    spread = own["pp"] - own["p"] ** 2 / n if n else 0.0
    enough = min(events, n - events) >= _FEWEST_EVENTS and spread > 0
    filled = [k for k in range(BINS) if own.get(f"b{k}.n")]
    return LevelFigures(
        number=number,
        hit=int(own["hit"]),
        miss=int(own["miss"]),
        false=int(own["false"]),
        asked=int(n),
        events=int(events),
        brier=_share(own["brier"], n),
        slope=(own["po"] - own["p"] * events / n) / spread if enough else None,
        bins=tuple(
            (own[f"b{k}.p"] / own[f"b{k}.n"], own[f"b{k}.o"] / own[f"b{k}.n"], int(own[f"b{k}.n"])) for k in filled
        ),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


#: Fewer forecasts than this in the days that are watched say nothing.
_FEWEST_WATCHED = 48
_NARROW, _WIDE = 0.6, 0.95


def watch_state(figures: LeadFigures) -> str:
    """What the daily watch says of a lead over the last days: unknown, no_better (than persistence), too_narrow, too_wide, good."""
    if figures.n < _FEWEST_WATCHED or figures.cover80 is None:
        return "unknown"
    if figures.pi is not None and figures.pi < 0:
        return "no_better"
    if figures.cover80 < _NARROW:
        return "too_narrow"
    return "too_wide" if figures.cover80 > _WIDE else "good"
