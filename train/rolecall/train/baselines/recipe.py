"""The token-classification recipe of transformers' own examples, as people run it.

Tokens and tags are the dataset's columns; a token's tag sits on its first sub-token; what is longer than the encoder
takes is cut off; batches are random; the last step's weights are kept; each token gets its most probable tag, and
tokens that were cut off get none. Layers overlap, which one tag a token cannot say, so each layer has a model of its
own, and their training times add up.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import torch
from transformers import (
    DataCollatorForTokenClassification,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from rolecall.core import bio
from rolecall.core.records import Article, Span
from rolecall.core.scheme import Layer
from rolecall.core.tokens import tokenize
from rolecall.train import encoders
from rolecall.train.baselines.sequence import in_order, spans_of, words_of
from rolecall.train.baselines.task import Label, Task, check_columns
from rolecall.train.examples import IGNORED
from rolecall.train.torch_network import run

BATCH = 8
"""Articles in a training step: the default of transformers."""


class Rate(NamedTuple):
    """What people tune: the peak learning rate, and passes over the articles."""

    learning_rate: float
    epochs: int


DEFAULT, TUNED = Rate(5e-5, 3), Rate(2e-4, 8)


class Model(NamedTuple):
    """One layer's classifier; `limit` is the longest input in sub-tokens, special ones counted."""

    network: Any
    tokenizer: Any
    limit: int
    names: list[str]

    def tokenize(self, articles: Sequence[Sequence[str]], **options: Any) -> Any:
        """Cut words into sub-tokens, and cut off what is too long."""
        return self.tokenizer(
            [list(words) for words in articles],
            is_split_into_words=True,
            truncation=True,
            max_length=self.limit,
            **options,
        )


def train(rate: Rate, task: Task) -> Label:
    """Train a model for each layer."""
    check_columns(task, "tokens", *(f"tags_{layer.name}" for layer in task.scheme.layers))
    layers = task.scheme.layers

    def part(number: int) -> Callable[[int, int], None]:
        return lambda done, total: task.step(number * total + done, len(layers) * total)

    models = [_learn(rate, task._replace(step=part(number)), layer) for number, layer in enumerate(layers)]

    def label(articles: Iterable[Article]) -> Iterator[tuple[Span, ...]]:
        rest = iter(articles)
        while chunk := list(islice(rest, BATCH)):
            tokens = [tokenize(article.text) for article in chunk]
            found: list[list[Span]] = [[] for _ in chunk]
            for model in models:
                tags = _tags(model, [words_of(article.text, own) for article, own in zip(chunk, tokens, strict=True)])
                for spans, article, own, layer in zip(found, chunk, tokens, tags, strict=True):
                    spans.extend(spans_of(article.text, own, layer))
            yield from map(in_order, found)

    return label


def _learn(rate: Rate, task: Task, layer: Layer) -> Model:
    set_seed(task.settings.seed)
    names = bio.tag_names(role.name for role in layer.roles)
    source = encoders.resolve(task.settings.encoder)
    tokenizer = encoders.load_tokenizer(source)
    network = encoders.load_model(source, names).network
    model = Model(network, tokenizer, encoders.positions(network, tokenizer), names)
    rows = [_example(model, row["tokens"], row[f"tags_{layer.name}"]) for row in task.rows]
    trainer = Trainer(
        network,
        TrainingArguments(
            output_dir=str(task.folder / layer.name),
            learning_rate=rate.learning_rate,
            num_train_epochs=rate.epochs,
            per_device_train_batch_size=BATCH,
            seed=task.settings.seed,
            use_cpu=task.settings.device == "cpu",
            save_strategy="no",
            logging_strategy="no",
            dataloader_pin_memory=torch.cuda.is_available(),
            disable_tqdm=True,
            report_to="none",
        ),
        data_collator=DataCollatorForTokenClassification(tokenizer),
        train_dataset=rows,
        callbacks=[Steps(task.step)],
    )
    trainer.remove_callback(PrinterCallback)
    with encoders.quiet():
        trainer.train()
    return model


def _example(model: Model, words: Sequence[str], tags: Sequence[int]) -> dict[str, Any]:
    """Return the inputs of one article with its labels: a word's tag on its first sub-token, nothing on the others."""
    encoded = model.tokenize([words])
    labels = [IGNORED] * len(encoded["input_ids"][0])
    for place, word in first_pieces(encoded.word_ids(0)):
        labels[place] = tags[word]
    return {"input_ids": encoded["input_ids"][0], "attention_mask": encoded["attention_mask"][0], "labels": labels}


def first_pieces(word_ids: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return (place, word) for the first sub-token of each word."""
    before = [None, *word_ids]
    return [(at, word) for at, word in enumerate(word_ids) if word is not None and word != before[at]]


def _tags(model: Model, articles: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the most probable tag of each word, O for those that were cut off."""
    encoded = model.tokenize(articles, padding=True, return_tensors="pt")
    inputs = {name: encoded[name] for name in ("input_ids", "attention_mask")}
    best = run(model.network, inputs).argmax(axis=-1)
    found = []
    for number, words in enumerate(articles):
        tags = ["O"] * len(words)
        for place, word in first_pieces(encoded.word_ids(number)):
            tags[word] = model.names[int(best[number, place])]
        found.append(tags)
    return found


class Steps(TrainerCallback):
    """Tells of each step (done, total)."""

    def __init__(self, step: Callable[[int, int], None]) -> None:
        self._step = step

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:  # noqa: ARG002
        """Tell of a step."""
        self._step(state.global_step, state.max_steps)
