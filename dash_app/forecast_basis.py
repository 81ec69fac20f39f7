"""What a forecast rests on, in the reader's language: the few clauses by which forecasting/wording.py says it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.words import Language, number, say

#: By the end of the key ui.basis.<key>.
_CLAUSES: Mapping[str, re.Pattern[str]] = {
    "own": re.compile(r"own level"),
    "own_old": re.compile(r"own level (?P<hours>\d+\.\d) h old"),
    "upstream": re.compile(r"(?P<there>\d+) of (?P<all>\d+) upstream gauges"),
    "rain": re.compile(r"rain of (?P<there>\d+) of (?P<all>\d+) gauges"),
    "missing": re.compile(r"missing: (?P<what>.+)"),
    "spread": re.compile(r"default spread, (?P<pairs>\d+) past changes known"),
    "beyond": re.compile(r"beyond experience: higher than anything in the calibration, band widened"),
}
#: Where a clause begins: two of them hold a comma themselves, and what is missing is a list.
_BEGINS = re.compile(r", (?=own level|\d+ of \d+ upstream|rain of \d|missing: |default spread|beyond experience)")
_MISSING = {"rain": "missing.rain", "own level of the last day": "missing.own"}


def forecast_basis(inputs: str, gauges: Mapping[str, str], language: Language) -> str:
    """The clauses said again, parted by commas; what is none of them (another model's own words) stays as it is.

    `gauges`: id → name of the gauges that may be missing.
    """
    return ", ".join(_said(clause, gauges, language) for clause in _BEGINS.split(inputs) if clause)


def _said(clause: str, gauges: Mapping[str, str], language: Language) -> str:
    for key, pattern in _CLAUSES.items():
        if found := pattern.fullmatch(clause):
            return say(f"ui.basis.{key}", language, **_values(found.groupdict(), gauges, language))
    return clause


def _values(found: Mapping[str, str], gauges: Mapping[str, str], language: Language) -> dict[str, str]:
    values = dict(found)
    if "hours" in values:
        values["hours"] = number(float(values["hours"]), 1, language)
    if "what" in values:
        values["what"] = ", ".join(_named(name, gauges, language) for name in values["what"].split(", "))
    return values


def _named(missing: str, gauges: Mapping[str, str], language: Language) -> str:
    """Rain and the own level are words; a gauge that is no longer in the network goes by its id."""
    key = _MISSING.get(missing)
    return gauges.get(missing, missing) if key is None else say(f"ui.basis.{key}", language)
