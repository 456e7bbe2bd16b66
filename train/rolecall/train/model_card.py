"""The card of a run: a README.md that people read and the Hugging Face Hub understands.

Front matter: https://huggingface.co/docs/hub/model-cards. What others wrote (scheme, dataset, names) is escaped, and no
text of an article is in it.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from rolecall.core import jsonl
from rolecall.core.markdown import plain, table
from rolecall.core.scheme import Scheme
from rolecall.evaluate.card import Derived
from rolecall.evaluate.summary import Estimate, Line
from rolecall.train import encoders
from rolecall.train.data_card import DataCard
from rolecall.train.labels import TagSet, tag_sets
from rolecall.train.run import Info
from rolecall.train.settings import FitConfig

NAME = "README.md"
HUB = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
"""What a model on the Hub can be called."""
PRIVATE = {"dataset", "run", "encoder"}
"""Settings that name folders of the machine it was trained on."""


class Card(NamedTuple):
    """What a card tells of: `scores` are those of the kept weights on the validation articles, where there are any."""

    run: str
    scheme: Scheme
    settings: FitConfig
    info: Info
    data: DataCard
    scores: Derived | None


def write(folder: Path, card: Card) -> None:
    """Write the card of a run into its folder."""
    jsonl.write_text(folder / NAME, "\n".join(_lines(card)) + "\n")


def _lines(card: Card) -> Iterator[str]:
    scheme = card.scheme
    yield f"---\n{_front_matter(card)}---"
    yield f"\n# {plain(card.run)}: event roles in news\n"
    yield f"It labels phrases of news articles by the roles of the scheme `{scheme.fingerprint}`."
    yield f"rolecall {card.info.versions['rolecall']} fine-tuned it from {_encoder(card)}. {plain(scheme.purpose)}"
    yield "\n## What it labels\n"
    yield from _roles(scheme)
    yield "\n## Use\n"
    yield from _use(card)
    yield "\n## Scores\n"
    yield from _scores(card)
    yield "\n## Data\n"
    yield from card.data.lines(card.info.dataset)
    yield "\n## How it was trained\n"
    yield from _training(card)


def _front_matter(card: Card) -> str:
    """Write the metadata that the Hub reads; the data's licence, which is not the model's, is in their own section."""
    base = encoders.HUB if card.settings.encoder == encoders.DEFAULT else card.settings.encoder
    known = HUB.fullmatch(base) and not Path(base).expanduser().exists()
    data: dict[str, Any] = {
        **({"language": list(card.data.languages)} if card.data.languages else {}),
        "library_name": "transformers",
        "pipeline_tag": "token-classification",
        **({"base_model": base} if known else {}),
        "tags": ["event-extraction", "news", "rolecall"],
        **({"metrics": ["precision", "recall", "f1"]} if card.scores else {}),
        **({"model-index": [_index(card, card.scores)]} if card.scores else {}),
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _index(card: Card, scores: Derived) -> dict[str, Any]:
    """Return the scores as the Hub's model-index has them; a rate that is undefined is none."""
    micro, lines = scores.scores.micro, scores.scores.layers
    named = [("precision", "micro precision", micro.precision), ("recall", "micro recall", micro.recall)]
    named += [("f1", "micro F1", micro.f1), *(("f1", f"F1 of {layer}", own.f1) for layer, own in lines.items())]
    return {
        "name": card.run,
        "results": [
            {
                "task": {"type": "token-classification", "name": "Token Classification"},
                "dataset": {
                    "type": card.data.name,
                    "name": card.data.name,
                    "split": "validation",
                    "args": {"manifest": card.info.dataset},
                },
                "metrics": [
                    {"type": kind, "name": f"strict {name}", "value": round(rate.value, 4)}
                    for kind, name, rate in named
                    if rate.value is not None
                ],
            }
        ],
    }


def _roles(scheme: Scheme) -> Iterator[str]:
    count = len(scheme.layers)
    if count > 1:
        yield f"Phrases of its {count} layers overlap freely; within a layer they do not.\n"
    rows = [(scheme.layer_of[name], name, plain(role.definition)) for name, role in scheme.roles.items()]
    yield from table(("layer", "role", "what it is"), rows)


def _use(card: Card) -> Iterator[str]:
    tags = tag_sets(card.scheme)
    yield "With rolecall, which reads articles of any length and decodes whole spans (DIR is this folder):\n"
    yield "    rolecall train predict DIR articles.jsonl --out predictions.jsonl\n"
    yield "With transformers alone, without what rolecall knows of how tags follow each other:\n"
    yield f"```python\n{_code(tags, _example(card.scheme))}```\n"
    if len(tags) > 1:
        yield "The tags of all layers stand side by side, and each layer has an O of its own: the best of all columns"
        yield "would be one layer's word for all, so each layer's columns are read apart."
    yield f"A text of more than {card.info.window} sub-tokens must be cut into windows."


