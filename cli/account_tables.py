"""Accounts as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cli.tables import table, when
from storage.accounts import Account
from storage.sequences import SeriesDay

_SHOWN_RANGES = 8


def received_table(accounts: Sequence[Account]) -> str:
    """One line a worker and hour, then the sums; an hour that does not add up is marked with what is amiss."""
    if not accounts:
        return "nothing was received"
    headings = ("hour", "source", "received", "stored", "duplicates", "revisions", "rejected", "")
    rows = [(when(one.hour), one.source, *_parts(one), _mark(one)) for one in accounts]
    sums = [sum(column) for column in zip(*(_parts(one) for one in accounts), strict=True)]
    broken = sum(not one.counts.balanced for one in accounts)
    verdict = f"{broken} HOURS DO NOT ADD UP" if broken else "every hour adds up"
    return f"{table(headings, [*rows, ('in all', '', *sums, '')])}\n\n{verdict}"


def _parts(one: Account) -> tuple[int, int, int, int, int]:
    c = one.counts
    return c.received, c.stored, c.duplicates, c.revisions, c.rejected


def _mark(one: Account) -> str:
    received, *parts = _parts(one)
    amiss = received - sum(parts)
    if not amiss:
        return ""
    return f"BREACH: {amiss} unaccounted for" if amiss > 0 else f"BREACH: {-amiss} too many"


def received_json(accounts: Sequence[Account]) -> str:
    """Every field, and whether it adds up."""
    return _json([{**msgspec.to_builtins(one), "balanced": one.counts.balanced} for one in accounts])


def sent_table(days: Sequence[SeriesDay]) -> str:
    """One line a series and day. Ranges beyond the eighth are counted, not named."""
    if not days:
        return "no readings"
    headings = ("day", "station", "quantity", "sent", "stored", "missing", "restarts", "repeated", "without number", "missing numbers")  # fmt: skip
    rows = [
        (
            one.numbers.day.isoformat(),
            one.station,
            one.quantity,
            one.numbers.sent,
            one.numbers.stored,
            one.numbers.missing_count,
            one.numbers.restarts,
            one.numbers.repeats,
            one.unnumbered,
            _ranges(one.numbers.missing),
        )
        for one in days
    ]
    sent, missing = (sum(getattr(one.numbers, name) for one in days) for name in ("sent", "missing_count"))
    share = f" ({missing / sent:.3%})" if missing else ""
    return f"{table(headings, rows)}\n\n{sent} sent, {missing} missing{share}"


def _ranges(missing: Sequence[tuple[int, int]]) -> str:
    named = [str(first) if first == last else f"{first}-{last}" for first, last in missing[:_SHOWN_RANGES]]
    more = len(missing) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def sent_json(days: Sequence[SeriesDay]) -> str:
    """Every field and every range."""
    return _json(
        [
            {
                "station": one.station,
                "quantity": one.quantity,
                "day": one.numbers.day,
                "sent": one.numbers.sent,
                "stored": one.numbers.stored,
                "missing": [{"first": first, "last": last} for first, last in one.numbers.missing],
                "restarts": one.numbers.restarts,
                "repeated": one.numbers.repeats,
                "unnumbered": one.unnumbered,
            }
            for one in days
        ]
    )


def _json(items: Sequence[object]) -> str:
    return msgspec.json.format(msgspec.json.encode(items), indent=2).decode()
