from io import StringIO

from rich.console import Console
from rich.table import Table

from rolecall.evaluate import table
from rolecall.evaluate.card import derive
from rolecall.evaluate.score import score
from tests.evaluate.material import SCHEME, annotation

GOLD = {"a": annotation("a", (0, 2, "PLACE"), (4, 6, "PLACE")), "b": annotation("b", (0, 2, "PLACE"))}
FOUND = {"a": annotation("a", (0, 2, "PLACE"), by="m"), "b": annotation("b", (0, 2, "PLACE"), by="m")}


def printed(what: Table) -> list[str]:
    console = Console(file=StringIO(), width=120)
    console.print(what)
    assert isinstance(console.file, StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_every_layer_and_role_has_a_line() -> None:
    card = score(GOLD, FOUND, SCHEME, resamples=100)
    lines = printed(table.score_table(derive(card), card.layers))
    # 2 of 3 found, 2 of 2 right; a alone is 2/3, b alone 1.
    assert "micro 3 1.000 0.667 0.800 0.667–1.000 †" in lines
    assert "macro 1 roles 1.000 0.667 0.800 0.667–1.000 †" in lines
    assert "weighted 1 roles 1.000 0.667 0.800 0.667–1.000 †" in lines
    assert "PLACE 3 1.000 0.667 0.800 0.667–1.000 †" in lines
    assert "TIME 0 – – –" in lines
    assert any(line.startswith("† doubtful interval") for line in lines)
    for role in SCHEME.roles:
        assert any(line.startswith(role) for line in lines)


def test_human_f1_stands_beside() -> None:
    people = {"a": {"ana": GOLD["a"], "ben": FOUND["a"]}}
    card = score(GOLD, FOUND, SCHEME, annotators=people, resamples=0)
    lines = printed(table.score_table(derive(card), card.layers))
    assert "role gold P R F1 95% interval human F1" in lines
    assert "micro 3 1.000 0.667 0.800 0.667" in lines  # ana has 2 spans of a, ben 1 of them
    assert not any("†" in line for line in lines)


def test_markup_in_names_stays_text() -> None:
    people = {"a": {"[red]ana[/red]": annotation("a", by="[red]ana[/red]"), "ben": annotation("a", by="ben")}}
    card = score(GOLD, FOUND, SCHEME, annotators=people, resamples=0)
    human = derive(card).human
    assert human is not None
    console = Console(file=StringIO(), width=120, markup=False)
    console.print(table.pair_table(human))
    assert isinstance(console.file, StringIO)
    assert "[red]ana[/red]" in console.file.getvalue()


def test_numbers() -> None:
    assert [table.number(value) for value in (None, 0.0, 0.12345, 1.0)] == ["–", "0.000", "0.123", "1.000"]
