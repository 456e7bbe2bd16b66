from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key
from rolecall.evaluate.tally import Row, tally, total
from tests.evaluate.material import annotation, corpora, sides

Corpus = dict[str, tuple[list[Key], list[Key]]]


def test_rows_by_hand() -> None:
    gold = {"b": annotation("b", (0, 5, "PROTEST")), "a": annotation("a", (1, 2, "PLACE"), (1, 2, "PLACE"))}
    predicted = {"a": annotation("a", (1, 2, "PLACE"), (3, 4, "PLACE"), by="m")}
    found = tally(gold, predicted, {"a": "story"})
    assert (found.gold, found.predicted) == ("gold", "m")
    assert found.rows == (
        Row("a", "story", {"PLACE": Counts(1, 2, 1)}),
        Row("b", "b", {"PROTEST": Counts(0, 0, 1)}),
    )


def test_several_readers_are_all_named() -> None:
    gold = {"a": annotation("a", by="gold"), "b": annotation("b", by="ana"), "c": annotation("c", by="gold")}
    assert tally(gold, {}, {}).gold == "ana+gold"


@given(corpora, corpora)
def test_score_of_a_sum_is_the_sum_of_scores(first: Corpus, second: Corpus) -> None:
    other = {article.upper(): pair for article, pair in second.items()}
    whole = total(tally(*sides(first | other), {}).rows)
    parts = total(tally(*sides(first), {}).rows + tally(*sides(other), {}).rows)
    assert whole == parts


@given(corpora)
def test_order_of_articles_and_spans_does_not_matter(corpus: Corpus) -> None:
    turned = {article: (pair[0][::-1], pair[1][::-1]) for article, pair in reversed(corpus.items())}
    assert tally(*sides(corpus), {}) == tally(*sides(turned), {})


@given(corpora, st.integers(0, 6))
def test_cutting_articles_in_two_changes_no_sum(corpus: Corpus, cut: int) -> None:
    parts = {
        f"{article}{before}": (
            [key for key in pair[0] if (key[0] < cut) == before],
            [key for key in pair[1] if (key[0] < cut) == before],
        )
        for article, pair in corpus.items()
        for before in (True, False)
    }
    assert total(tally(*sides(parts), {}).rows) == total(tally(*sides(corpus), {}).rows)
