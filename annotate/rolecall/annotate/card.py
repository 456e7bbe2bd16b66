"""The dataset card: a README.md that people read and the Hugging Face Hub understands.

Front matter: https://huggingface.co/docs/hub/datasets-cards
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from rolecall.annotate.about import about, agreement, rate
from rolecall.annotate.doubles import told
from rolecall.annotate.making import division, making
from rolecall.annotate.manifest import Manifest
from rolecall.annotate.rows import column_of
from rolecall.core import jsonl
from rolecall.core.markdown import plain, quoted, table
from rolecall.core.scheme import Scheme

LICENCE = r"[a-z0-9][a-z0-9.+-]*"
"""What the Hub takes for the name of a licence; it knows a list of them."""
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


Tables = Mapping[str, Sequence[str]]
"""The files of each split that `load_dataset` reads, by their paths in the folder."""


def write_card(path: Path, manifest: Manifest, scheme: Scheme, tables: Tables) -> None:
    """Write the card of a dataset from what its manifest says."""
    jsonl.write_text(path, "\n".join(_card(manifest, scheme, tables)) + "\n")


def _card(manifest: Manifest, scheme: Scheme, tables: Tables) -> Iterator[str]:
    total = sum(counts.articles for counts in manifest.splits.values())
    spans = sum(counts.spans for counts in manifest.splits.values())
    yield f"---\n{_front_matter(manifest, scheme, tables)}---"
    yield f"\n# {scheme.name}: event roles in news\n"
    yield f"{plain(scheme.purpose)} {total:,} articles with {spans:,} labelled spans, scheme `{manifest.scheme}`.\n"
    yield "\n## Load it\n"
    yield from _loading(manifest)
    yield "\n## Columns\n"
    yield from _columns(manifest, scheme)
    yield "\n## Splits\n"
    yield from _splits(manifest)
    yield "\n## Roles\n"
    yield from _roles(manifest, scheme)
    yield "\n## Sources, years, languages\n"
    yield from about(manifest.facts)
    yield "\n## Agreement\n"
    yield from agreement(manifest.facts)
    if scheme.questions:
        yield "\n## Questions about the article\n"
        yield from _questions(manifest, scheme)
    yield "\n## Files\n"
    yield from _files()
    yield "\n## How it was made\n"
    yield from making(manifest)
    yield "\n## Limits of the labels\n"
    yield from _limits(manifest)


def _loading(manifest: Manifest) -> Iterator[str]:
    """Yield code that works as it stands once DIR is this folder."""
    yield '```python\nfrom datasets import load_from_disk\n\ndataset = load_from_disk("DIR")\n```\n'
    yield "Or by the list of files in this card's head, from a copy or from the Hub:\n"
    yield '```python\nfrom datasets import load_dataset\n\ndataset = load_dataset("DIR")\n```\n'
    yield "Or with every file checked against manifest.json first:\n"
    yield "```python\nfrom rolecall.annotate.dataset import load\n\n"
    yield f'dataset = load("DIR", "{manifest.scheme}")\n```'
    if manifest.options.folds and "train" in manifest.splits:
        yield f"\nTrain has {manifest.options.folds} folds for cross-validation, numbered from 0; no story is in two:\n"
        yield '```python\nfrom datasets import load_from_disk\n\ntrain = load_from_disk("DIR")["train"]'
        yield 'learned = train.filter(lambda row: row["fold"] != 0)'
        yield 'held_out = train.filter(lambda row: row["fold"] == 0)\n```'


def _front_matter(manifest: Manifest, scheme: Scheme, tables: Tables) -> str:
    """Write the metadata that the Hub reads; only languages that are codes are named."""
    total = sum(counts.articles for counts in manifest.splits.values())
    codes = sorted(name for name in manifest.facts.languages if re.fullmatch(r"[a-z]{2,3}", name))
    licence = licence_of(manifest)
    data = {
        **({"license": licence} if licence else {}),
        **({"language": codes} if codes else {}),
        "task_categories": ["token-classification"],
        "pretty_name": f"{scheme.name}: event roles in news",
        "size_categories": [next((name for limit, name in SIZES if total < limit), "n>1M")],
        "tags": ["event-extraction", "news", "rolecall"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": files[0] if len(files) == 1 else [*files]}
                    for split, files in tables.items()
                ],
            }
        ],
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _columns(manifest: Manifest, scheme: Scheme) -> Iterator[str]:
    yield from table(
        ("column", "what it holds"),
        [
            ("id", "the article's id"),
            ("story", "the story it belongs to, or null; no story stands in two splits"),
            *(
                [("fold", "number of the fold of cross-validation in train, else null")]
                if manifest.options.folds
                else []
            ),
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
                    f"answers to “{plain(each.question)}”, {'any number' if each.several else 'one'} or none",
                )
                for each in scheme.questions
            ),
        ],
    )


def _splits(manifest: Manifest) -> Iterator[str]:
    columns = ("articles", "stories", "tokens", "spans", "links", "events")
    yield from table(
        ("split", *columns, "spans in gold.jsonl", "annotators"),
        [
            (
                split,
                *(f"{getattr(counts, column):,}" for column in columns),
                f"{counts.gold_spans:,}",
                ", ".join(f"{plain(name)} {count:,}" for name, count in sorted(counts.annotators.items())) or "-",
            )
            for split, counts in manifest.splits.items()
        ],
    )
    yield "\nArticles without a story count as a story each. No story, duplicate or equal text stands in two splits."
    yield from division(manifest)


def _roles(manifest: Manifest, scheme: Scheme) -> Iterator[str]:
    facts = manifest.facts
    yield from table(
        ("layer", "role", *manifest.splits, "definition", "examples in train", "agreement (F1)"),
        [
            (
                scheme.layer_of[name],
                name,
                *(f"{counts.roles.get(name, 0):,}" for counts in manifest.splits.values()),
                plain(role.definition),
                quoted(facts.examples.get(name, ())),
                rate(facts.by_role.get(name)),
            )
            for name, role in scheme.roles.items()
        ],
    )


def _questions(manifest: Manifest, scheme: Scheme) -> Iterator[str]:
    asked = [counts.answers or {} for counts in manifest.splits.values()]
    yield from table(
        ("column", "answer", *manifest.splits),
        [
            (
                column_of(each.name),
                plain(choice.value),
                *(f"{one.get(each.name, {}).get(choice.value, 0):,}" for one in asked),
            )
            for each in scheme.questions
            for choice in each.choices
        ],
    )


def _files() -> Iterator[str]:
    yield from table(
        ("file", "what it holds"),
        [
            ("SPLIT/articles.jsonl", "the articles with date, source and all else known of them"),
            ("SPLIT/gold.jsonl", "the annotation that the rows are made from, with all its spans: score against this"),
            ("SPLIT/annotators.jsonl", "each annotator's own labels of the same articles: measure agreement on these"),
            ("splits.jsonl", "the split of each article, and its fold where there are folds"),
            ("scheme.yaml", "the labelling scheme"),
            ("ledger.jsonl", "every label that was changed or dropped, with the reason, and the totals"),
            ("manifest.json", "inputs, options, counts, and the SHA-256 of every file"),
        ],
    )


def _limits(manifest: Manifest) -> Iterator[str]:
    lost = sum(counts.gold_spans - counts.spans for counts in manifest.splits.values())
    yield "- Score predictions against gold.jsonl. Tags reach whole tokens only, and rows hold no overlap in a layer:"
    yield f"  {lost:,} overlapping spans stand in gold.jsonl alone. Marks of doubt (`unsure`) stand there too."
    yield "- A phrase without a label is one that the annotators did not label, whether or not they saw it."
    alone = [split for split, counts in manifest.splits.items() if len(counts.annotators) < 2]
    if alone:
        yield f"- In {', '.join(alone)} fewer than two people labelled the articles, so their agreement is unknown."
    yield from _suggestions(manifest)
    if manifest.doubles:
        yield f"- {told(manifest.doubles)}, which flatters a model; manifest.json names them."
    yield from _licence(manifest)


def _licence(manifest: Manifest) -> Iterator[str]:
    """Say what is known of the licence of the texts."""
    declared = {name: count for name, count in manifest.facts.licences.items() if name}
    if manifest.options.licence:
        yield f"- The licence is {plain(manifest.options.licence)}, as who built the dataset says."
    if declared:
        told = ", ".join(f"{plain(name)} {count:,}" for name, count in sorted(declared.items()))
        silent = manifest.facts.licences.get("", 0)
        yield f"- Licences that articles declare: {told}; {silent:,} declare none."
    if licence_of(manifest) is None:
        yield "- The licence of the texts is not known to this card: add `license` to its head before publishing."


def licence_of(manifest: Manifest) -> str | None:
    """Return the licence for the head of the card: that of who built it, else the one that every article declares."""
    found = (manifest.options.licence or manifest.facts.licence or "").lower()
    return found if re.fullmatch(LICENCE, found) else None


def _suggestions(manifest: Manifest) -> Iterator[str]:
    """Say which labels started from a model's suggestion, where any did."""
    alone = [f"{split} {len(one.suggested):,}" for split, one in manifest.splits.items() if one.suggested]
    if alone:
        yield f"- Articles whose gold is one person's alone and started from a model's suggestion: {', '.join(alone)}."
        yield "  It favours that model; `from_prediction` in gold.jsonl says which, manifest.json names the articles."
    aided = [
        f"{split} {plain(name)} {count:,}"
        for split, one in manifest.splits.items()
        for name, count in sorted((one.aided or {}).items())
    ]
    if aided:
        yield f"- Readings in annotators.jsonl that started from a suggestion: {', '.join(aided)}."
        yield "  Agreement leaves them out."
