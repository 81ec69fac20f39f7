"""The progress file: kept whole, and refused when it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import ConfigurationError
from simulators.progress import Progress, load_progress, save_progress


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new" / "simulation.json"
    assert load_progress(path) is None
    progress = Progress(seed=5, epoch_s=600, sent_until_s=1200, seq={"kim_long/water_level": 7})
    save_progress(path, progress)
    assert load_progress(path) == progress
    assert [file.name for file in path.parent.iterdir()] == ["simulation.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"seed": 1}', b'{"seed":1,"epoch_s":0,"sent_until_s":0,"seq":{},"x":1}']
)
def test_a_broken_file_is_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "simulation.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="delete it"):
        load_progress(path)
