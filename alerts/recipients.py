"""Who is told of warnings: the commands of recipients.toml, and which alerts concern them."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.alerts import Alert, AlertVersion, Severity
from domain.configuration_file import Table, Text, read_table, refusal
from domain.errors import ConfigurationError
from domain.stations import Station
from domain.words import Language

#: The area of those who hear of every warning.
CITY = "city"

#: CAP severities from the least on; Unknown counts as the least, so that only who hears everything hears it.
_RANK = {
    severity: rank
    for rank, severity in enumerate(
        (Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE, Severity.EXTREME)
    )
}


class Role(StrEnum):
    """What a recipient is: the city command, or the command of a ward or commune."""

    COMMITTEE = "committee"
    WARD = "ward"
    COMMUNE = "commune"


class Recipient(Table):
    """One command that hears warnings. `area`: `city`, or the GSO code of its ward or commune."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]  # also the name of its folder of messages
    name_vi: Text
    name_en: Text
    role: Annotated[Role, Field(strict=False)]
    area: Text
    language: Language
    channels: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    severity_floor: Annotated[Severity, Field(strict=False)]

    def hears(self, alert: Alert, version: AlertVersion, station: Station) -> bool:
        """Whether this version of `alert` at `station` concerns this recipient.

        A step down from a severity that was told is told too: who heard of Severe hears that it became Minor.
        """
        if self.area not in {CITY, station.ward, *station.covers}:
            return False
        previous = (v.severity for v in alert.versions if v.number == version.number - 1)
        return any(_RANK[severity] >= _RANK[self.severity_floor] for severity in (version.severity, *previous))


class _File(Table):
    recipient: Annotated[tuple[Recipient, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [recipient.id for recipient in self.recipient]
        twice = next((each for each in ids if ids.count(each) > 1), None)
        if twice is not None:
            raise refusal("recipient", f"{twice} stands twice; give each recipient an id of its own")
        return self


def load_recipients(
    path: Path, *, channels: Collection[str] | None = None, wards: Collection[str] | None = None
) -> tuple[Recipient, ...]:
    """Read recipients.toml. Raises ConfigurationError, also for a channel or ward that is none of those given."""
    recipients = read_table(path, _File).recipient
    for recipient in recipients:
        if wards is not None and recipient.area not in {CITY, *wards}:
            raise _unknown(path, recipient, "area", recipient.area, f"must be {CITY} or the code of a ward")
        for channel in recipient.channels:
            if channels is not None and channel not in channels:
                raise _unknown(path, recipient, "channels", channel, f"known are {', '.join(sorted(channels))}")
    return recipients


def _unknown(path: Path, recipient: Recipient, key: str, value: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(place=str(path), key=f"recipient[{recipient.id}].{key}", value=value, remedy=remedy)
