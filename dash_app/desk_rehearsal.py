"""What a grave order would send: it is carried out, looked at, and taken back, so that the sheet cannot say anything else."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.actions import Desk
from dash_app.desk_orders import Cancel, Issue, Order, newest_number, perform
from domain.alerts import Alert
from domain.warnings import PublicWarning
from storage import alerts as alert_store
from storage.cap_messages import StoredCapMessage, cap_messages_of
from storage.database import Connection
from storage.deliveries import Delivery, deliveries_of
from storage.public_warnings import warnings


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """An order and what would come of it. `seen`: what was newest before it; the order is refused once that has changed."""

    order: Order
    seen: int | None
    alert: Alert
    warning: PublicWarning | None
    deliveries: tuple[Delivery, ...]
    messages: tuple[StoredCapMessage, ...]  # CAP


def rehearse(connection: Connection, desk: Desk, order: Order) -> Rehearsal:
    """What would be sent. Nothing stays. Raises ActionRefusedError as the order itself would."""
    with connection.transaction(force_rollback=True):
        seen = newest_number(connection, order)
        about = order.warning if isinstance(order, (Issue, Cancel)) else None
        before = {d.id for d in deliveries_of(connection, order.alert)}
        chain = {m.identifier for m in cap_messages_of(connection, about)} if about else set()
        perform(connection, desk, order)
        alert = alert_store.alert(connection, order.alert)
        assert alert is not None  # perform refuses an alert that is not there
        found = warnings(connection, identifier=about) if about else []
        return Rehearsal(
            order=order,
            seen=seen,
            alert=alert,
            warning=found[0] if found else None,
            deliveries=tuple(d for d in deliveries_of(connection, order.alert) if d.id not in before),
            messages=tuple(m for m in cap_messages_of(connection, about) if m.identifier not in chain) if about else (),
        )
