"""The settings of a run, each with its default and its reason."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from rolecall.core.config import Config

Precision = Literal["auto", "float32", "bfloat16"]


class FitConfig(Config):
    """Everything that a run depends on, besides the machine and the versions."""

    dataset: Path
    """A folder that `rolecall annotate dataset` wrote."""
    run: Path
    """The folder to make; its name is what the model's annotations are signed with."""
    encoder: str = "default"
    """default (all-MiniLM-L6-v2), a folder, or a name on the Hugging Face hub."""
    window: int = Field(default=512, ge=16)
    """Encoder tokens read at once, special ones counted; lowered to what the encoder can take."""
    overlap: int = Field(default=128, ge=0)
    """Tokens that neighbouring windows of a long article share, so that no word is read without context."""
    shift: bool = False
    """Begin windows at any position that the encoder knows, in training: steadier on long articles, slower to learn."""
    epochs: int = Field(default=8, ge=1)
    """Passes over the training articles; the learning rate falls to 0 over all of them."""
    batch_tokens: int = Field(default=512, ge=1)
    """Sub-tokens in a training step, about: short articles go in together, in windows of like lengths.

    That is so of all processes and parts together: many processes want more.
    """
    accumulation: int = Field(default=1, ge=1)
    """Parts that a step is read in, one after another, where its sub-tokens do not fit into memory at once."""
    least_steps: int = Field(default=200, ge=0)
    """A corpus with fewer steps in all its epochs is passed over several times an epoch until it has so many."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Peak for the encoder. Small encoders learn well above the usual 5e-5."""
    head_learning_rate: float = Field(default=1e-3, gt=0)
    """Peak for the new classification layer, which starts from nothing."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Decay of weight matrices (AdamW); biases and norms are left alone."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Part of the steps in which the learning rates rise to their peaks."""
    average: float = Field(default=0.5, ge=0, le=1)
    """Last part of the steps whose weights are averaged: their mean makes fewer slips; 0 takes the last step's."""
    keep: Literal["best", "last"] = "best"
    """Which epoch's weights the run holds: those of the best validation F1, or the last ones."""
    patience: int | None = Field(default=None, ge=1)
    """Epochs without a better validation F1 than before, after which training ends; null trains all of them.

    They are counted from the first epoch with an F1 above 0. The learning rate falls to 0 over all epochs, and the last
    ones are often the best: give `epochs` room first.
    """
    track: tuple[str, ...] = ("tensorboard",)
    """Where loss, learning rates and F1 go by step: tensorboard (the run's logs/), mlflow, wandb, ...; [] for none."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Seed of everything random; the same machine, versions and threads then give the same weights."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads; null leaves the choice to torch."""
    device: Literal["auto", "cpu"] = "auto"
    """auto takes a GPU where there is one."""
    precision: Precision = "auto"
    """auto trains in bfloat16 where the machine multiplies it faster (AVX-512 BF16, AMX, GPUs), else in float32."""

    @model_validator(mode="after")
    def _check(self) -> "FitConfig":
        if self.overlap * 2 > self.window:
            raise ValueError(f"overlap {self.overlap} is more than half of window {self.window}: lower it")
        if self.patience is not None and self.keep == "last":
            raise ValueError("patience goes by the best epoch: leave it out, or set keep=best")
        return self
