"""Who is told of warnings: the commands of recipients.toml, their rosters, and which alerts concern them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from alerts.rosters import Roster, Span
from domain.alerts import Alert, AlertVersion, Reason, Severity
from domain.configuration_file import Table, Text, read_table, refusal
from domain.errors import ConfigurationError
from domain.stations import Station
from domain.words import Language

#: The area of those who hear of every warning.
CITY = "city"

#: CAP severities from the least on; Unknown counts as the least, so that only who hears everything hears it.
RANK = {
    severity: rank
    for rank, severity in enumerate(
        (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)
    )
}


class Role(StrEnum):
    """What a recipient is: the city command, the command of a ward or commune, or who keeps the system running."""

    COMMITTEE = "committee"
    WARD = "ward"
    COMMUNE = "commune"
    OPERATOR = "operator"


class Escalation(Table):
    """How a warning climbs until somebody acknowledges it. Times are wall time.

    `after_min`: an urgent one not acknowledged so long after it was sent goes to the next rung. `tries`: failed attempts
    before the next rung. `rounds`: how often a whole ladder is climbed.
    """

    after_min: Annotated[float, Field(gt=0, le=1440)] = 10.0
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    rounds: Annotated[int, Field(ge=1, le=10)] = 2

    @property
    def after(self) -> timedelta:
        """The time to wait for an answer."""
        return timedelta(minutes=self.after_min)


class Recipient(Table):
    """One command that hears warnings. `area`: `city`, or the GSO code of its ward or commune.

    `channels` is a ladder: the first is tried first, the next when it fails or nobody answers. `copies` get every message
    at once, and nobody answers them.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]  # also the name of its folder of messages
    name_vi: Text
    name_en: Text
    role: Annotated[Role, Field(strict=False)]
    area: Text
    language: Language
    channels: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    copies: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    severity_floor: Annotated[Severity, Field(strict=False)]
    roster: Text | None = None
    quiet: Span | None = None
    escalates_to: Text | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self.channels and not self.copies:
            raise ValueError("channels and copies are empty: nothing would ever be sent; name at least one")
        for key, names in (("channels", self.channels), ("copies", self.copies)):
            if len(set(names)) < len(names):
                raise refusal(key, "names a channel twice")
        return self

    def name(self, language: Language) -> str:
        """Its name."""
        return self.name_vi if language == "vi" else self.name_en

    def hears(self, alert: Alert, version: AlertVersion, station: Station, told: int | None = None) -> bool:
        """Whether this version of `alert` at `station` concerns this recipient.

        A step down from a severity that was told is told too: who heard of Severe hears that it became Minor. `told`: the
        version that people were told of last; the versions since then were held back or overtaken. Whom an officer had told by
        name hears the rest.
        """
        if self.role is Role.OPERATOR:
            return False
        if self.id in ordered(alert, version):
            return True
        near = self.area in {CITY, station.ward, *station.covers}
        return near and _gravest(alert, version, told) >= RANK[self.severity_floor]


def _gravest(alert: Alert, version: AlertVersion, told: int | None) -> int:
    """The rank of the gravest severity from the version that was told last on; None: the one before."""
    first = version.number - 1 if told is None else min(told, version.number - 1)
    since = (RANK[v.severity] for v in alert.versions if first <= v.number < version.number)
    return max(RANK[version.severity], *since, 0)


def ordered(alert: Alert, version: AlertVersion) -> frozenset[str]:
    """Whom officers had told of `alert` by name before `version`."""
    orders = (v for v in alert.versions if v.reason is Reason.ESCALATED and v.number < version.number)
    return frozenset(str(order.detail.get("to")) for order in orders)


