"""The command that measures agreement, and shows what people differ about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rolecall.evaluate.cli import options
from rolecall.evaluate.cli.options import Articles, Json, Resamples, SchemeName, Seed

if TYPE_CHECKING:
    from rolecall.evaluate.card import AgreementCard, DerivedAgreement

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Example: rolecall evaluate agree annotations.jsonl --articles articles.jsonl --guidelines guidelines.md "
    "--out agreement.json --html agreement.html"
)
def agree(
    annotations: Annotated[Path, typer.Argument(help="annotations.jsonl with two or more annotators")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write the numbers (JSON).")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Where to write the page that shows the annotators side by side.")
    ] = None,
    differences: Annotated[Path | None, typer.Option(help="Where to write every disagreement (JSON Lines).")] = None,
    articles: Articles = None,
    guidelines: Annotated[
        Path | None, typer.Option(help="The guidelines (Markdown): where they speak of what is in dispute.")
    ] = None,
    scheme: SchemeName = None,
    gold_by: Annotated[
        str | None, typer.Option(help="The annotator whose readings are gold; else whoever adjudicated.")
    ] = None,
    tokens: Annotated[
        bool, typer.Option("--tokens", help="Agreement by token too, corrected for chance; the page always has it.")
    ] = False,
    shown: Annotated[
        int | None, typer.Option(min=1, help="Articles that the page shows with their text, the most disputed first.")
    ] = None,
    resamples: Resamples = 1000,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Measure agreement: each pair of annotators, and each annotator against gold, where there is one.

    By role and layer, links and events too, with the kinds of disagreement and what they ask of the guidelines.
    Annotations that started from a model's suggestion are left out and listed, drafts and skipped ones are counted.
    """
    from rolecall.core import jsonl
    from rolecall.core.errors import InputError
    from rolecall.core.progress import track
    from rolecall.evaluate import agreement_files, agreement_page, card
    from rolecall.evaluate.guidelines import read_guidelines

    outputs = _outputs(out, html, differences, inputs=(annotations, articles, guidelines, scheme))
    if html is not None and articles is None:
        raise InputError("--html shows the articles", remedy="add --articles articles.jsonl")
    passages = None if guidelines is None else read_guidelines(guidelines)
    opened = agreement_files.open_agreement(annotations, articles=articles, scheme=scheme, gold_by=gold_by)
    found = agreement_files.compare(opened)
    numbers = agreement_files.measure(opened, found, tokens=tokens or html is not None, resamples=resamples, seed=seed)
    derived = card.derive_agreement(numbers, opened.scheme, passages)
    if out is not None:
        card.write(out, numbers, derived)
    if differences is not None:
        jsonl.write(differences, found)
    if html is not None:
        page = agreement_page.make_page(opened, numbers, derived, found, shown=shown or agreement_page.SHOWN)
        sides = page.articles()
        agreement_page.write_page(html, page, track(sides, "articles", total=page.sided) if page.sided else sides)
    if as_json:
        print(card.encode(numbers, derived), end="")
        return
    _tell(numbers, derived, outputs)


def _outputs(*paths: Path | None, inputs: tuple[Path | str | None, ...]) -> list[Path]:
    """Return the files to write; raise InputError where one is an input, or stands twice."""
    from rolecall.core.errors import InputError
    from rolecall.evaluate.readings import check_out

    outputs = [path for path in paths if path is not None]
    for path in outputs:
        check_out(path, *(Path(each) if each else None for each in inputs))
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise InputError("two outputs have the same path", remedy="give --out, --html and --differences a file each")
    return outputs


def _tell(numbers: "AgreementCard", derived: "DerivedAgreement", outputs: list[Path]) -> None:
    """Print the tables, the questions, the notes, and what was written."""
    from rolecall.evaluate import agreement_table, details_table, table

    shown = options.console()
    if derived.human.pairs:
        shown.print(table.pair_table(derived.human))
        shown.print(table.agreement_table(derived, numbers.layers))
        for each in agreement_table.tables(numbers, derived):
            shown.print(each)
        if any(each.cohen for each in numbers.kappa.values()):
            shown.print(details_table.kappa_table(numbers.kappa))
            shown.print(details_table.SECONDARY, soft_wrap=True)
        for line in agreement_table.questions(derived):
            shown.print(line, soft_wrap=True)
    options.close(shown, derived.warnings, derived.signature, outputs[0] if outputs else None)
    for path in outputs[1:]:
        shown.print(f"wrote {path}", soft_wrap=True)
