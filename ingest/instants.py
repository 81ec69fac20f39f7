"""Times as devices write them: RFC 3339, epoch seconds or milliseconds, and the bounds within which they are believed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from domain.errors import UnreadableMessageError

#: No gauge of this network is older; a device that lost its date says 1970 or 1980.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Clocks of devices run ahead a little.
CLOCK_TOLERANCE = timedelta(minutes=10)
#: Epoch numbers from here on are milliseconds: as seconds they would lie in the year 5138, as milliseconds in 1973.
_MILLISECONDS_FROM = 1e11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,9})?")
_LONGEST_TEXT = 64


def instant(said: datetime | float) -> datetime:
    """An aware time from one, or from epoch seconds or milliseconds.

    Raises UnreadableMessageError: naive_time, bad_time.
    """
    if isinstance(said, datetime):
        if said.tzinfo is None:
            raise UnreadableMessageError("naive_time", f"{said.isoformat()} has no UTC offset; +07:00 is Vietnam's")
        return said
    try:
        seconds = said / 1000 if abs(said) >= _MILLISECONDS_FROM else said
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError) as error:
        raise UnreadableMessageError("bad_time", f"observed_at {str(said)[:60]} is out of range") from error


def read_instant(said: object, offset: tzinfo | None) -> datetime:
    """A time as any format writes it: a number, a number as text, or ISO 8601; `offset` is that of times without one.

    Raises UnreadableMessageError: naive_time, bad_time.
    """
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return instant(said)
    if not isinstance(said, str) or len(said) > _LONGEST_TEXT:
        raise UnreadableMessageError("bad_time", f"{str(said)[:60]!r} is not a time")
    text = said.strip()
    if _NUMBER.fullmatch(text) and len(text) not in (8, 14):  # 20251027 and 20251027060000 are dates
        return instant(float(text))
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableMessageError("bad_time", f"{text!r} is not a time") from error
    return instant(found if found.tzinfo else found.replace(tzinfo=offset))


def bounded(observed_at: datetime, received_at: datetime) -> datetime:
    """`observed_at` itself. Raises UnreadableMessageError: too_old, in_the_future."""
    if observed_at < EARLIEST:
        raise UnreadableMessageError("too_old", f"{observed_at.isoformat()} is before {EARLIEST.isoformat()}")
    if observed_at > received_at + CLOCK_TOLERANCE:
        raise UnreadableMessageError(
            "in_the_future", f"{observed_at.isoformat()} is after its reception at {received_at.isoformat()}"
        )
    return observed_at
