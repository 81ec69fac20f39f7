"""Units that devices use instead of a quantity's own: each becomes one exact linear step, worked out once.

The library (pint) reads the unit and works with fractions, so that 57 cm is 0.57 m and not 0.5700000000000001 m. It takes
a second to load; the units that gauges commonly send stand here as it gives them (a test compares), so that most
processes never load it, and none asks it twice about the same unit.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.errors import UnreadableMessageError
from domain.quantities import QUANTITIES

if TYPE_CHECKING:
    from pint import UnitRegistry


class Step(NamedTuple):
    """own = (sent · times + plus) / over, in whole numbers: one rounding only."""

    times: int
    over: int
    plus: int = 0


_SAME = Step(1, 1)
#: (unit sent, quantity's own unit). Exact factors only.
_COMMON: dict[tuple[str, str], Step] = {
    ("cm", "m"): Step(1, 100),
    ("mm", "m"): Step(1, 1000),
    ("cm", "mm"): Step(10, 1),
    ("l/s", "m3/s"): Step(1, 1000),
    ("mg/m3", "ug/m3"): Step(1000, 1),
    ("km/h", "m/s"): Step(5, 18),
    ("mbar", "hPa"): _SAME,
    ("Pa", "hPa"): Step(1, 100),
    ("kPa", "hPa"): Step(10, 1),
}
#: Names that the library does not know: SenML (RFC 8428 section 12.1) and what devices write.
_SPELLINGS: dict[str, str] = {
    "°": "degree",
    "deg": "degree",
    "°C": "degC",
    "℃": "degC",
    "C": "degC",
    "Cel": "degC",
    "°F": "degF",
    "F": "degF",
    "%RH": "%",
    "%rH": "%",
    "mps": "m/s",
    "kmh": "km/h",
    "kph": "km/h",
    "mph": "mile/hour",
    "kn": "knot",
    "kt": "knot",
    "kts": "knot",
    "l/m2": "mm",
    "cms": "m3/s",
    "cumecs": "m3/s",
    "cfs": "ft3/s",
}
_LETTERS = str.maketrans({"μ": "u", "µ": "u", "⋅": "*", "·": "*", "⁻": "-", "¹": "1", "²": "2", "³": "3", "⁴": "4"})
#: A product of at most four names with one-digit powers. Nothing else reaches the library: 9**9**9 is a unit to it.
_FORM = re.compile(r"[A-Za-z_%°]{1,20}(\^?-?[1-9])?([ */.][A-Za-z_%°]{1,20}(\^?-?[1-9])?){0,3}")
_POWER = re.compile(r"(?<=[A-Za-z_])\^?(-?[1-9])")
#: g/mol (IUPAC 2021 atomic weights) and l/mol at the 25 °C and 1013.25 hPa that QCVN 05:2023/BTNMT means by its µg/m³.
_MOLAR_MASS: dict[str, Fraction] = {
    "o3": Fraction("47.997"),
    "no2": Fraction("46.005"),
    "so2": Fraction("64.06"),
    "co": Fraction("28.010"),
}
_MOLAR_VOLUME = Fraction("24.465")
#: Water column: 1000 kg/m³ under standard gravity. Warm or muddy water differs by less than 1 %.
_WATER_PA_PER_M = Fraction("9806.65")
#: Whole numbers of a step beyond this leave no room for the value beside them in a float; no unit of any gauge comes near.
_LARGEST_PART = 10**100
#: Different units that are remembered; a device that sends a new one each time is refused instead of filling the memory.
_MOST = 4096

_steps: dict[tuple[str, str], Step | None] = {}


def to_own_unit(value: float, unit: str | None, quantity: str) -> float:
    """`value` in the quantity's own unit; no unit means it is that already. Raises UnreadableMessageError: wrong_unit."""
    if unit is None:
        return value
    try:
        step = _steps[unit, quantity]
    except KeyError:
        step = _step(unit, quantity)
    if step is None:
        raise UnreadableMessageError(
            "wrong_unit", f"{unit[:40]!r} for {quantity}; its unit is {QUANTITIES[quantity].unit}"
        )
    return value if step is _SAME else (value * step.times + step.plus) / step.over


def convertible(unit: str, quantity: str) -> bool:
    """Whether values of `quantity` may be sent in `unit`."""
    return _step(unit, quantity) is not None


def _step(unit: str, quantity: str) -> Step | None:
    """The conversion, remembered; None when there is none."""
    if len(_steps) >= _MOST and (unit, quantity) not in _steps:
        return None
    own = QUANTITIES[quantity].unit
    sent = unit if unit == own else _plain(unit)
    step = _SAME if sent == own else _COMMON.get((sent, own)) or _asked(sent, quantity)
    _steps[unit, quantity] = step
    return step


def _plain(unit: str) -> str:
    text = unit.strip()
    text = _SPELLINGS.get(text, text).translate(_LETTERS)
    return _SPELLINGS.get(text, text)


def _asked(sent: str, quantity: str) -> Step | None:
    """What the library says; None for what it does not know or what is no unit of this quantity."""
    if not _FORM.fullmatch(sent):
        return None
    from pint.errors import PintError  # noqa: PLC0415 - see above: loaded when it is needed

    try:
        return _linear(sent, quantity)
    except (PintError, ValueError, TypeError, AttributeError, AssertionError, KeyError, ArithmeticError):
        return None  # the reader of the library meets texts that are no units with any of these


def _linear(sent: str, quantity: str) -> Step | None:
    registry = _registry()
    own, unit = (registry.parse_units(_POWER.sub(r"**\1", text)) for text in (QUANTITIES[quantity].unit, sent))

    def at(value: int, to: Any) -> Fraction:
        return Fraction(registry.Quantity(Fraction(value), unit).to(to).magnitude)

    root = registry.get_root_units(unit)[1]
    if quantity in _MOLAR_MASS and root == registry.dimensionless:
        return _whole(at(1, "ppb") * _MOLAR_MASS[quantity] / _MOLAR_VOLUME, Fraction(0))
    if quantity == "water_level" and unit.is_compatible_with("Pa"):
        return _whole(at(1, "Pa") / _WATER_PA_PER_M, Fraction(0))
    # The roots: an angle and a share are both mere numbers to the library, and would be compatible.
    if root != registry.get_root_units(own)[1]:
        return None
    return _whole(at(1, own) - at(0, own), at(0, own))


def _whole(factor: Fraction, plus: Fraction) -> Step | None:
    over = math.lcm(factor.denominator, plus.denominator)
    step = Step(int(factor * over), over, int(plus * over))
    if max(map(abs, step)) > _LARGEST_PART:
        return None
    return _SAME if step == _SAME else step if factor else None


@cache
def _registry() -> UnitRegistry[Fraction]:
    from pint import UnitRegistry  # noqa: PLC0415

    registry: UnitRegistry[Fraction] = UnitRegistry(non_int_type=Fraction)
    registry.define("ppb = 1e-3 ppm")
    return registry
