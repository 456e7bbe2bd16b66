"""The checkpoints of a run in the making: folders named for the step behind which they were written."""

import shutil
from pathlib import Path

import msgspec

STATE = "trainer_state.json"
"""The last file of a checkpoint that is written."""


def number_of(path: Path | None) -> int:
    """Return the step in the name of a checkpoint, or of a file that belongs to one; 0 without any."""
    return 0 if path is None else int(path.stem.rpartition("-")[2])


def newest(folder: Path) -> Path | None:
    """Find the newest checkpoint."""
    return max(folder.glob("checkpoint-*"), key=number_of, default=None)


def clear(folder: Path) -> None:
    """Remove what was not written to its end."""
    for path in folder.glob("checkpoint-*"):
        try:
            msgspec.json.decode((path / STATE).read_bytes())
        except (OSError, msgspec.DecodeError):
            shutil.rmtree(path)
