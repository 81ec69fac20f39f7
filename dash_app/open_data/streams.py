"""Rows as they go out, piece by piece: CSV and Parquet of any length in the memory of one piece."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from dash_app.open_data.columns import with_terms, written_times
from domain.agencies import Terms

CSV_TYPE, PARQUET_TYPE = "text/csv; charset=utf-8; header=present", "application/vnd.apache.parquet"


def csv_pieces(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """CSV (RFC 4180) with one heading line; licence and flags stand in the headers of the answer."""
    yield (",".join(schema.names) + "\n").encode()
    plain = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    for table in tables:
        sink = io.BytesIO()
        pa_csv.write_csv(written_times(table), sink, plain)
        yield sink.getvalue()


def parquet_pieces(tables: Iterable[pa.Table], schema: pa.Schema, terms: Terms) -> Iterator[bytes]:
    """Parquet, a row group a piece; licence and flags stand in the metadata of its schema."""
    schema, sink = with_terms(schema, terms), _Drained()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.cast(schema))
            yield sink.drain()
    yield sink.drain()


class _Drained(io.RawIOBase):
    """A file that is only written, and given away as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, piece: Any) -> int:
        """Keep what is written until it is drained."""
        written = bytes(piece)
        self._pieces.append(written)
        self._length += len(written)
        return len(written)

    def tell(self) -> int:
        """How much was written in all."""
        return self._length

    def drain(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same under gzip, as fast as it goes: whoever waits for a year of readings waits for this."""
    packing = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        yield packing.compress(piece)
    yield packing.flush()
