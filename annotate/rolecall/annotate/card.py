"""The dataset card: a README.md that people read and the Hugging Face Hub understands.

Front matter: https://huggingface.co/docs/hub/datasets-cards
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import yaml

from rolecall.annotate.manifest import Manifest
from rolecall.annotate.rows import column_of
from rolecall.core import jsonl
from rolecall.core.scheme import Scheme

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_card(path: Path, manifest: Manifest, scheme: Scheme, languages: Iterable[str | None]) -> None:
    """Write the card of a dataset from what its manifest says."""
    jsonl.write_text(path, "\n".join(_card(manifest, scheme, languages)) + "\n")


def _card(manifest: Manifest, scheme: Scheme, languages: Iterable[str | None]) -> Iterator[str]:
    total = sum(counts.articles for counts in manifest.splits.values())
    spans = sum(counts.spans for counts in manifest.splits.values())
    yield f"---\n{_front_matter(manifest, scheme, languages)}---"
    yield f"\n# {scheme.name}: event roles in news\n"
    yield f"{scheme.purpose} {total:,} articles with {spans:,} labelled spans, scheme `{manifest.scheme}`.\n"
    yield '```python\nfrom datasets import load_from_disk\n\ndataset = load_from_disk("DIR")\n```'
    yield "\n## Columns\n"
    yield from _columns(scheme)
    yield "\n## Splits\n"
    yield from _splits(manifest)
    yield "\n## Roles\n"
    yield from _roles(manifest, scheme)
    if scheme.questions:
        yield "\n## Questions about the article\n"
        yield from _questions(manifest, scheme)
    yield "\n## Files\n"
    yield from _files()
    yield "\n## How it was made\n"
    yield from _making(manifest)
    yield "\n## Limits of the labels\n"
    yield from _limits(manifest)


def _front_matter(manifest: Manifest, scheme: Scheme, languages: Iterable[str | None]) -> str:
    """Write the metadata that the Hub reads; only languages that are codes are named."""
    total = sum(counts.articles for counts in manifest.splits.values())
    codes = sorted({name for name in languages if name and re.fullmatch(r"[a-z]{2,3}", name)})
    data = {
        **({"language": codes} if codes else {}),
        "task_categories": ["token-classification"],
        "pretty_name": f"{scheme.name}: event roles in news",
        "size_categories": [next((name for limit, name in SIZES if total < limit), "n>1M")],
        "tags": ["event-extraction", "news", "rolecall"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"{split}/data-*.arrow"} for split in manifest.splits],
            }
        ],
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _columns(scheme: Scheme) -> Iterator[str]:
    yield from _table(
        ("column", "what it holds"),
        [
            ("id", "the article's id"),
            ("story", "the story it belongs to, or null; no story stands in two splits"),
            ("text", "the article as it was labelled; every offset counts its code points, from 0, the end excluded"),
            ("spans", "labelled phrases: start, end, role, text (the quote); within a layer none overlap"),
            ("links", "[trigger, argument]: a phrase takes part in the event a trigger names; both number `spans`"),
            ("events", "triggers that name one event, as numbers of `spans`; any other trigger is an event of its own"),
            ("tokens", "words, and each mark on its own"),
            ("offsets", "[start, end] of each token in `text`"),
            *(
                (f"tags_{layer.name}", f"BIO tag of each token: {', '.join(role.name for role in layer.roles)}")
                for layer in scheme.layers
            ),
            *(
                (
                    column_of(each.name),
                    f"answers to “{each.question}”, {'any number' if each.several else 'one'} or none",
                )
                for each in scheme.questions
            ),
        ],
    )


def _splits(manifest: Manifest) -> Iterator[str]:
    columns = ("articles", "stories", "tokens", "spans", "links", "events")
    yield from _table(
        ("split", *columns, "spans in gold.jsonl", "annotators"),
        [
            (
                split,
                *(f"{getattr(counts, column):,}" for column in columns),
                f"{counts.gold_spans:,}",
                ", ".join(f"{name} {count:,}" for name, count in sorted(counts.annotators.items())) or "-",
            )
            for split, counts in manifest.splits.items()
        ],
    )
    yield "\nArticles without a story count as a story each. No story, duplicate or equal text stands in two splits."


def _roles(manifest: Manifest, scheme: Scheme) -> Iterator[str]:
    yield from _table(
        ("layer", "role", *manifest.splits, "definition"),
        [
            (
                scheme.layer_of[name],
                name,
                *(f"{counts.roles.get(name, 0):,}" for counts in manifest.splits.values()),
                role.definition,
            )
            for name, role in scheme.roles.items()
        ],
    )


def _questions(manifest: Manifest, scheme: Scheme) -> Iterator[str]:
    asked = [counts.answers or {} for counts in manifest.splits.values()]
    yield from _table(
        ("column", "answer", *manifest.splits),
        [
            (column_of(each.name), choice.value, *(f"{one.get(each.name, {}).get(choice.value, 0):,}" for one in asked))
            for each in scheme.questions
            for choice in each.choices
        ],
    )


def _files() -> Iterator[str]:
    yield from _table(
        ("file", "what it holds"),
        [
            ("SPLIT/articles.jsonl", "the articles with date, source and all else known of them"),
            ("SPLIT/gold.jsonl", "the annotation that the rows are made from, with all its spans: score against this"),
            ("SPLIT/annotators.jsonl", "each annotator's own labels of the same articles: measure agreement on these"),
            ("scheme.yaml", "the labelling scheme"),
            ("ledger.jsonl", "every label that was changed or dropped, with the reason, and the totals"),
            ("manifest.json", "inputs, options, counts, and the SHA-256 of every file"),
        ],
    )


def _making(manifest: Manifest) -> Iterator[str]:
    options = manifest.options
    words = ["rolecall", "annotate", "dataset", *(manifest.inputs[what].name for what in ("articles", "annotations"))]
    words += ["--scheme", "scheme.yaml"]
    plan = manifest.inputs.get("plan")
    if plan is not None:
        words += ["--plan", plan.name]
    if options.by is not None:
        words += ["--by", options.by]
    if options.split_field is None:
        words += ["--split", ",".join(f"{share:g}" for share in options.split), "--seed", str(options.seed)]
    else:
        words += ["--split-field", options.split_field]
    yield f"With rolecall {manifest.rolecall} and datasets {manifest.datasets}:\n"
    yield f"    {shlex.join(words)} --out DIR\n"
    if options.by is None:
        yield "An article's labels are its adjudicated annotation, else the only one that a person made."
    else:
        yield f"All labels are those of {options.by}."
    if plan is not None and "test" in manifest.splits:
        yield "The test split is the team plan's: labelled without suggestions."
    if manifest.unlabelled:
        yield f"{len(manifest.unlabelled):,} articles without labels were left out; manifest.json names them."
    yield "\nWhat went in and what became of it:\n"
    yield from (f"- {balance}" for balance in manifest.ledger)


def _limits(manifest: Manifest) -> Iterator[str]:
    lost = sum(counts.gold_spans - counts.spans for counts in manifest.splits.values())
    yield "- Score predictions against gold.jsonl. Tags reach whole tokens only, and rows hold no overlap in a layer:"
    yield f"  {lost:,} overlapping spans stand in gold.jsonl alone. Marks of doubt (`unsure`) stand there too."
    yield "- A phrase without a label is one that the annotators did not label, whether or not they saw it."
    alone = [split for split, counts in manifest.splits.items() if len(counts.annotators) < 2]
    if alone:
        yield f"- In {', '.join(alone)} fewer than two people labelled the articles, so their agreement is unknown."
    yield from _suggestions(manifest)
    yield "- The licence of the texts is not known to this card: add `license` to its head before publishing."


def _suggestions(manifest: Manifest) -> Iterator[str]:
    """Say which labels started from a model's suggestion, where any did."""
    alone = [f"{split} {len(one.suggested):,}" for split, one in manifest.splits.items() if one.suggested]
    if alone:
        yield f"- Articles whose gold is one person's alone and started from a model's suggestion: {', '.join(alone)}."
        yield "  It favours that model; `from_prediction` in gold.jsonl says which, manifest.json names the articles."
    aided = [
        f"{split} {name} {count:,}"
        for split, one in manifest.splits.items()
        for name, count in sorted((one.aided or {}).items())
    ]
    if aided:
        yield f"- Readings in annotators.jsonl that started from a suggestion: {', '.join(aided)}."
        yield "  Agreement leaves them out."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a Markdown table; a bar inside a cell would end it, a line break the table."""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(' '.join(cell.split()).replace('|', '&#124;') for cell in row)} |"
