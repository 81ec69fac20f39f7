"""Many rows in one parameter: a JSON document that the statement reads with json_to_recordset.

Arrays would do, one a column, but the driver writes those element by element, and a storm is tens of thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


def as_rows(rows: Sequence[object]) -> str:
    """Dataclasses or dicts as a JSON array of objects by column; times as RFC 3339, words as their values."""
    return _encoder.encode(rows).decode()


def _plain(value: object) -> float:
    """A number of numpy's that is a float too. Raises NotImplementedError, the word by which msgspec knows what cannot be encoded."""
    if isinstance(value, float):
        return float(value)
    raise NotImplementedError(f"a {type(value).__name__} cannot be stored in a row")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
