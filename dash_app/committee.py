"""The 40 wards and communes as the command sees them: state, depth, gauges, whom to call, answered or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.recipients import RANK, Recipients, load_recipients
from dash_app.snapshot import AlertNow, Overview, StationNow, forecast_only
from domain.alerts import Severity
from domain.depths import DepthRule, load_depths, reached, rules_of
from domain.forecasts import LevelForecast
from domain.network import load_network
from domain.stations import StationKind
from domain.times import local
from domain.wards import Border, Ward, WardKind, load_wards
from storage.answers import Answer, answers
from storage.contacts import contacts
from storage.database import Connection
from storage.forecasts import latest_forecast

_ORDER = tuple(WardKind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What does not change while the process runs. `numbers`: 1-40 by code, wards first, each sort by name."""

    wards: Mapping[str, Ward]
    borders: Mapping[str, Border]
    depths: tuple[DepthRule, ...]
    recipients: Recipients
    numbers: Mapping[str, int]


def load_setting(config_dir: Path) -> Setting:
    """From the configuration folder. Raises ConfigurationError."""
    wards, borders = load_wards(config_dir / "geo" / "wards.geojson")
    gauges = load_network(config_dir).stations
    ordered = sorted(wards.values(), key=lambda ward: (_ORDER.index(ward.kind), ward.name_en))
    return Setting(
        wards=wards,
        borders=borders,
        depths=load_depths(config_dir / "depths.toml", gauges=gauges, wards=wards),
        recipients=load_recipients(config_dir / "recipients.toml"),
        numbers={ward.code: number for number, ward in enumerate(ordered, start=1)},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """The command of a unit. `posts`: on duty now, in the order of calling ('': the command itself)."""

    recipient: str
    posts: tuple[str, ...]
    reachable: bool  # a number or address is stored
    waiting_since: datetime | None  # the oldest message that asks for an answer and has none
    unreached_since: datetime | None  # no channel took what asks for an answer
    told_at: datetime | None  # the newest message that asks for none and has none
    answered_at: datetime | None
    answered_by: str | None

    @property
    def must_call(self) -> bool:
        """Somebody has to answer and has not, or does not even know."""
        return self.waiting_since is not None or self.unreached_since is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One ward or commune. `alerts` and `gauges`: those that concern it, worst first; `drills` how many are exercises."""

    number: int
    ward: Ward
    alerts: tuple[AlertNow, ...]
    drills: int
    gauges: tuple[StationNow, ...]
    depth: DepthRule | None
    depth_known: bool  # the table says something of this ward
    call: Call | None

    @property
    def severity(self) -> Severity | None:
        """Of the gravest real warning; None without any."""
        return self.alerts[0].alert.severity if self.alerts else None

    @property
    def blind(self) -> bool:
        """Every gauge it depends on is silent or wrong: no warning does not mean calm."""
        return bool(self.gauges) and all(gauge.blind or gauge.wrong for gauge in self.gauges)

    @property
    def rank(self) -> int:
        """0 calm, 1-4 Minor to Extreme."""
        return 0 if self.severity is None else max(RANK[self.severity], 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeView:
    """All units, and the forecasts of the gauges they depend on."""

    read_at: datetime
    now: datetime  # on the clock of the leading gauge
    units: tuple[Unit, ...]  # by number
    forecasts: Mapping[str, tuple[LevelForecast, ...]]

    def unit(self, code: str) -> Unit | None:
        """The unit with this code."""
        return next((unit for unit in self.units if unit.ward.code == code), None)


def read_committee(connection: Connection, overview: Overview, setting: Setting) -> CommitteeView:
    """Every unit as it stands. Raises DatabaseUnavailableError."""
    said = answers(connection, [found.alert.identifier for found in overview.alerts])
    known = {(recipient, person) for recipient, person, _ in contacts(connection)}
    units = []
    for code, number in setting.numbers.items():
        call = _call(code, setting.recipients, said, known, overview.read_at)
        units.append(_unit(setting.wards[code], number, overview, setting.depths, call))
    gauges = {gauge.station.id: gauge for unit in units for gauge in unit.gauges}
    return CommitteeView(
        read_at=overview.read_at,
        now=_now(overview),
        units=tuple(units),
        forecasts={name: tuple(latest_forecast(connection, name)) for name, g in gauges.items() if g.peak is not None},
    )


def _now(overview: Overview) -> datetime:
    """The time of the leading river gauge: a flood of before is told in its own time."""
    rivers = (s for s in overview.stations if s.station.kind is StationKind.RIVER)
    lead = next(rivers, None)
    return overview.read_at if lead is None else lead.now


def _unit(ward: Ward, number: int, overview: Overview, depths: Sequence[DepthRule], call: Call | None) -> Unit:
    concern = [found for found in overview.alerts if ward.code in _area(found)]
    real = [found for found in concern if not found.alert.exercise]
    gauges = tuple(
        s for s in overview.stations if s.station.kind is StationKind.RIVER and ward.code in s.station.covers
    )
    rules = rules_of(depths, ward.code, local(_now(overview)).date())
    levels = {s.station.id: s.water_m for s in overview.stations if not s.blind and s.water_m is not None}
    return Unit(
        number=number,
        ward=ward,
        alerts=tuple(sorted(real, key=_graver_first)),
        drills=len(concern) - len(real),
        gauges=gauges,
        depth=reached(rules, levels),
        depth_known=any(rule.gauge in levels for rule in rules),
        call=call,
    )


def _graver_first(found: AlertNow) -> tuple[int, bool]:
    """Of equals what is seen before what is only forecast, whichever is newer: it says by when to act."""
    return -RANK[found.alert.severity], forecast_only(found.alert)


def _area(found: AlertNow) -> tuple[str | None, ...]:
    return (found.station.ward, *found.station.covers)


def _call(
    code: str,
    recipients: Recipients,
    said: Mapping[str, Sequence[Answer]],
    known: set[tuple[str, str]],
    at: datetime,
) -> Call | None:
    """The command whose area is this ward; None when no recipient is configured for it."""
    recipient = next((r for r in recipients if r.area == code), None)
    if recipient is None:
        return None
    posts, told = recipients.persons(recipient, at), said.get(recipient.id, ())
    waiting = [each.sent_at for each in told if each.urgent and each.answered_at is None and each.reached]
    unreached = [each.sent_at for each in told if not each.reached]
    quiet = [each.sent_at for each in told if not each.urgent and each.answered_at is None]
    answered = [each for each in told if each.answered_at is not None]
    newest = max(answered, key=lambda each: each.answered_at or each.sent_at, default=None)
    return Call(
        recipient=recipient.id,
        posts=posts,
        reachable=any((recipient.id, person) in known for person in (*posts, "")),
        waiting_since=min(waiting, default=None),
        unreached_since=min(unreached, default=None),
        told_at=max(quiet, default=None),
        answered_at=None if newest is None else newest.answered_at,
        answered_by=None if newest is None else newest.person,
    )
