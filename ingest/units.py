"""Units that devices may use instead of a quantity's own."""

from __future__ import annotations

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES

#: (unit sent, quantity's own unit) → (multiply by, divide by). Two whole numbers, so that 57 cm is 0.57 m and not
#: 0.5700000000000001 m. Exact factors only: nothing that needs a temperature or a molar mass.
_FACTORS: dict[tuple[str, str], tuple[int, int]] = {
    ("cm", "m"): (1, 100),
    ("mm", "m"): (1, 1000),
    ("cm", "mm"): (10, 1),
    ("l/s", "m3/s"): (1, 1000),
    ("mg/m3", "ug/m3"): (1000, 1),
    ("km/h", "m/s"): (10, 36),
    ("mbar", "hPa"): (1, 1),
    ("Pa", "hPa"): (1, 100),
    ("kPa", "hPa"): (10, 1),
}
#: Other spellings of the same unit.
_SPELLINGS: dict[str, str] = {
    "m³/s": "m3/s",
    "m^3/s": "m3/s",
    "µg/m3": "ug/m3",  # micro sign
    "μg/m3": "ug/m3",  # Greek mu
    "µg/m³": "ug/m3",
    "μg/m³": "ug/m3",
    "ug/m³": "ug/m3",
    "mg/m³": "mg/m3",
    "°": "degree",
    "deg": "degree",
    "°C": "degC",
    "C": "degC",
    "%RH": "%",
}


def to_own_unit(value: float, unit: str | None, quantity: str) -> float:
    """`value` in the quantity's own unit; no unit means it is that already. Raises UnreadableMessageError: wrong_unit."""
    own = QUANTITIES[quantity].unit
    if unit is None or unit == own:
        return value
    sent = _SPELLINGS.get(unit, unit)
    if sent == own:
        return value
    factor = _FACTORS.get((sent, own))
    if factor is None:
        raise UnreadableMessageError("wrong_unit", f"{unit[:40]!r} for {quantity}; its unit is {own}")
    return value * factor[0] / factor[1]
