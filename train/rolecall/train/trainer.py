"""transformers' Trainer with our batches, our loss, two learning rates, and the span metric that people care about.

A step is the same one whatever the number of processes and of parts: all its batches together are one that `ByTokens`
drew, and its loss is the mean over all their units.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerState, TrainingArguments

from rolecall.core.errors import InputError
from rolecall.evaluate.counts import Counts
from rolecall.train import encoders, tracking
from rolecall.train.average import Average, read, trained, write
from rolecall.train.batches import ByTokens, Shares, count
from rolecall.train.callbacks import Averaging, Stopping
from rolecall.train.checkpoints import STATE, number_of
from rolecall.train.device import find_device
from rolecall.train.examples import IGNORED, Collator, Example
from rolecall.train.interrupts import Stop
from rolecall.train.loss import Loss
from rolecall.train.metrics import f1
from rolecall.train.precision import full, is_half, unwrap
from rolecall.train.processes import Team
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger

Measure = Callable[[Tagger], dict[str, Counts]]
POINTS = 1_000
"""How many losses a run tells of at most: one a step, or a mean over some steps."""


class Around(NamedTuple):
    """What training has to do with: other processes, signals that ask for its end, and who is told of what."""

    team: Team
    stop: Stop
    watches: Sequence[TrainerCallback] = ()


def arguments(settings: FitConfig, folder: Path, *, measured: bool, idle: bool = False) -> TrainingArguments:
    """Translate our settings; `measured` says whether there are validation articles to choose an epoch by.

    `idle` says that some weights of the network take no part in its output.
    """
    place = find_device(settings.device)
    made = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        gradient_accumulation_steps=settings.accumulation,
        average_tokens_across_devices=True,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=settings.warmup,
        lr_scheduler_type="linear",
        seed=settings.seed,
        use_cpu=place == "cpu",
        bf16=is_half(settings.precision, place),
        logging_strategy="steps",
        logging_steps=1 / POINTS,
        logging_nan_inf_filter=False,
        eval_strategy="epoch" if measured else "no",
        save_strategy="epoch",
        save_total_limit=1,
        ddp_find_unused_parameters=idle,
        dataloader_pin_memory=torch.cuda.is_available(),
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to=tracking.others(settings.track) or "none",
    )
    if made.n_gpu > 1:  # one process trains on one GPU: the Trainer would cut each batch up among all it sees
        made._n_gpu = 1
    return made


class SpanTrainer(Trainer):
    """A Trainer for one tagger; `measure` counts its spans on the validation articles.

    The weights of the epoch that did best there are kept in the file `best`, where one is named. `stopped` says whether
    a signal has ended training, behind a checkpoint.
    """

    def __init__(
        self,
        tagger: Tagger,
        examples: Sequence[Example],
        settings: FitConfig,
        *,
        args: TrainingArguments,
        measure: Measure,
        around: Around,
        best: Path | None = None,
    ) -> None:
        super().__init__(
            tagger.model,
            args,
            data_collator=(collator := _collator(tagger, settings)),
            train_dataset=examples,
            eval_dataset=[],  # there must be one; `evaluate` reads whole articles instead
            compute_loss_func=Loss(tagger.tags, tagger.transitions),
        )
        self.remove_callback(PrinterCallback)
        self._tagger, self._settings, self._measure, self._best = tagger, settings, measure, best
        self._team, self._stopping = around.team, Stopping(around.stop, alone=around.team.count == 1)
        lengths = [len(example.window.ids) for example in examples]
        steps = settings.epochs * count(lengths, settings.batch_tokens)
        passes = max(1, math.ceil(settings.least_steps / steps))
        self._batches = ByTokens(lengths, settings.batch_tokens, settings.seed, passes=passes)
        total = settings.epochs * len(self._batches)
        self._average = Average(tagger.model)
        self._begin = total - round(total * settings.average)  # the step after which weights count in the mean
        self._collator = collator
        self._tokens = 0  # read since the last log
        self._since: float | None = None  # when the first of them were
        self.add_callback(self._stopping)
        self.add_callback(Averaging(self._average, self._begin, leads=around.team.leads))
        for watch in around.watches:
            self.add_callback(watch)

    @property
    def stopped(self) -> bool:
        """Whether a signal has ended training, with a checkpoint to go on from."""
        return self._stopping.stopped

    def go_on(self, checkpoint: Path | None) -> None:
        """Train to the end, from a checkpoint where there is one, and leave the tagger with the weights to keep.

        Raises InputError for a checkpoint without the mean of the weights up to it.
        """
        if checkpoint is not None and (step := number_of(checkpoint)) > self._begin:
            try:
                self._average.load(checkpoint.parent, step)
            except OSError as error:
                raise InputError(
                    "cannot be gone on with: the mean of its weights is lost",
                    path=checkpoint.parent,
                    remedy="begin again: --overwrite",
                ) from error
        if self._team.index:
            torch.manual_seed(self.args.seed + self._team.index)  # no two processes drop the same
        with self._stopping.stop.gentle():
            if checkpoint is None:
                self.train()
            elif not self._is_over(before := TrainerState.load_from_json(str(checkpoint / STATE))):
                self.train(resume_from_checkpoint=str(checkpoint))
            else:
                self.state = before
        unwrap(self._tagger.model)
        if self.stopped:
            return
        if self._best is None:
            self._average.settle()
        elif self._team.leads:
            read(self._best, self._tagger.model)

    def _is_over(self, state: TrainerState) -> bool:
        """Whether training has ended early: the last epochs, as many as `patience`, were no better than one before.

        That one must have an F1 above 0: a network that gets nothing right yet is only beginning to learn.
        """
        rates = [entry["eval_f1"] for entry in state.log_history if "eval_f1" in entry]
        patience = self._settings.patience
        if patience is None or len(rates) <= patience:
            return False
        return max(rates) == max(rates[:-patience]) > 0

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Serve this process its share of each step; accelerate would share whole steps out."""
        team = self._team
        return DataLoader(
            self.train_dataset,  # type: ignore[arg-type]
            batch_sampler=Shares(
                self._batches, process=team.index, processes=team.count, parts=self._settings.accumulation
            ),
            collate_fn=self.data_collator,
            pin_memory=self.args.dataloader_pin_memory,
        )

    def get_batch_samples(
        self,
        epoch_iterator: Iterator[dict[str, torch.Tensor]],
        num_batches: int,
        device: torch.device,
    ) -> tuple[list[dict[str, torch.Tensor]], torch.Tensor]:
        """Return this process's batches of the next step, and how many labels all processes have in theirs.

        Processes tell each other of signals here too: all end training behind the same step.
        """
        step, team = self.state.global_step, self._team
        self._collator.rng = np.random.default_rng([self.args.seed, step, team.index])
        self._since = self._since or time.perf_counter()
        batches = list(islice(epoch_iterator, num_batches))
        labels = sum(int(batch["labels"].ne(IGNORED).sum()) for batch in batches)
        tokens = sum(int(batch["attention_mask"].sum()) for batch in batches)
        labels, tokens, asked = team.sum([labels, tokens, int(self._stopping.stop.asked)])
        self._tokens += tokens
        self._stopping.agreed = asked > 0
        return batches, torch.tensor(labels, device=device)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add to a step's loss the head's learning rate, and how many sub-tokens were read a second."""
        if "loss" in logs:
            settings = self._settings
            logs["head_learning_rate"] = logs["learning_rate"] * settings.head_learning_rate / settings.learning_rate
            now = time.perf_counter()
            if self._since is not None and now > self._since:
                logs["tokens_per_second"] = self._tokens / (now - self._since)
            self._tokens, self._since = 0, None
        super().log(logs, start_time)

    def _save_rng_state(self, output_dir: str) -> None:
        """Wait until every process has written its own: the checkpoint counts as whole once the leader is done."""
        super()._save_rng_state(output_dir)
        self._team.wait()

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
                    for (encoder, decay), parameters in sorted(
                        groups.items(), reverse=True
                    )  # the logged rate is the first
                ],
                **options,
            )
        return self.optimizer

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Label the validation articles as `predict` would, and count spans; nothing is scored by token."""
        with self._average.applied(), full(self._tagger.model):
            counts = self._measure(self._tagger)
            rate = f1(counts) or 0.0
            before = [entry["eval_f1"] for entry in self.state.log_history if "eval_f1" in entry]
            # Of equals the last: where nothing is found yet, or there is nothing to find, it has learned most.
            if self._best is not None and self._team.leads and rate >= max(before, default=0.0):
                write(self._best, trained(self._tagger.model))
        metrics: dict[str, float] = {"eval_f1": rate}
        for layer, own in counts.items():
            metrics |= {f"eval_{layer}_{name}": value for name, value in _named(own).items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        if self._is_over(self.state):
            self.control.should_training_stop = True
        return metrics


def _named(counts: Counts) -> dict[str, float]:
    named: dict[str, float] = {"correct": counts.correct, "predicted": counts.predicted, "gold": counts.gold}
    return named if counts.f1 is None else {**named, "f1": counts.f1}


def _collator(tagger: Tagger, settings: FitConfig) -> Collator:
    positions = encoders.absolute_positions(tagger.model) if settings.shift else None
    return Collator(tagger.encoder.padding, positions, layers=len(tagger.tags))


def has_idle(tagger: Tagger, example: Example) -> bool:
    """Whether some weights of the network take no part in its output: processes would wait for their gradients."""
    inputs = Collator(tagger.encoder.padding)([example])
    with torch.random.fork_rng(devices=[]):
        tagger.model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits.sum().backward()
    idle = any(weight.grad is None for weight in tagger.model.parameters() if weight.requires_grad)
    tagger.model.zero_grad()
    return idle
