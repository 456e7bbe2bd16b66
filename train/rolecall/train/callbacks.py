"""What happens between the steps of training: weights are averaged, people are told, and signals are heeded."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from rolecall.evaluate.counts import Counts
from rolecall.train.average import Average
from rolecall.train.interrupts import Stop
from rolecall.train.metrics import Epoch, f1


def epochs(state: TrainerState, layers: Sequence[str]) -> list[Epoch]:
    """Read what each full epoch came to out of the trainer's own log, which checkpoints carry."""
    size = epoch_size(state)
    losses: dict[int, float] = {}
    measured: dict[int, dict[str, Any]] = {}
    before = 0
    for entry in state.log_history:
        step = int(entry["step"])
        if "loss" in entry:  # a mean over the steps since the last one
            number = -(-step // size)
            losses[number] = losses.get(number, 0.0) + float(entry["loss"]) * (step - before) / size
            before = step
        elif "eval_f1" in entry:
            measured[step // size] = entry
    records = []
    for number in range(1, before // size + 1):
        entry = measured.get(number, {})
        counts = {
            layer: Counts(*(int(entry[f"eval_{layer}_{name}"]) for name in ("correct", "predicted", "gold")))
            for layer in layers
            if f"eval_{layer}_gold" in entry
        }
        records.append(Epoch(epoch=number, step=number * size, loss=losses[number], f1=f1(counts), counts=counts))
    return records


def epoch_size(state: TrainerState) -> int:
    """Return how many steps an epoch has."""
    return state.max_steps // state.num_train_epochs


class Stopping(TrainerCallback):
    """Ends training behind a step when a signal asked for it, with a checkpoint; then `stopped` says so.

    `agreed` is what several processes have agreed on before the step; `alone`, a process asks nobody.
    """

    def __init__(self, stop: Stop, *, alone: bool) -> None:
        self.stop, self._alone = stop, alone
        self.agreed = self.stopped = False

    @property
    def _asked(self) -> bool:
        return self.stop.asked if self._alone else self.agreed

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Stop inside an epoch."""
        if self._asked and state.global_step % epoch_size(state):
            self.stopped = True
            control.should_log = control.should_save = control.should_training_stop = True

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Stop behind an epoch, once it is measured; one that is not full is not measured."""
        if self.stopped:
            control.should_log = control.should_evaluate = control.should_save = False
            return
        control.should_log = True
        if self._asked and state.global_step < state.max_steps:
            self.stopped = control.should_training_stop = True


class Averaging(TrainerCallback):
    """Takes the weights into their mean after each step from one on, and writes it down before each checkpoint."""

    def __init__(self, average: Average, begin: int, *, leads: bool) -> None:
        self._average, self._begin, self._leads = average, begin, leads

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Take the weights in."""
        if state.global_step > self._begin:
            self._average.add()
        self._save(args, state, control)

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Write the mean down."""
        self._save(args, state, control)

    def _save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl) -> None:
        if control.should_save and self._leads:
            self._average.save(Path(args.output_dir or "."), state.global_step)


class Watch(TrainerCallback):
    """Tells of steps (done, total) and of full epochs; both functions may do nothing."""

    def __init__(self, layers: Sequence[str], step: Callable[[int, int], None], epoch: Callable[[Epoch], None]) -> None:
        self._layers, self._step, self._epoch = layers, step, epoch

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Tell of a step."""
        self._step(state.global_step, state.max_steps)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Tell of an epoch, once it is safe on disk."""
        if state.global_step % epoch_size(state) == 0:
            self._epoch(epochs(state, self._layers)[-1])
