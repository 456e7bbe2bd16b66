"""A dataset trains other people's tools as it is: a token classifier by transformers alone, from tokens and tags."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
)

from rolecall.core.sealed import find_faults, read_seal
from rolecall.train import encoders

pytestmark = pytest.mark.train


def align(tags: list[int], words: list[int | None]) -> list[int]:
    """Label the first piece of each word, and nothing else."""
    return [-100 if word is None or (at and words[at - 1] == word) else tags[word] for at, word in enumerate(words)]


def test_transformers_trains_on_it(dataset: Path, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    shutil.copytree(dataset, folder)
    tables = load_from_disk(folder)
    names = tables["train"].features["tags_event"].feature.names
    place = encoders.resolve("default").place
    tokenizer: Any = AutoTokenizer.from_pretrained(place)

    def encode(batch: dict[str, Any]) -> dict[str, Any]:
        encoded = tokenizer(batch["tokens"], is_split_into_words=True, truncation=True, max_length=96)
        labels = [align(tags, encoded.word_ids(row)) for row, tags in enumerate(batch["tags_event"])]
        return {**encoded, "labels": labels}

    encoded = tables.map(encode, batched=True, remove_columns=tables["train"].column_names)
    model = AutoModelForTokenClassification.from_pretrained(
        place, id2label=dict(enumerate(names)), label2id={name: at for at, name in enumerate(names)}
    )
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "run"), max_steps=12, learning_rate=1e-3, per_device_train_batch_size=4,
        logging_steps=1, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True, seed=0,
    )  # fmt: skip
    collator = DataCollatorForTokenClassification(tokenizer)
    trainer = Trainer(model, arguments, collator, encoded["train"], encoded["test"], processing_class=tokenizer)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 12
    assert sum(losses[-3:]) / 3 < losses[0] / 2
    found: Any = trainer.predict(encoded["test"]).predictions
    assert found.shape[-1] == len(names) == model.config.num_labels
    assert (model.config.id2label[0], model.config.id2label[1]) == ("O", "B-PROTEST")
    assert any(any(tags) for tags in tables["train"]["tags_event"])  # there was something to learn
    assert list(find_faults(folder, read_seal(folder))) == []  # what datasets cached in the folder is not its own
