"""Three dams, their simple release rule, and orders that go above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulators.catchments import Dam
from simulators.terrain import Floats

#: A full lake sheds what is above the normal level within this time.
_SPILL_H = 3.0
#: After the flood the free storage is emptied again over this time.
_DRAW_DOWN_H = 20.0
#: Where an order has drawn a lake down as far as it may, the release falls to the inflow over about this time.
_ORDER_EMPTIES_H = 2.0
#: Gates are moved step by step: the order of 26 October 2025 raised Bình Điền from 950 to 1,800 m³/s in about an hour.
_GATE_M3S_PER_H = 700.0
#: Above BĐ2 at Kim Long the dams let out less than comes in, and as much once they are full, whatever was ordered before
#: (1606/QĐ-TTg, 2019). The simulated operators begin a little below it and have the full effect a little above, so that the
#: gates do not flutter.
_HOLD_FROM_M, _HOLD_FULL_M = 1.4, 2.4
#: The share of the inflow that a dam with room left keeps back then.
_HELD_SHARE = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseOrder:
    """A dam is told to let out so much from one hour to another: no more than comes in when drawn down or above BĐ2."""

    dam: str
    from_h: float
    until_h: float
    release_m3s: float


class Lakes:
    """The storage of all dams, moved forward step by step."""

    def __init__(self, dams: tuple[Dam, ...], orders: Sequence[ReleaseOrder] = ()) -> None:
        unknown = {order.dam for order in orders} - {d.name for d in dams}
        if unknown:
            raise ValueError(f"release orders for unknown dams: {', '.join(sorted(unknown))}")
        self._orders = [tuple(order for order in orders if order.dam == d.name) for d in dams]
        self._normal = np.array([d.normal_storage_m3 for d in dams])
        self._floor = self._normal * (1 - np.array([d.flood_storage_share for d in dams]))
        self._lowest = self._normal * np.array([d.order_leaves_share for d in dams])
        self._turbine = np.array([d.turbine_m3s for d in dams])
        self._level_empty = np.array([d.empty_level_m for d in dams])
        self._level_normal = np.array([d.normal_level_m for d in dams])
        self.storage_m3: Floats = self._floor.copy()
        self._release = self._turbine.copy()

    def step(self, inflow_m3s: Floats, *, kim_long_m: float, step_h: float, at_h: float = 0.0) -> Floats:
        """Take one step's inflow and return the release, m³/s; water is neither lost nor made. `at_h`: for the orders."""
        free = self._normal - self._floor
        filled = np.clip((self.storage_m3 - self._floor) / free, 0.0, 1.0)
        hold = min(max((kim_long_m - _HOLD_FROM_M) / (_HOLD_FULL_M - _HOLD_FROM_M), 0.0), 1.0)
        passing = inflow_m3s * filled * (1 - _HELD_SHARE * hold)
        drawing = (1 - hold) * (self.storage_m3 - self._floor) / (_DRAW_DOWN_H * 3600)
        wanted = np.maximum.reduce([self._turbine, passing, drawing, self._ordered(at_h, inflow_m3s, hold)])
        gate = _GATE_M3S_PER_H * step_h
        # Above BĐ2 gates follow a falling inflow at once.
        late = hold * np.maximum(self._release - gate - inflow_m3s, 0.0)
        release: Floats = np.clip(wanted, self._release - gate - late, self._release + gate)
        spill = np.maximum(self.storage_m3 - self._normal, 0.0) / (_SPILL_H * 3600)
        release = np.where(spill > 0, np.maximum(release, inflow_m3s + (1 - hold) * spill), release)
        release = np.minimum(release, inflow_m3s + self.storage_m3 / (step_h * 3600))
        self.storage_m3 = self.storage_m3 + (inflow_m3s - release) * step_h * 3600
        self._release = release
        return release

    def _ordered(self, at_h: float, inflow_m3s: Floats, hold: float) -> Floats:
        """What orders ask now; towards the lowest storage one may draw, and while dams hold back, no more than comes in."""
        asked = [max((o.release_m3s for o in of if o.from_h <= at_h < o.until_h), default=0.0) for of in self._orders]
        to_spare = np.maximum(self.storage_m3 - self._lowest, 0.0) / (_ORDER_EMPTIES_H * 3600)
        ordered: Floats = np.minimum(asked, inflow_m3s + (1 - hold) * to_spare)
        return ordered

    def level_m(self, storage_m3: Floats) -> Floats:
        """Lake level above sea, m: empty + (normal - empty) · (storage / normal storage)^0.5, an invented curve."""
        share = np.sqrt(np.maximum(storage_m3, 0.0) / self._normal)
        level: Floats = self._level_empty + (self._level_normal - self._level_empty) * share
        return level
