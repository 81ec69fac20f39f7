"""The moment a page shows: now, or a past one named in its address, ?luc=2025-10-28T02:14+07:00."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.times import HUE_TIME

#: Nothing is known of earlier ones, and days are reckoned back from a moment: the calendar must go on before it.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(value: object, now: datetime) -> datetime | None:
    """The past moment that an address names, in UTC to the second; None for now, for the future and for what is no time.

    A time without an offset is one in Huế, as everything people see is. A plus that an address turned into a blank is read.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        named = datetime.fromisoformat(value.strip().replace(" ", "+"))
        moment = (named if named.tzinfo else named.replace(tzinfo=HUE_TIME)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):  # the first day of all lies before the calendar's beginning in UTC
        return None
    return moment if _EARLIEST <= moment < now else None
