"""Where a run's loss, learning rates and scores go by step: TensorBoard, or what else transformers reports to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.integrations import integration_utils as integrations

from rolecall.core.errors import InputError

TENSORBOARD, LOGS = "tensorboard", "logs"


def check(names: Sequence[str]) -> None:
    """Raise InputError for a tracker that transformers does not know, or that is not installed."""
    known: Any = integrations.INTEGRATION_TO_CALLBACK
    installed: Any = integrations.get_available_reporting_integrations
    if unknown := [name for name in names if name not in known]:
        every = ", ".join(sorted(known))
        raise InputError(f"track: no such tracker: {', '.join(unknown)}", remedy=f"name some of: {every}; or track=[]")
    if lacking := [name for name in names if name not in installed()]:
        raise InputError(
            f"track: not installed: {', '.join(lacking)}", remedy="install its package, or leave it out: track=[]"
        )


def others(names: Sequence[str]) -> list[str]:
    """Return the trackers that transformers sets up by itself."""
    return [name for name in names if name != TENSORBOARD]


class Scalars(integrations.TensorBoardCallback):
    """Writes what is logged, and not the Trainer's arguments, which name folders of this machine."""

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Write nothing: settings.yaml and config.json say it."""


@contextmanager
def tracked(names: Sequence[str], folder: Path, step: int, *, leads: bool) -> Iterator[list[TrainerCallback]]:
    """Yield what writes TensorBoard's files into a folder, where it is wanted and this process leads.

    What an earlier process wrote of steps behind `step`, from where training goes on, counts no more.
    """
    if TENSORBOARD not in names or not leads:
        yield []
        return
    from torch.utils.tensorboard import SummaryWriter

    made: Any = Scalars
    writer = SummaryWriter(str(folder), purge_step=step + 1)
    try:
        yield [made(writer)]
    finally:
        writer.close()