def _example(scheme: Scheme) -> str:
    """Return the first role's example, without its brackets."""
    return " ".join(re.sub(r"[\[\]]", "", scheme.layers[0].roles[0].example).split())


def _code(tags: Sequence[TagSet], text: str) -> str:
    """Write code that prints the entities of a text; within a line, nothing of the text ends the block."""
    if len(tags) == 1:
        return (
            "from transformers import pipeline\n\n"
            'find = pipeline("token-classification", model="DIR", aggregation_strategy="simple")\n'
            f"text = {text!r}\n"
            "for found in find(text):\n"
            '    print(found["entity_group"], found["word"], round(float(found["score"]), 3))\n'
        )
    columns = ", ".join(f'"{each.layer}": ({each.columns.start}, {each.columns.stop})' for each in tags)
    return (
        "import torch\nfrom transformers import AutoModelForTokenClassification, AutoTokenizer\n\n"
        'tokenizer = AutoTokenizer.from_pretrained("DIR")\n'
        'model = AutoModelForTokenClassification.from_pretrained("DIR").eval()\n'
        "# The columns of each layer, from and up to.\n"
        f"layers = {{{columns}}}\n"
        f"text = {text!r}\n"
        'inputs = tokenizer(text, return_offsets_mapping=True, return_tensors="pt")\n'
        'offsets = inputs.pop("offset_mapping")[0].tolist()\n'
        "with torch.inference_mode():\n"
        "    logits = model(**inputs).logits[0]\n"
        "for layer, (first, end) in layers.items():\n"
        "    best = logits[:, first:end].argmax(dim=-1) + first\n"
        "    for (left, right), tag in zip(offsets, best.tolist()):\n"
        "        label = model.config.id2label[tag]\n"
        '        if left < right and label[:2] in ("B-", "I-"):\n'
        "            print(layer, label, text[left:right])\n"
    )


def _scores(card: Card) -> Iterator[str]:
    if card.scores is None:
        yield "No validation split was there, so nothing is known of how well it labels what it has not learned from."
        return
    scores = card.scores.scores
    yield "Strict: a span counts when its bounds and its role are those of gold. On the whole validation articles"
    yield f"({scores.articles:,}), by the weights kept at epoch {card.info.epoch}. " + (
        "These scores chose the epoch, and so flatter it a little: they are no test."
        if card.settings.keep == "best"
        else "The last epoch was kept, whatever its scores."
    )
    yield ""
    lines = [("all", scores.micro)]
    lines += [(f"layer {name}", line) for name, line in scores.layers.items() if len(scores.layers) > 1]
    lines += list(scores.roles.items())
    yield from table(
        ("spans", "gold", "predicted", "correct", "precision", "recall", "F1", "95% interval"),
        [_row(name, line) for name, line in lines],
    )
    yield f"\nSignature: `{card.scores.signature}`"
    for warning in card.scores.warnings:
        yield f"\n- {plain(warning)}"


def _row(name: str, line: Line) -> tuple[str, ...]:
    sizes = (f"{number:,}" for number in (line.gold, line.predicted, line.correct))
    f1 = line.f1
    bounds = "-" if f1.low is None or f1.high is None else f"{f1.low:.3f} to {f1.high:.3f}"
    return name, *sizes, *map(_rate, (line.precision, line.recall, f1)), bounds


def _rate(rate: Estimate) -> str:
    return "-" if rate.value is None else f"{rate.value:.3f}"


def _encoder(card: Card) -> str:
    """Name the encoder, without the folders that it lies in."""
    name = card.settings.encoder
    if name == encoders.DEFAULT:
        return encoders.HUB
    return plain(Path(name).name if Path(name).expanduser().exists() else name)


def _counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _training(card: Card) -> Iterator[str]:
    info = card.info
    seen = f"epoch {info.epoch} of {card.settings.epochs}" + (f", ended behind {info.stopped}" if info.stopped else "")
    processes, threads = _counted(info.processes, "process", "processes"), _counted(info.threads, "thread", "threads")
    made = {
        "encoder": _encoder(card),
        "kept": seen,
        "window": f"{info.window} sub-tokens, overlapping by {info.overlap}",
        "machine": f"{plain(info.device)}, {info.precision}, {processes} of {threads}",
        "versions": ", ".join(f"{name} {plain(number)}" for name, number in info.versions.items()),
    }
    yield from table(("", ""), made.items())
    yield "\nSettings, which settings.yaml has too; metrics.jsonl has a line for each epoch:\n"
    told = card.settings.model_dump(mode="json", exclude=PRIVATE)
    yield from table(("setting", "value"), [(name, plain(str(value))) for name, value in told.items()])
