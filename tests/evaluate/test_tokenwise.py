"""Tokens by role: worked by hand, against a dataset's BIO columns, and against scikit-learn token by token."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core.ledger import Ledger
from rolecall.core.records import Annotation, Article, Span, quote
from rolecall.evaluate.tokenwise import (
    Confusion,
    Kappa,
    Kappas,
    Patterns,
    Rates,
    agree,
    cohen,
    confuse,
    fleiss,
    label,
    rates,
)
from tests import strategies
from tests.evaluate.material import SCHEME

Place = tuple[int, int, str]

#                 0      7        16    22     29    35
TEXT = Article.of("Police detained union men in Jarkul.", id="1")


def read(by: str, *places: Place, article: Article = TEXT) -> Annotation:
    spans = tuple(quote(article, start, end, role) for start, end, role in places)
    return Annotation(
        article=article.id, hash=article.hash, by=by, kind="human", scheme=SCHEME.fingerprint, spans=spans
    )


def test_a_token_has_the_role_of_the_span_that_touches_it_in_each_layer() -> None:
    found = label(TEXT, read("ana", (0, 6, "AUTHORITY"), (16, 25, "PARTICIPANT"), (18, 25, "DETAINEE")), SCHEME)
    assert found == {
        "event": ["O", "O", "O", "O", "O", "O", "O"],
        "protest": ["O", "O", "PARTICIPANT", "PARTICIPANT", "O", "O", "O"],
        # 18:25 is "ion men": half a token is a token.
        "response": ["AUTHORITY", "O", "DETAINEE", "DETAINEE", "O", "O", "O"],
        "setting": ["O", "O", "O", "O", "O", "O", "O"],
    }


def test_the_longest_span_wins_and_the_rest_of_the_other_goes_with_it() -> None:
    found = label(TEXT, read("ana", (0, 15, "AUTHORITY"), (7, 25, "DETAINEE")), SCHEME)
    assert found["response"] == ["O", "DETAINEE", "DETAINEE", "DETAINEE", "O", "O", "O"]


def test_without_an_annotation_every_token_is_outside() -> None:
    assert label(TEXT, None, SCHEME)["protest"] == ["O"] * 7


def test_confusion_and_rates_by_hand() -> None:
    gold = read("gold", (16, 25, "PARTICIPANT"), (29, 35, "TARGET"))
    found = read("model", (22, 25, "PARTICIPANT"), (29, 35, "DEMAND"), (35, 36, "DEMAND"))
    protest = confuse({"1": gold}, {"1": found}, {"1": TEXT}, SCHEME)["protest"]
    # Police, detained, in: outside for both. union: missed. men: right. Jarkul: wrong role. The full stop: spurious.
    assert protest == Confusion(
        ("O", "PARTICIPANT", "ORGANIZER", "TARGET", "DEMAND", "CROWD_SIZE"),
        (
            (3, 0, 0, 0, 1, 0),
            (1, 1, 0, 0, 0, 0),
            (0, 0, 0, 0, 0, 0),
            (0, 0, 0, 0, 1, 0),
            (0, 0, 0, 0, 0, 0),
            (0, 0, 0, 0, 0, 0),
        ),
    )
    assert rates(protest) == {
        "PARTICIPANT": Rates(1.0, 0.5, 2 / 3),
        "ORGANIZER": Rates(None, None, None),
        "TARGET": Rates(None, 0.0, 0.0),
        "DEMAND": Rates(0.0, None, 0.0),
        "CROWD_SIZE": Rates(None, None, None),
    }


def test_an_article_without_a_prediction_is_outside_throughout() -> None:
    setting = confuse({"1": read("gold", (29, 35, "PLACE"))}, {}, {"1": TEXT}, SCHEME)["setting"]
    assert setting.matrix[0][0] == 6
    assert setting.matrix[1] == (1, 0, 0, 0)


@given(st.data())
def test_articles_add_up_and_marginals_are_those_of_each_side(data: st.DataObject) -> None:
    articles = {a.id: a for a in data.draw(st.lists(strategies.articles(), min_size=1, max_size=2))}
    gold, found = ({n: data.draw(strategies.annotations(a)) for n, a in articles.items()} for _ in range(2))
    whole = confuse(gold, found, articles, SCHEME)
    for layer in SCHEME.layers:
        parts = [confuse({n: gold[n]}, found, articles, SCHEME)[layer.name].matrix for n in articles]
        assert whole[layer.name].matrix == tuple(
            tuple(sum(cell) for cell in zip(*rows, strict=True)) for rows in zip(*parts, strict=True)
        )
        turned = confuse(found, gold, articles, SCHEME)[layer.name].matrix
        assert whole[layer.name].matrix == tuple(zip(*turned, strict=True))


@given(st.data())
def test_a_token_has_the_role_of_its_tag_in_a_dataset(data: st.DataObject) -> None:
    rows = pytest.importorskip("rolecall.annotate.rows")
    article = data.draw(strategies.articles())
    annotation = data.draw(strategies.annotations(article))
    found = label(article, annotation, SCHEME)
    row = rows.to_row(article, rows.separate(annotation, SCHEME, Ledger()), SCHEME, Ledger())
    for layer in SCHEME.layers:
        names = ["O", *(role.name for role in layer.roles for _ in "BI")]
        assert found[layer.name] == [names[number] for number in row[f"tags_{layer.name}"]]


pairs = st.lists(st.tuples(*[st.sampled_from("OXYZ")] * 2), min_size=1, max_size=40)
panels = st.integers(2, 5).flatmap(
    lambda raters: st.lists(st.tuples(*[st.sampled_from("OXYZ")] * raters), min_size=1, max_size=30)
)


@given(pairs)
def test_rates_and_cohen_are_those_of_the_tokens_themselves(tokens: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, found = zip(*tokens, strict=True)
    matrix = metrics.confusion_matrix(gold, found, labels=[*"OXYZ"]).tolist()
    assert matrix == [[tokens.count((one, other)) for other in "OXYZ"] for one in "OXYZ"]
    ours = rates(Confusion(("O", "X", "Y", "Z"), tuple(map(tuple, matrix))))
    theirs = metrics.precision_recall_fscore_support(gold, found, labels=[*"XYZ"], zero_division=math.nan)[:3]
    for index, role in enumerate("XYZ"):
        mine = (ours[role].precision, ours[role].recall, ours[role].f1)
        assert [math.nan if rate is None else rate for rate in mine] == pytest.approx(
            [float(column[index]) for column in theirs], nan_ok=True
        )
    if len({*gold, *found}) > 1:
        assert cohen(Patterns(tokens)) == pytest.approx(metrics.cohen_kappa_score(gold, found))


@given(panels)
def test_fleiss_against_every_pair_of_readers_at_every_token(tokens: list[tuple[str, ...]]) -> None:
    said = [role for token in tokens for role in token]
    if len({*said}) == 1:
        return
    seats = range(len(tokens[0]))
    agreeing = [token[i] == token[j] for token in tokens for i in seats for j in seats if i != j]
    observed = sum(agreeing) / len(agreeing)
    chance = sum((said.count(role) / len(said)) ** 2 for role in {*said})
    assert fleiss(Patterns(tokens)) == pytest.approx((observed - chance) / (1 - chance))
    assert fleiss(Patterns(token[::-1] for token in tokens)) == pytest.approx(fleiss(Patterns(tokens)))


def test_cohen_by_hand() -> None:
    # Of 50 tokens both say X at 20 and O at 15: P = 0.7. The first says X at 25, the second at 30:
    # Pe = 0.5 x 0.6 + 0.5 x 0.4 = 0.5. So (0.7 - 0.5) / 0.5.
    patterns = Patterns({("X", "X"): 20, ("X", "O"): 5, ("O", "X"): 10, ("O", "O"): 15})
    assert cohen(patterns) == pytest.approx(0.4)


def test_fleiss_by_hand() -> None:
    # Three annotators, four tokens: X X X, X X O, O O O, O O O. Pairs that agree: 3 + 1 + 3 + 3 of 12, P = 5/6.
    # X was said 5 times of 12, O 7 times: Pe = (25 + 49) / 144. So (120 - 74) / (144 - 74).
    patterns = Patterns({("X", "X", "X"): 1, ("X", "X", "O"): 1, ("O", "O", "O"): 2})
    assert fleiss(patterns) == pytest.approx(46 / 70)


def test_fleiss_on_his_own_thirty_patients() -> None:
    # Fleiss 1971, table 1: six diagnoses of each patient, in five categories; his kappa is .430.
    patients = """
        444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
        333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
    """
    patterns = Patterns(tuple(patient) for patient in patients.split())
    assert patterns.total() == 30
    assert fleiss(patterns) == pytest.approx(0.430, abs=0.0005)


def test_pairs_on_what_both_labelled_and_all_on_what_all_labelled() -> None:
    other = Article.of("Crowds gathered.", id="2")
    readings = {
        "1": {name: read(name, (29, 35, "PLACE")) for name in ("cy", "ana", "ben")},
        "2": {
            "ana": read("ana", (0, 6, "PLACE"), article=other),
            "ben": read("ben", (0, 6, "TIME"), article=other),
        },
    }
    setting = agree(readings, {"1": TEXT, "2": other}, SCHEME)["setting"]
    assert [(k.annotators, k.articles, k.tokens) for k in (*setting.cohen, setting.fleiss)] == [
        (("ana", "ben"), 2, 10),
        (("ana", "cy"), 1, 7),
        (("ben", "cy"), 1, 7),
        (("ana", "ben", "cy"), 1, 7),
    ]
    # ana and ben agree at 9 of 10 tokens: PLACE once, O eight times, PLACE for TIME once.
    # Chance: O 0.8 x 0.8, PLACE 0.2 x 0.1, TIME 0 x 0.1, together 0.66.
    assert setting.cohen[0].value == pytest.approx((0.9 - 0.66) / 0.34)
    assert [k.value for k in (*setting.cohen[1:], setting.fleiss)] == [1.0, 1.0, 1.0]


def test_where_everybody_says_nothing_there_is_no_kappa() -> None:
    readings = {"1": {"ana": read("ana"), "ben": read("ben")}}
    kappa = Kappa(
        annotators=("ana", "ben"), articles=1, tokens=7, value=None, reason="all of them say O at every token"
    )
    assert agree(readings, {"1": TEXT}, SCHEME)["event"] == Kappas((kappa,), kappa, kappa)


def test_where_nobody_shares_an_article_there_is_no_kappa() -> None:
    other = Article.of("Crowds gathered.", id="2")
    readings = {"1": {"ana": read("ana")}, "2": {"ben": read("ben", article=other)}}
    found = agree(readings, {"1": TEXT, "2": other}, SCHEME)["event"]
    assert {(k.value, k.reason) for k in (*found.cohen, found.fleiss)} == {
        (None, "no article that all of them labelled")
    }
    alone = agree({"1": {"ana": read("ana")}}, {"1": TEXT}, SCHEME)["event"]
    assert (alone.cohen, alone.fleiss.reason) == ((), "agreement takes two annotators")


def test_a_text_without_tokens_has_no_kappa() -> None:
    blank = Article.of(" \n", id="b")
    span = Span(0, 1, "PLACE", " ")
    one = Annotation(article="b", hash=blank.hash, by="ana", kind="human", scheme=SCHEME.fingerprint, spans=(span,))
    found = agree({"b": {"ana": one, "ben": one}}, {"b": blank}, SCHEME)["setting"]
    assert (found.fleiss.tokens, found.fleiss.value, found.fleiss.reason) == (0, None, "no tokens")
    matrix = confuse({"b": one}, {}, {"b": blank}, SCHEME)["setting"]
    assert rates(matrix)["PLACE"] == Rates(None, None, None)


def test_importing_it_does_not_import_scikit_learn() -> None:
    code = "import sys, rolecall.evaluate.tokenwise; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
