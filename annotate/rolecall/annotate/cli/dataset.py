"""The command that builds a dataset."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from rolecall.core.cli import FINDING
from rolecall.core.terminal import shown
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.manifest import Manifest

app = typer.Typer(rich_markup_mode=None)
SHARES = "0.7,0.15,0.15"
WAYS = ("--plan", "--splits", "--split-ids", "--split-field")

By = Annotated[
    str | None,
    typer.Option(
        help="Whose labels to take, and nobody else's; of several names, commas between, the first who labelled an "
        "article. Else the adjudicated, else the only ones."
    ),
]
Decide = Annotated[
    str | None,
    typer.Option(
        "--rule",
        help="Where several people labelled an article and nobody adjudicated: majority, or precedence:ana,ben.",
    ),
]
Split = Annotated[
    str | None, typer.Option(help=f"Shares of train, validation and test.  [default: {SHARES}]", show_default=False)
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="Seed of the draw.  [default: 0]")]
SplitBy = Annotated[
    Literal["story", "date", "source"] | None,
    typer.Option(
        help="story: drawn, no story in two splits. date: train is the past, a story goes by its latest date. source: "
        "drawn, no source in two splits, nor a story.  [default: story]"
    ),
]
SplitField = Annotated[
    str | None, typer.Option(help="Take splits from this field of the articles, such as meta.split.")
]
SplitIds = Annotated[
    Path | None,
    typer.Option(
        help="Take splits from this file, which names every labelled article: lines of id, tab, split; a .json object "
        "of splits by id; or a splits.jsonl."
    ),
]
Splits = Annotated[
    Path | None,
    typer.Option(
        help="The splits.jsonl of an earlier dataset, to hold on to: articles stay where they are, new ones go where "
        "their story is, and new stories are drawn into train and validation, never into test."
    ),
]
Plan = Annotated[
    Path | None,
    typer.Option(
        help="Team plan: its test articles are the test split, the others are drawn into train and validation, in the "
        "proportion that --split gives them."
    ),
]
Folds = Annotated[int | None, typer.Option(min=2, help="Number the groups of train 0 to FOLDS - 1, in a column fold.")]
MaxLoss = Annotated[
    str | None,
    typer.Option(
        help="How many spans, or what share of them (0.5%), may be lost between labels and tags: dropped since they "
        "overlap, share a token or hold none, or widened since they end inside a token. Beyond it each is named and "
        "the exit code is 1; the dataset is written all the same, to be looked at."
    ),
]
Parquet = Annotated[bool, typer.Option("--parquet", help="Write the rows as Parquet too, under parquet/.")]
Licence = Annotated[
    str | None,
    typer.Option("--license", help="Licence of the texts as the Hub names it, such as cc-by-4.0, for the card."),
]
AllowDoubles = Annotated[
    bool,
    typer.Option(
        "--allow-doubles", help="Build although near-duplicates stand in two splits or folds; the card says so."
    ),
]


@app.command(
    epilog="Example: rolecall annotate dataset articles.jsonl annotations.jsonl --scheme protest --out dataset"
)
def dataset(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl.")],
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl of everyone who labelled them.")],
    *,
    scheme: Annotated[str, typer.Option(help="Scheme of the labels: a name or a path.")],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
    by: By = None,
    rule: Decide = None,
    split: Split = None,
    seed: Seed = None,
    split_by: SplitBy = None,
    split_field: SplitField = None,
    split_ids: SplitIds = None,
    splits: Splits = None,
    plan: Plan = None,
    folds: Folds = None,
    max_loss: MaxLoss = None,
    parquet: Parquet = False,
    licence: Licence = None,
    allow_doubles: AllowDoubles = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dataset that stands at --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> None:
    """Build a Hugging Face dataset, split by story, with a card and a ledger of every label that it changes or drops.

    Beside the rows stand, for each split, the articles, the gold with all its spans (to score against), and each
    annotator's labels (to measure agreement on). Roles are spread over drawn splits as evenly as whole stories allow.
    """
    from msgspec import UNSET

    from rolecall.annotate.corpus import Settled
    from rolecall.annotate.dataset import build
    from rolecall.annotate.manifest import Options
    from rolecall.core.progress import track
    from rolecall.core.scheme import load_scheme

    given = {"--plan": plan, "--splits": splits, "--split-ids": split_ids, "--split-field": split_field,
             "--split-by": split_by, "--split": split, "--seed": seed, "--folds": folds}  # fmt: skip
    _check_together({name for name, value in given.items() if value is not None}, split_by)
    _check_people(by, rule)
    limit = None if max_loss is None else _limit(max_loss)

    options = Options(
        by=by, rule=UNSET if rule is None else _rule(rule), split=_shares(split or SHARES), seed=seed or 0,
        split_field=split_field, split_by=UNSET if split_by in {None, "story"} else split_by, folds=folds or UNSET,
        parquet=parquet or UNSET, licence=UNSET if licence is None else _licence(licence),
        allow_doubles=allow_doubles or UNSET,
    )  # fmt: skip
    manifest = build(
        articles, annotations, load_scheme(scheme), out, options,
        settled=Settled(plan, splits, split_ids), overwrite=overwrite, watch=track,
    )  # fmt: skip
    if as_json:
        sys.stdout.write(manifest.text())
    else:
        _print(manifest, out, plan)
    if limit is not None and _over(manifest, out, limit):
        raise typer.Exit(FINDING)


def _check_together(given: set[str], split_by: str | None) -> None:
    """Refuse options that do not go together."""
    ways = [name for name in WAYS if name in given]
    if len(ways) > 1:
        raise typer.BadParameter(f"choose one of {', '.join(ways)}: each says which articles are where")
    if ways and "--split-by" in given and (ways != ["--splits"] or split_by == "date"):
        raise typer.BadParameter(f"{ways[0]} says which articles are where, and --split-by divides them: choose one")
    taken = next((name for name in ("--split-ids", "--split-field") if name in given), None)
    if taken and "--split" in given:
        raise typer.BadParameter(f"--split draws splits and {taken} takes them as they are: choose one")
    if "--seed" in given and "--folds" not in given and (taken or split_by == "date"):
        raise typer.BadParameter(f"--seed: nothing is drawn with {taken or '--split-by date'}: leave it out")


def _check_people(by: str | None, rule: str | None) -> None:
    """Refuse names of nobody, and names beside a rule."""
    if by is not None and not by.strip(", "):
        raise typer.BadParameter("--by names nobody: write a name, or several with commas between")
    if by is not None and rule is not None:
        raise typer.BadParameter("--by takes some people's labels and --rule decides between all: choose one")


def _shares(text: str) -> tuple[float, float, float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) != 3 or min(shares) < 0 or not abs(sum(shares) - 1) < 1e-6:
        raise typer.BadParameter(f"--split {text!r}: write three shares that add up to 1, such as {SHARES}")
    return shares[0], shares[1], shares[2]


def _rule(words: str) -> str:
    from rolecall.annotate.adjudication.rules import parse_rule

    parse_rule(words)
    return words


def _licence(name: str) -> str:
    from rolecall.annotate.card import LICENCE

    if not re.fullmatch(LICENCE, name):
        raise typer.BadParameter(f"--license {name!r}: write it as the Hub does, such as cc-by-4.0, or other")
    return name


class _Limit(NamedTuple):
    """How many spans may be lost, or what share of them."""

    number: float
    share: bool

    def allows(self, lost: int, of: int) -> bool:
        """Whether a loss is within it."""
        return lost <= (self.number / 100 * of + 1e-9 if self.share else self.number)


def _limit(words: str) -> _Limit:
    found = re.fullmatch(r"(\d+)|(\d+(?:\.\d+)?)\s?%", words.strip())
    if not found or (found[2] and float(found[2]) > 100):
        raise typer.BadParameter(f"--max-loss {words!r}: write a number of spans, such as 0, or a share, such as 0.5%")
    return _Limit(float(found[1] or found[2]), found[2] is not None)


def _over(manifest: "Manifest", out: Path, limit: _Limit) -> bool:
    """Tell whether more spans are lost than may be, and name every one of them."""
    from rolecall.annotate.rows import OVERLAP, is_lost
    from rolecall.core.jsonl import read
    from rolecall.core.ledger import Balance, Entry

    def lost() -> Iterable[Entry]:
        lines: Iterable[Entry | Balance] = read(out / "ledger.jsonl", Entry | Balance)  # type: ignore[arg-type]
        return (line for line in lines if isinstance(line, Entry) and is_lost(line))

    count = sum(1 for _ in lost())
    entered = sum(book.entered for book in manifest.ledger if (book.stage, book.unit) == (OVERLAP, "span"))
    if limit.allows(count, entered):
        return False
    allowed = f"{limit.number:g}{'%' if limit.share else ''}"
    print(f"{count:,} of {entered:,} spans are lost, more than --max-loss {allowed}:", file=sys.stderr)
    for entry in lost():
        more = f" {entry.winner or entry.became}" if entry.winner or entry.became else ""
        print(shown(f"  {entry.article} by {entry.by}: {entry.item}: {entry.reason}{more}"), file=sys.stderr)
    return True


def _print(manifest: "Manifest", out: Path, plan: Path | None) -> None:
    for name, counts in manifest.splits.items():
        print(
            f"{name:10} {counts.articles:6,} articles {counts.stories:6,} stories {counts.spans:7,} spans"
            f" {counts.links:7,} links {counts.events:6,} events"
        )
    for balance in manifest.ledger:
        print(balance)
    if len(manifest.gold) > 1 or manifest.options.rule:
        print("labels: " + ", ".join(f"{what} {count:,}" for what, count in manifest.gold.items()))
    for name, counts in manifest.splits.items():
        if counts.suggested:
            who = "gold by one person, started from a model's suggestion"
            print(f"{who}, in {name}: {len(counts.suggested):,} articles: {_some(counts.suggested)}")
    if manifest.unlabelled:
        print(f"left out, without labels: {len(manifest.unlabelled):,} articles: {_some(manifest.unlabelled)}")
    if plan is not None and (missing := _untested(manifest, plan)):
        print(f"test articles of the plan still without labels: {len(missing):,}: {_some(missing)}")
    _print_division(manifest)
    print(f"{out}: dataset for {manifest.scheme}")


def _print_division(manifest: "Manifest") -> None:
    """Tell what did not fit into the splits."""
    if cut := manifest.cut:
        for what, names in (("dated before their split, with their story", cut.early),
                            ("without a date, put with their story", cut.undated)):  # fmt: skip
            if names:
                print(f"{what}: {len(names):,} articles: {_some(names)}")
    if manifest.options.split_by == "source" and (silent := manifest.facts.sources.get("", 0)):
        print(f"without a source, put by their story alone: {silent:,} articles")
    if manifest.absent:
        print(f"in the file of splits, but not labelled here: {len(manifest.absent):,}: {_some(manifest.absent)}")
    for double in manifest.doubles or []:
        print(shown(f"near-duplicates in two {double.apart}: {double}"), file=sys.stderr)


def _untested(manifest: "Manifest", plan: Path) -> list[str]:
    """Name the test articles that were left out."""
    from rolecall.annotate.plan import held_out, read

    test = held_out(read(plan))
    return [name for name in manifest.unlabelled if name in test]


def _some(names: Sequence[str]) -> str:
    return shown(", ".join(few(names)))