class _File(Table):
    escalation: Escalation = Escalation()
    roster: Annotated[tuple[Roster, ...], Field(strict=False)] = ()
    recipient: Annotated[tuple[Recipient, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key, names in (("recipient", [r.id for r in self.recipient]), ("roster", [r.name for r in self.roster])):
            twice = next((each for each in names if names.count(each) > 1), None)
            if twice is not None:
                raise refusal(key, f"{twice} stands twice; give each {key} a name of its own")
        return self


class Recipients(tuple[Recipient, ...]):
    """Every recipient in the order of the file, with the rosters and the escalation they refer to."""

    escalation: Escalation
    rosters: dict[str, Roster]
    _by_area: dict[str, list[int]]  # places in this tuple
    _by_name: dict[str, Recipient]
    _on_duty: tuple[datetime, dict[str, tuple[str, ...]]]  # asked last: a storm asks thousands of times for one instant

    @classmethod
    def of(
        cls, recipients: Sequence[Recipient], escalation: Escalation | None = None, rosters: Sequence[Roster] = ()
    ) -> Recipients:
        """These recipients together."""
        made = cls(recipients)
        made.escalation = escalation or Escalation()
        made.rosters = {roster.name: roster for roster in rosters}
        made._by_area, made._by_name = {}, {each.id: each for each in reversed(recipients)}
        for place, each in enumerate(recipients):
            made._by_area.setdefault(each.area, []).append(place)
        made._on_duty = (datetime.min.replace(tzinfo=UTC), {})
        return made

    def hearing(
        self, alert: Alert, version: AlertVersion, station: Station, told: int | None = None
    ) -> list[Recipient]:
        """Those whom this version concerns (`Recipient.hears`), in the order of the file."""
        areas = {CITY, *station.covers} | ({station.ward} if station.ward else set())
        places = {place for area in areas for place in self._by_area.get(area, ())}
        by_name = ordered(alert, version)
        places |= {place for place, each in enumerate(self) if each.id in by_name} if by_name else set()
        rank = _gravest(alert, version, told)  # once and not for each: a storm asks for thousands
        return [
            each
            for each in (self[place] for place in sorted(places))
            if each.role is not Role.OPERATOR and (each.id in by_name or rank >= RANK[each.severity_floor])
        ]

    def named(self, name: str) -> Recipient | None:
        """The recipient of this id."""
        return self._by_name.get(name)

    def persons(self, recipient: Recipient, at: datetime) -> tuple[str, ...]:
        """The posts to call at `at`, in order; ('',), the command itself, where there is no roster."""
        roster = None if recipient.roster is None else self.rosters.get(recipient.roster)
        if roster is None:
            return ("",)
        asked, known = self._on_duty
        if asked != at:
            self._on_duty = (at, known := {})
        if roster.name not in known:
            known[roster.name] = roster.on_duty(at)
        return known[roster.name]


def load_recipients(
    path: Path, *, channels: Collection[str] | None = None, wards: Collection[str] | None = None
) -> Recipients:
    """Read recipients.toml. Raises ConfigurationError, also for a channel or ward that is none of those given."""
    file = read_table(path, _File)
    recipients = Recipients.of(file.recipient, file.escalation, file.roster)
    for recipient in recipients:
        for key, value, remedy in _faults(recipient, recipients, channels, wards):
            raise ConfigurationError(
                place=str(path), key=f"recipient[{recipient.id}].{key}", value=value, remedy=remedy
            )
    return recipients


def _faults(
    recipient: Recipient, all_of_them: Recipients, channels: Collection[str] | None, wards: Collection[str] | None
) -> Iterator[tuple[str, str, str]]:
    if wards is not None and recipient.area not in {CITY, *wards}:
        yield "area", recipient.area, f"must be {CITY} or the code of a ward"
    for key, names in (("channels", recipient.channels), ("copies", recipient.copies)):
        for name in names:
            if channels is not None and name not in channels:
                yield key, name, f"known are {', '.join(sorted(channels))}"
    if recipient.roster is not None and recipient.roster not in all_of_them.rosters:
        yield "roster", recipient.roster, f"known are {', '.join(sorted(all_of_them.rosters)) or 'none'}"
    if recipient.escalates_to is not None:
        yield from _higher(recipient, all_of_them)


def _higher(recipient: Recipient, all_of_them: Recipients) -> Iterator[tuple[str, str, str]]:
    """Whoever is told instead exists, is another, and does not pass it on in turn: one step up, and no circle."""
    above = recipient.escalates_to or ""
    target = all_of_them.named(above)
    if target is None or target is recipient:
        yield "escalates_to", above, "must be the id of another recipient"
    elif target.escalates_to is not None:
        yield "escalates_to", above, f"passes on to {target.escalates_to} in turn; name that one"
    elif not target.channels:
        yield "escalates_to", above, "has no channels of its own, only copies"
