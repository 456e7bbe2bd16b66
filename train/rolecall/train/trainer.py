"""transformers' Trainer with our batches, our loss, two learning rates, and the span metric that people care about."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from rolecall.core.errors import InputError
from rolecall.evaluate.counts import Counts
from rolecall.train import encoders
from rolecall.train.average import Average, read, trained, write
from rolecall.train.batches import ByTokens, count
from rolecall.train.device import find_device
from rolecall.train.examples import Collator, Example
from rolecall.train.loss import Loss
from rolecall.train.metrics import Epoch, f1
from rolecall.train.precision import is_half
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger

Measure = Callable[[Tagger], dict[str, Counts]]


def arguments(settings: FitConfig, folder: Path, *, measured: bool) -> TrainingArguments:
    """Translate our settings; `measured` says whether there are validation articles to choose an epoch by."""
    device = "cpu" if settings.device == "cpu" else find_device("auto")
    return TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=settings.warmup,
        lr_scheduler_type="linear",
        seed=settings.seed,
        use_cpu=device == "cpu",
        bf16=is_half(settings.precision, device),
        logging_strategy="epoch",
        logging_nan_inf_filter=False,
        eval_strategy="epoch" if measured else "no",
        save_strategy="epoch",
        save_total_limit=1,
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
    )


class SpanTrainer(Trainer):
    """A Trainer for one tagger; `measure` counts its spans on the validation articles.

    The weights of the epoch that did best there are kept in the file `best`, where one is named.
    """

    def __init__(
        self,
        tagger: Tagger,
        examples: Sequence[Example],
        settings: FitConfig,
        *,
        args: TrainingArguments,
        measure: Measure,
        watch: TrainerCallback,
        best: Path | None = None,
    ) -> None:
        super().__init__(
            tagger.model,
            args,
            data_collator=Collator(
                tagger.encoder.padding, encoders.absolute_positions(tagger.model) if settings.shift else None
            ),
            train_dataset=examples,
            eval_dataset=[],  # there must be one; `evaluate` reads whole articles instead
            compute_loss_func=Loss(tagger.tags, tagger.transitions),
            callbacks=[watch],
        )
        self.remove_callback(PrinterCallback)
        self._tagger, self._settings, self._measure, self._best = tagger, settings, measure, best
        lengths = [len(example.window.ids) for example in examples]
        steps = settings.epochs * count(lengths, settings.batch_tokens)
        passes = max(1, math.ceil(settings.least_steps / steps))
        self._batches = ByTokens(lengths, settings.batch_tokens, settings.seed, passes=passes)
        total = settings.epochs * len(self._batches)
        self._average = Average(tagger.model)
        self._begin = total - round(total * settings.average)  # the step after which weights count in the mean
        self.add_callback(Averaging(self._average, self._begin))

    def go_on(self, checkpoint: Path | None) -> None:
        """Train to the end, from a checkpoint where there is one, and leave the tagger with the weights to keep.

        Raises InputError for a checkpoint without the mean of the weights up to it.
        """
        if checkpoint is not None and (step := int(checkpoint.name.rpartition("-")[2])) > self._begin:
            try:
                self._average.load(checkpoint.parent, step)
            except OSError as error:
                raise InputError(
                    "cannot be gone on with: the mean of its weights is lost",
                    path=checkpoint.parent,
                    remedy="begin again: --overwrite",
                ) from error
        self.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        if self._best is None:
            self._average.settle()
        else:
            read(self._best, self._tagger.model)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Serve windows of like lengths together."""
        loader = DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=self._batches,
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)  # type: ignore[no-any-return]

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:  # noqa: ARG002
        """Give the new head its own learning rate; decay weight matrices only."""
        if self.optimizer is None:
            own = self._tagger.model
            decayed = set(self.get_decay_parameter_names(own))
            body = f"{own.base_model_prefix}."
            groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
            for name, parameter in own.named_parameters():
                if parameter.requires_grad:
                    groups.setdefault((name.startswith(body), name in decayed), []).append(parameter)
            rates = {True: self._settings.learning_rate, False: self._settings.head_learning_rate}
            kind, options = self.get_optimizer_cls_and_kwargs(self.args)
            self.optimizer = kind(
                [
                    {
                        "params": parameters,
                        "lr": rates[encoder],
                        "weight_decay": self._settings.weight_decay if decay else 0.0,
                    }
                    for (encoder, decay), parameters in groups.items()
                ],
                **options,
            )
        return self.optimizer

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Label the validation articles as `predict` would, and count spans; nothing is scored by token."""
        with self._average.applied():
            counts = self._measure(self._tagger)
            rate = f1(counts) or 0.0
            before = [entry["eval_f1"] for entry in self.state.log_history if "eval_f1" in entry]
            # Of equals the last: where nothing is found yet, or there is nothing to find, it has learned most.
            if self._best is not None and rate >= max(before, default=0.0):
                write(self._best, trained(self._tagger.model))
        metrics: dict[str, float] = {"eval_f1": rate}
        for layer, own in counts.items():
            metrics |= {f"eval_{layer}_{name}": value for name, value in _named(own).items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def _named(counts: Counts) -> dict[str, int]:
    return {"correct": counts.correct, "predicted": counts.predicted, "gold": counts.gold}


def epochs(state: TrainerState, layers: Sequence[str]) -> list[Epoch]:
    """Read what each epoch came to out of the trainer's own log, which checkpoints carry."""
    merged: dict[int, dict[str, Any]] = {}
    for entry in state.log_history:
        if "loss" in entry or "eval_f1" in entry:
            merged.setdefault(int(entry["step"]), {}).update(entry)
    records = []
    for step, entry in sorted(merged.items()):
        counts = {
            layer: Counts(*(int(entry[f"eval_{layer}_{name}"]) for name in ("correct", "predicted", "gold")))
            for layer in layers
            if f"eval_{layer}_gold" in entry
        }
        records.append(
            Epoch(epoch=round(entry["epoch"]), step=step, loss=float(entry["loss"]), f1=f1(counts), counts=counts)
        )
    return records


class Averaging(TrainerCallback):
    """Takes the weights into their mean after each step from one on, and writes it down before each checkpoint."""

    def __init__(self, average: Average, begin: int) -> None:
        self._average, self._begin = average, begin

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Take the weights in."""
        if state.global_step > self._begin:
            self._average.add()

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Write the mean down."""
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
        self._epoch(epochs(state, self._layers)[-1])
