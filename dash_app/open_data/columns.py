"""The columns in which readings and forecasts are given away, with their units; pieces of a stream as Arrow tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dash_app.open_data.answers import spoken
from domain.agencies import Terms
from domain.quantities import QUANTITIES
from domain.times import local
from storage.excerpts import ForecastRow, ReadingRow, Readings, instant

#: Times of people in Huế: +07:00 without daylight saving.
_ZONE, _AHEAD_US = "+07:00", 7 * 3600 * 1_000_000
_TIME = pa.timestamp("us", tz=_ZONE)
QUANTILES = tuple(f"q{5 * k:02d}_m" for k in range(1, 20))  # not exceeded with 5 %, 10 % … 95 %

OBSERVATIONS = pa.schema(
    [
        ("station", pa.string()),
        ("quantity", pa.string()),
        ("observed_at", _TIME),
        ("received_at", _TIME),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("flag", pa.int8()),
    ]
)
FORECASTS = pa.schema(
    [
        ("station", pa.string()),
        ("issued_at", _TIME),
        ("valid_at", _TIME),
        ("made_at", _TIME),
        ("model", pa.string()),
        ("version", pa.string()),
        ("beyond_experience", pa.bool_()),
        ("assumption", pa.string()),
        ("unit", pa.string()),
        ("expected_m", pa.float64()),
        *((name, pa.float64()) for name in QUANTILES),
    ]
)


def with_terms(schema: pa.Schema, terms: Terms) -> pa.Schema:
    """The schema with licence, attribution and the meaning of flags in its metadata."""
    return schema.with_metadata(spoken(terms))


def readings_table(station: str, quantity: str, rows: Readings) -> pa.Table:
    """Readings of one series as a table."""
    columns = [
        _same(station, len(rows)),
        _same(quantity, len(rows)),
        _times(rows["observed_us"]),
        _times(rows["received_us"]),
        pa.array(rows["value"], pa.float64()),
        _same(QUANTITIES[quantity].unit, len(rows)),
        pa.array(rows["flag"], pa.int16()).cast(pa.int8()),
    ]
    return pa.Table.from_arrays(columns, schema=OBSERVATIONS)


def forecasts_table(rows: Sequence[ForecastRow]) -> pa.Table:
    """Forecasts as a table, one column a quantile."""
    return pa.Table.from_pylist([forecast_document(row) for row in rows], schema=FORECASTS)


def reading_document(station: str, quantity: str, row: ReadingRow) -> dict[str, Any]:
    """One reading as JSON has it."""
    return {
        "station": station,
        "quantity": quantity,
        "observed_at": local(instant(row.observed_us)),
        "received_at": local(instant(row.received_us)),
        "value": row.value,
        "unit": QUANTITIES[quantity].unit,
        "flag": row.flag,
    }


def forecast_document(row: ForecastRow) -> dict[str, Any]:
    """One forecast as JSON has it."""
    return {
        "station": row.station,
        "issued_at": local(row.issued_at),
        "valid_at": local(row.valid_at),
        "made_at": local(row.made_at),
        "model": row.model,
        "version": row.version,
        "beyond_experience": row.beyond_experience,
        "assumption": row.assumption,
        "unit": "m",
        "expected_m": row.expected_m,
        **dict(zip(QUANTILES, row.quantiles_m, strict=True)),
    }


def written_times(table: pa.Table) -> pa.Table:
    """The table with its times as text, 2025-10-27T06:00:00.000000+07:00."""
    for place, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(place, column.name, _text(table.column(place)))
    return table


def _text(times: Any) -> Any:
    # Arrow's own formatting by a pattern takes ten times as long as this.
    there = pc.add(times.cast(pa.int64()), _AHEAD_US).cast(pa.timestamp("us"))
    return pc.binary_join_element_wise(pc.utf8_replace_slice(there.cast(pa.string()), 10, 11, "T"), _ZONE, "")


def _times(microseconds: Any) -> Any:
    return pa.array(microseconds, pa.int64()).cast(pa.timestamp("us")).cast(_TIME)


def _same(text: str, count: int) -> Any:
    return pa.repeat(pa.scalar(text, pa.string()), count)
