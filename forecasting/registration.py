"""A calibrated model as one line of a register: what it learnt from, what it looks at, what it would use first."""

from __future__ import annotations

from forecasting.features import RAIN, upstream_group
from forecasting.selection import GaugeModel


def families(model: GaugeModel) -> str:
    """The first choice at each lead: "1 h regression, 3 h blend"."""
    return ", ".join(f"{lead.lead_h:g} h {lead.candidates[0].name}" for lead in model.leads)


def inputs_used(model: GaugeModel) -> str:
    """The inputs that any of its models looks at: "own level, thuong_nhat, rain"."""
    groups = {group for lead in model.leads for candidate in lead.candidates for group in candidate.needs}
    upstream = sorted(
        group.removeprefix(upstream_group("")) for group in groups if group.startswith(upstream_group(""))
    )
    return ", ".join(["own level", *upstream, *(["rain"] if RAIN in groups else [])])
