from rolecall.evaluate.agreement import agree
from rolecall.evaluate.notes import on_agreement
from tests.evaluate.material import annotation


def test_a_few_articles_of_each_annotator_are_named() -> None:
    readings = {
        str(n): {"ana": annotation(str(n), by="ana", suggestion="m1"), "ben": annotation(str(n), by="ben")}
        for n in range(1, 6)
    }
    readings["5"]["ben"] = annotation("5", by="ben", suggestion="m1")
    gold = {"1": annotation("1", kind="adjudicated", suggestion="m1")}
    assert [*on_agreement(agree(readings, gold, [*readings], {}))] == [
        "agreement leaves out 6 annotations made from a model's suggestion: ana 5 (1, 2, 3, ...), ben 1 (5)",
        "gold: 1 adjudication started from a model's suggestion; annotators are held against it",
        "1 pair of annotators without a common article that both labelled without a suggestion: not compared",
    ]


def test_nothing_left_to_compare_is_said_first() -> None:
    readings = {"1": {"ana": annotation("1", by="ana"), "ben": annotation("1", by="ben", suggestion="m1")}}
    assert [*on_agreement(agree(readings, {}, ["1", "2"], {}))] == [
        "no two people's labels of these articles to compare, leaving out those that started from a suggestion",
        "agreement leaves out 1 annotation made from a model's suggestion: ben 1 (1)",
        "ana labelled 1 of the 2 articles",
        "ben labelled 1 of the 2 articles",
        "1 pair of annotators without a common article that both labelled without a suggestion: not compared",
    ]
