"""How far the simulated devices got, kept in a small JSON file so that the next run goes on there."""

from __future__ import annotations

from pathlib import Path

import msgspec

from domain.errors import ConfigurationError


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The storms that are played and what the broker has acknowledged. Times are seconds since 1970."""

    seed: int
    epoch_s: int  # when storm 0 begins
    sent_until_s: int  # every reading up to here was acknowledged
    seq: dict[str, int]  # last number of each "station/quantity"


def load_progress(path: Path) -> Progress | None:
    """The progress of an earlier run, None before the first. Raises ConfigurationError when the file cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(
            place=str(path),
            key="file",
            value=path.name,
            remedy=f"cannot be read ({error}); delete it to begin a new simulation",
        ) from error


def save_progress(path: Path, progress: Progress) -> None:
    """Write the file in one step: a crash leaves the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.part")
    half.write_bytes(msgspec.json.format(msgspec.json.encode(progress), indent=1))
    half.replace(path)
