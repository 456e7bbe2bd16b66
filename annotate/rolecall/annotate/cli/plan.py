"""The command that plans the team's work."""

import json
import sys
from collections.abc import Collection
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rolecall.annotate.plan import Assignment, Plan

app = typer.Typer()


@app.command(epilog="Example: rolecall annotate plan articles.jsonl --annotators ana,ben,caro --out plan.jsonl")
def plan(
    articles: Annotated[Path, typer.Argument(help="articles.jsonl, with the articles that are planned already.")],
    *,
    annotators: Annotated[str, typer.Option(help="Who labels: account names, or e-mail addresses, with commas.")],
    out: Annotated[Path, typer.Option(help="plan.jsonl to write; one that exists is kept, and grows.")],
    double: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the articles outside test to label twice.")
    ] = 0.2,
    test: Annotated[float, typer.Option(min=0, max=1, help="Share of the articles for test.")] = 0.15,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the draw.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Plan who labels which article: test articles twice, a share of the others twice, the rest once.

    Stories go into one part whole; pairs of annotators share equally many articles, and everybody gets equally many.
    Whatever is labelled twice, and all of test, goes out without suggestions.

    A plan that exists at --out is never reshuffled: what it says stays, articles that are new are added, those of a
    story in test to test, and the shares are of all articles, the earlier ones included. Who is new gets more until
    all have equally many; who is no longer named keeps past work and gets no more.
    """
    from rolecall.annotate import plan as worker
    from rolecall.core.errors import InputError
    from rolecall.core.jsonl import ArticleFile

    texts = ArticleFile(articles)
    if not texts:
        raise InputError("holds no articles", path=articles, remedy="bring some in: rolecall annotate ingest")
    names = [name.strip() for name in annotators.split(",")]
    earlier = worker.read(out) if out.is_file() else {}
    made = worker.make(texts.values(), names, double=double, test=test, seed=seed, earlier=earlier, path=out)
    worker.write(out, made)
    if as_json:
        counts = {"kept": len(earlier), "new": len(made) - len(earlier), **_counts(made, names)}
        print(json.dumps(counts, ensure_ascii=False))
    else:
        _print(made, names)
        kept = f"{len(earlier):,} assignments kept as they were, " if earlier else ""
        print(f"{out}: {kept}{len(made) - len(earlier):,} new")
    if once := sum(not assignment.shared for assignment in made.values() if assignment.split):
        print(f"{once:,} test articles are labelled once: no agreement can be measured there", file=sys.stderr)
    if not any(assignment.shared for assignment in made.values()):
        print("every article is labelled once: no agreement can be measured", file=sys.stderr)


def _counts(made: "Plan", names: list[str]) -> dict[str, Any]:
    """Count for all together, for everybody who is named here or in the plan, and for each two who could share."""
    from rolecall.annotate.plan import pairs, work

    shares, shared = work(made), pairs(made)
    couples = sorted(shared.keys() | set(combinations(sorted(names), 2)))
    return {
        **_row(made.values()),
        "annotators": {name: _row(shares.get(name, [])) for name in sorted({*names, *shares})},
        "pairs": [{"annotators": couple, "shared": shared[couple]} for couple in couples],
    }


def _row(given: "Collection[Assignment]") -> dict[str, int]:
    """Count what one annotator gets, or what all get together."""
    shared = sum(assignment.shared for assignment in given)
    suggest = sum(assignment.suggest for assignment in given)
    return {
        "articles": len(given),
        "alone": len(given) - shared,
        "shared": shared,
        "test": sum(assignment.split == "test" for assignment in given),
        "with_suggestions": suggest,
        "without_suggestions": len(given) - suggest,
    }


def _print(made: "Plan", names: list[str]) -> None:
    counts = _counts(made, names)
    width = max(len("annotator"), *map(len, counts["annotators"]))
    print(f"{'annotator':{width}}  articles   alone  shared    test  with suggestions  without")
    for name, row in counts["annotators"].items():
        print(
            f"{name:{width}}{row['articles']:10,}{row['alone']:8,}{row['shared']:8,}{row['test']:8,}"
            f"{row['with_suggestions']:18,}{row['without_suggestions']:9,}"
        )
    for pair in counts["pairs"]:
        print(f"{' and '.join(pair['annotators'])} share {pair['shared']:,}")
    print(f"{counts['articles']:,} articles, {counts['test']:,} of them test, {counts['shared']:,} labelled twice")
