"""Who acts on the desk, and whether their role allows the order."""

from __future__ import annotations

from dash_app.access import Visitor, require
from dash_app.desk_orders import Order
from domain.access_table import ORDERS


def acting_person(order: Order) -> Visitor:
    """Who is signed in, who may give this order. Raises AccessRefusedError."""
    return require(ORDERS[str(order.__struct_config__.tag)])
