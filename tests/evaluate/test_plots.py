from rolecall.core.records import Article
from rolecall.evaluate.calibrate import Bin
from rolecall.evaluate.plots import Cell, Heat, HeatRow, Reliability, heats, reliable
from rolecall.evaluate.tokenwise import Confusion, Rates
from tests.evaluate.reported import label

ARTICLE = Article.of("Miners struck in Jarkul.", id="a")


def test_heat_by_hand() -> None:
    confusion = Confusion(("O", "PLACE", "TIME"), ((90, 10, 0), (1, 2, 1), (0, 0, 0)))
    rates = {"PLACE": Rates(0.2, 0.5, 0.3), "TIME": Rates(0.0, None, 0.0)}
    # Of six steps a cell takes its share of the row, rounded up: 90% is 5.4, 10% 0.6, 25% 1.5.
    assert [*heats({"setting": confusion}, {"setting": rates})] == [
        Heat(
            "setting",
            ("O", "PLACE", "TIME"),
            (
                HeatRow("O", (Cell(90, 6, True), Cell(10, 1, False), Cell(0, 0, False)), None),
                HeatRow("PLACE", (Cell(1, 2, False), Cell(2, 3, True), Cell(1, 2, False)), rates["PLACE"]),
                HeatRow("TIME", (Cell(0, 0, False), Cell(0, 0, False), Cell(0, 0, True)), rates["TIME"]),
            ),
        )
    ]


def test_scores_that_are_all_there_can_be_believed_or_not() -> None:
    gold = {"a": label(ARTICLE, [("struck", "PROTEST"), ("Jarkul", "PLACE")])}
    found = {"a": label(ARTICLE, [("struck", "PROTEST"), ("in Jarkul", "PLACE")], by="m", score=0.75)}
    # Two spans of score 0.75, one of them correct.
    assert reliable(gold, found) == Reliability((Bin(0.75, 0.75, 2, 1, 0.75),), 0.25, 2)


def test_without_scores_there_is_nothing_to_believe() -> None:
    gold = {"a": label(ARTICLE, [("struck", "PROTEST")])}
    assert reliable(gold, gold) is None
    assert reliable(gold, {"a": label(ARTICLE, [])}) is None
    assert reliable(gold, {"a": label(ARTICLE, [("struck", "PROTEST")], score=float("nan"))}) is None
    assert reliable(gold, {}) is None
