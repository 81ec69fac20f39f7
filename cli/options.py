"""What people write on the command line, read and refused in one way."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.errors import ConfigurationError
from domain.times import HUE_TIME


def moment(option: str, text: str | None) -> datetime | None:
    """A time as people write it: 2010-10-04, 2010-10-04T06:00 (in Huế), or with an offset. Raises ConfigurationError."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            place="command line", key=option, value=text, remedy="write 2010-10-04 or 2010-10-04T06:00 (Huế time)"
        ) from error
    return given if given.tzinfo else given.replace(tzinfo=HUE_TIME)


def ago(option: str, text: str | None, now: datetime) -> datetime | None:
    """A time, or a span before `now`: 90m, 36h, 7d. Raises ConfigurationError."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text is not None and text[:-1].isdigit() and text[-1] in units:
        return now - timedelta(**{units[text[-1]]: int(text[:-1])})
    return moment(option, text)


def ahead(option: str, text: str, now: datetime) -> datetime:
    """A time, or a span after `now`: 90m, 36h, 7d. Raises ConfigurationError."""
    past = ago(option, text, now)
    given = moment(option, text) if past is None else past
    assert given is not None
    is_span = text[:-1].isdigit() and text[-1] in "mhd"
    return now + (now - given) if is_span else given
