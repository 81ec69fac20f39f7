"""Times: aware and UTC inside, +07:00 for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

#: Vietnam has used UTC+7 without daylight saving since 1975, so a fixed offset is exact.
HUE_TIME = timezone(timedelta(hours=7), "+07:00")


def require_aware(value: datetime, name: str) -> datetime:
    """Return `value` in UTC; a time without an offset is refused because it may be seven hours wrong."""
    if value.tzinfo is None:
        raise ValueError(f"{name} = {value.isoformat()} has no UTC offset; write it as {value.isoformat()}+07:00")
    return value.astimezone(UTC)


def local(value: datetime) -> datetime:
    """The same instant on a clock in Huế."""
    return value.astimezone(HUE_TIME)


def floor(value: datetime, step: timedelta) -> datetime:
    """The latest whole multiple of `step` since the epoch that is not after `value`."""
    since_epoch = value - datetime(1970, 1, 1, tzinfo=UTC)
    return value - since_epoch % step


def rain_day_start(value: datetime) -> datetime:
    """When the rain day of `value` began: 19h in Huế, the last one before it. A reading at 19h ends the day before."""
    here = local(value)
    start = here.replace(hour=19, minute=0, second=0, microsecond=0)
    return (start if start < here else start - timedelta(days=1)).astimezone(UTC)
