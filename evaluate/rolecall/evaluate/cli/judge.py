"""Commands that judge: the gate."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: rolecall evaluate gate scorecard.json --min micro.f1=0.5 --min roles.ARREST.recall=0.6")
def gate(
    scorecard: Annotated[Path, typer.Argument(help="what `rolecall evaluate score --out` wrote")],
    *,
    config: Annotated[
        str | None, typer.Option(help="Thresholds, by name or path; `default` where no --min is given.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="KEY=VALUE", help="A threshold, added to the config or in its place."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Hold a scorecard against thresholds: exit code 0 when all are reached, 1 when one is not."""
    from rolecall.evaluate import card
    from rolecall.evaluate import gate as gates

    found = card.read(scorecard)
    name = "default" if config is None and not minimum else config
    checks = gates.gate(found, gates.read_minimum(found, name, minimum or []))
    passed = all(check.passed for check in checks)
    if as_json:
        print(json.dumps({"passed": passed, "checks": [check._asdict() for check in checks]}, indent=2))
    else:
        width = max(len(check.key) for check in checks)
        for check in checks:
            verdict = "pass" if check.passed else "FAIL"
            print(f"{verdict}  {check.key:{width}}  {check.reason or check.words}")
    if not passed:
        raise typer.Exit(1)
