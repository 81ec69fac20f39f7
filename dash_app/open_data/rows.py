"""Rows as an answer: a page in JSON, CSV or Parquet, or all of them as a stream."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

import pyarrow as pa
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from dash_app.open_data.answers import Body, answer, json_body, spoken, stated, takes_gzip
from dash_app.open_data.asked import USUAL_ROWS, Format, RowsAsked
from dash_app.open_data.pieces import Piece, page
from dash_app.open_data.streams import CSV_TYPE, PARQUET_TYPE, csv_pieces, packed, parquet_pieces
from domain.agencies import Terms

#: Rows of one piece of a stream: what is in memory at once, and a row group of Parquet.
_PIECE_ROWS = 20_000
_T = TypeVar("_T")
#: Gives the rows in pieces of at most so many.
Source = Callable[[int], Iterator[Piece]]
#: Is told how many rows were given.
Count = Callable[[int], None]


def rows_answer(
    request: Request, asked: RowsAsked, source: Source, count: Count, *, schema: pa.Schema, name: str, terms: Terms
) -> Response:
    """What was asked for, in its format. `name`: what the rows are, in JSON and in the file's name."""
    if asked.format is Format.JSON or asked.limit is not None:
        return _page(request, asked, source, count, schema=schema, name=name, terms=terms)
    pieces = _counted(_begun(source(_PIECE_ROWS)), count)
    tables = (piece.table() for piece in pieces)
    headers = stated(terms) | {"Cache-Control": "private, no-cache"} | _file_name(asked, name)
    if asked.format is Format.PARQUET:
        return StreamingResponse(parquet_pieces(tables, schema, terms), media_type=PARQUET_TYPE, headers=headers)
    written = csv_pieces(tables, schema)
    if takes_gzip(request):
        written, headers = packed(written), headers | {"Content-Encoding": "gzip"}
    return StreamingResponse(written, headers=headers | {"Content-Type": CSV_TYPE})


def _page(
    request: Request, asked: RowsAsked, source: Source, count: Count, *, schema: pa.Schema, name: str, terms: Terms
) -> Response:
    limit = asked.limit or USUAL_ROWS
    taken, cursor = page(source(limit + 1), limit)
    count(sum(piece.count for piece in taken))
    following = None if cursor is None else str(request.url.include_query_params(cursor=cursor))
    headers = {} if following is None else {"Link": f'<{following}>; rel="next"'}
    if asked.format is Format.JSON:
        rows = [document for piece in taken for document in piece.documents()]
        return answer(request, json_body(spoken(terms) | {"next": following, name: rows}), terms, headers)
    body = _written(asked.format, taken, schema, terms)
    return answer(request, body, terms, headers | _file_name(asked, name))


def _written(kind: Format, taken: Sequence[Piece], schema: pa.Schema, terms: Terms) -> Body:
    tables, sink = (piece.table() for piece in taken), io.BytesIO()
    parquet = kind is Format.PARQUET
    for piece in parquet_pieces(tables, schema, terms) if parquet else csv_pieces(tables, schema):
        sink.write(piece)
    return Body(sink.getvalue(), PARQUET_TYPE if parquet else CSV_TYPE)


def _file_name(asked: RowsAsked, name: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="{asked.station}_{name}.{asked.format.value}"'}


def _begun(pieces: Iterator[_T]) -> Iterable[_T]:
    """The same, with the first already asked for: what is wrong is met before the answer has begun."""
    first = [piece for _, piece in zip(range(1), pieces, strict=False)]
    return chain(first, pieces)


def _counted(pieces: Iterable[Piece], count: Count) -> Iterator[Piece]:
    """The same; `count` is told at the end, or when the reader went away."""
    given = 0
    try:
        for piece in pieces:
            given += piece.count
            yield piece
    finally:
        count(given)
