"""Orders to sirens, and every blast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.siren_orders import SOUNDED, Blast, Order
from storage import audit
from storage.database import Connection
from storage.notifications import notify
from storage.queries import query

#: Empty: an order was given or stopped.
SIRENS = "ews_sirens"


def lock_orders(connection: Connection) -> None:
    """Until this transaction ends nobody else gives an order."""
    connection.execute(query("siren_orders_lock"))


def add_order(connection: Connection, order: Order) -> int:
    """Store an order with its audit entry; its number."""
    row = connection.execute(query("siren_order_add"), asdict(order)).fetchone()
    assert row is not None
    detail = {"order": row[0], "signal": order.signal, "repeats": order.repeats, "reason": order.reason}
    notify(connection, SIRENS, "")
    audit.add(connection, order.ordered_by, "siren_ordered", order.siren, detail | {"exercise": order.exercise})
    return int(row[0])


def stop_orders(connection: Connection, siren: str | None, by: str, at: datetime) -> list[int]:
    """End the running orders of one siren (None: of all), with audit; their numbers."""
    rows = connection.execute(query("siren_orders_stop"), {"siren": siren, "by": by, "at": at}).fetchall()
    notify(connection, SIRENS, "")
    for number, name in rows:
        audit.add(connection, by, "siren_stopped", name, {"order": number})
    return [number for number, _ in rows]


def orders(connection: Connection, *, since: datetime, limit: int = 100) -> list[tuple[Order, list[Blast]]]:
    """Orders given since then, the newest first, each with its blasts in order."""
    rows = connection.execute(query("siren_orders"), {"since": since, "limit": limit}).fetchall()
    found = [_order(row) for row in rows]
    blasts = _blasts(connection, [order.id for order in found])
    return [(order, blasts.get(order.id, [])) for order in found]


def add_blast(connection: Connection, blast: Blast, siren: str) -> None:
    """Write down that it is about to sound, with audit; commit before it does."""
    parameters = {"order": blast.order, "number": blast.number, "at": blast.at}
    connection.execute(query("siren_blast_add"), parameters)
    audit.add(connection, "scheduler", "siren_blast", siren, {"order": blast.order, "number": blast.number})


def answer_blast(connection: Connection, siren: str, blast: Blast) -> bool:
    """`siren` said what it did, with audit; False when there is no such blast of it, or it was answered before."""
    parameters = {"siren": siren, "order": blast.order, "number": blast.number, "at": blast.at, "answer": blast.answer}
    if connection.execute(query("siren_blast_answer"), parameters).fetchone() is None:
        return False
    detail = {"order": blast.order, "number": blast.number, "answer": blast.answer}
    audit.add(connection, f"siren_{siren}", "siren_answered", siren, detail)
    return True


def not_sounded(connection: Connection, *, since: datetime, until: datetime) -> dict[str, Blast]:
    """By siren its newest blast since then, where it has not answered (before `until`) or did not sound."""
    spans = {"since": since, "until": until, "sounded": SOUNDED}
    rows = connection.execute(query("siren_blasts_not_sounded"), spans).fetchall()
    return {siren: _blast(row) for siren, *row in rows}


def _blasts(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Blast]]:
    found: dict[int, list[Blast]] = {}
    for row in connection.execute(query("siren_blasts"), (list(numbers),)).fetchall():
        found.setdefault(row[0], []).append(_blast(row))
    return found


def _blast(row: Sequence[Any]) -> Blast:
    order, number, at, acknowledged_at, answer = row
    return Blast(order=order, number=number, at=at, acknowledged_at=acknowledged_at, answer=answer)


def _order(row: tuple[Any, ...]) -> Order:
    return Order(**dict(zip(Order.__dataclass_fields__, row, strict=True)))
