"""The parts of a card that tell how a dataset came about: the command, the choice of labels, the splits."""

import shlex
from collections.abc import Iterator

from rolecall.annotate.manifest import Manifest
from rolecall.core.markdown import plain
from rolecall.core.terminal import shown
from rolecall.core.wording import names_in


def division(manifest: Manifest) -> Iterator[str]:
    """Say how articles came into their splits."""
    options, files = manifest.options, manifest.inputs
    if "plan" in files and "test" in manifest.splits:
        yield "The test split is the team plan's: labelled without suggestions."
    if options.split_field is not None:
        yield f"Articles say themselves which split they are in ({plain(options.split_field)})."
    elif "ids" in files:
        yield f"{plain(files['ids'].name)} says which split each article is in."
    elif "splits" in files:
        yield f"Articles stay where {plain(files['splits'].name)} has them, others go where their story is; new stories"
        yield "were drawn into train and validation, so test is what it was, but for new reports of its stories."
    elif options.split_by == "date":
        yield "Train is the past: a story goes by its latest date, and nothing in a split is later than its last day."
    elif options.split_by == "source":
        yield "No source stands in two splits, and stories that share one are together."
    else:
        yield "Stories were drawn so that sizes are right and roles are spread evenly."
    if manifest.cut:
        days = ", ".join(f"{split} {day}" for split, day in manifest.cut.until.items())
        yield f"Last days: {days}." if days else "There is one split, so no cut."
        yield f"{len(manifest.cut.early):,} articles are in a later split than their own date says, with their story,"
        yield f"and {len(manifest.cut.undated):,} without a date went with theirs; manifest.json names them."
    if manifest.absent:
        yield f"{len(manifest.absent):,} articles of that file are not labelled ones here; manifest.json names them."
    yield "splits.jsonl says where each article is: `--splits splits.jsonl` holds on to it when others come."


def making(manifest: Manifest) -> Iterator[str]:
    """Tell the command, whose labels stand, and what became of every label."""
    yield f"With rolecall {manifest.rolecall} and datasets {manifest.datasets}:\n"
    yield f"    {shown(shlex.join(_command(manifest)))} --out DIR\n"
    options = manifest.options
    if options.by is None:
        yield "An article's labels are its adjudicated annotation, else the only one that a person made."
    else:
        yield f"All labels are those of {plain(' or else '.join(names_in(options.by)))}."
    if options.rule:
        yield f"Where several people read an article and nobody adjudicated, the rule is {plain(options.rule)}."
    if manifest.gold:
        made = ", ".join(f"{plain(what)} {count:,}" for what, count in manifest.gold.items())
        yield f"\nArticles by what made their labels stand: {made}.\n"
    if manifest.unlabelled:
        yield f"{len(manifest.unlabelled):,} articles without labels were left out; manifest.json names them."
    yield "\nWhat went in and what became of it (ledger.jsonl names each label that was changed or dropped):\n"
    yield from (f"- {balance}" for balance in manifest.ledger)


def _command(manifest: Manifest) -> Iterator[str]:
    """Yield the words of the command that builds the dataset again, but for the folder."""
    options = manifest.options
    yield from ("rolecall", "annotate", "dataset")
    yield from (manifest.inputs[what].name for what in ("articles", "annotations"))
    yield from ("--scheme", "scheme.yaml")
    for what, flag in (("plan", "--plan"), ("splits", "--splits"), ("ids", "--split-ids")):
        if what in manifest.inputs:
            yield from (flag, manifest.inputs[what].name)
    if options.by is not None:
        yield from ("--by", options.by)
    if options.rule:
        yield from ("--rule", options.rule)
    if options.split_by:
        yield from ("--split-by", options.split_by)
    settled = options.split_field is not None or "ids" in manifest.inputs
    if options.split_field is not None:
        yield from ("--split-field", options.split_field)
    if not settled:
        yield from ("--split", ",".join(f"{share:g}" for share in options.split))
    if options.folds:
        yield from ("--folds", str(options.folds))
    if options.folds or not (settled or options.split_by == "date"):
        yield from ("--seed", str(options.seed))
    if options.parquet:
        yield "--parquet"
    if options.licence:
        yield from ("--license", options.licence)
    if options.allow_doubles:
        yield "--allow-doubles"
