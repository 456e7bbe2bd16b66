from rolecall.core.records import Article
from rolecall.evaluate.errors import KINDS, find
from rolecall.evaluate.page import KIND_WORDS, PARTS, kappa_rows, said, view
from rolecall.evaluate.tokenwise import Kappa, Kappas
from tests.evaluate.material import SCHEME
from tests.evaluate.reported import label


def test_spans_in_error_carry_their_kind() -> None:
    article = Article.of("Union miners struck in Jarkul. Two held.", id="a")
    gold = label(article, [("Union miners", "PARTICIPANT"), ("struck", "PROTEST"), ("Two", "DETAINED_COUNT")])
    found = label(article, [("miners", "PARTICIPANT"), ("struck", "VIOLENCE"), ("Jarkul", "PLACE")], by="m")
    ana = label(article, [("Jarkul", "PLACE")], by="ana")
    shown = view(article, gold, found, {"ana": ana}, errors=find(gold, found, SCHEME), scheme=SCHEME)
    (line,) = shown.paragraphs
    assert [(mark.role, mark.verdict, mark.kind, mark.note) for piece in line.gold for mark in piece.opens] == [
        ("PARTICIPANT", "missed", "too short", ""),
        ("PROTEST", "missed", "wrong role", ""),
        ("DETAINED_COUNT", "missed", "missed", ""),
    ]
    assert [(mark.role, mark.verdict, mark.kind, mark.note) for piece in line.predicted for mark in piece.opens] == [
        ("PARTICIPANT", "spurious", "too short", ""),
        ("VIOLENCE", "spurious", "wrong role", ""),
        ("PLACE", "spurious", "spurious", "ana"),
    ]
    assert shown.wrong
    # A track for each layer that the line has on either side, in the scheme's order: event, protest, response, setting.
    tracks = {bar.mark.role: bar.track for piece in line.gold + line.predicted for bar in piece.bars}
    assert tracks == {"PROTEST": 0, "VIOLENCE": 0, "PARTICIPANT": 1, "DETAINED_COUNT": 2, "PLACE": 3}


def test_a_right_argument_of_a_wrong_event_says_so() -> None:
    article = Article.of("Miners struck. Clerks marched.", id="a")
    quotes = [("Miners", "PARTICIPANT"), ("struck", "PROTEST"), ("marched", "PROTEST")]
    gold, found = label(article, quotes, links=((1, 0),)), label(article, quotes, by="m", links=((2, 0),))
    errors = find(gold, found, SCHEME)
    shown = view(article, gold, found, {}, errors=errors, scheme=SCHEME)
    marks = [mark for piece in shown.paragraphs[0].gold for mark in piece.opens]
    assert [(mark.role, mark.verdict, mark.kind) for mark in marks] == [
        ("PARTICIPANT", "correct", "wrong event"),
        ("PROTEST", "correct", ""),
        ("PROTEST", "correct", ""),
    ]
    assert shown.counts.f1 == 1
    assert shown.wrong


def test_an_article_without_a_prediction_or_an_error() -> None:
    article = Article.of("Quiet.", id="a")
    gold = label(article, [])
    shown = view(article, gold, None, {}, errors=[], scheme=SCHEME)
    assert (shown.wrong, shown.counts.f1, len(shown.paragraphs)) == (False, None, 1)


def test_every_kind_and_part_has_words() -> None:
    assert tuple(KIND_WORDS) == KINDS
    assert set(PARTS) == {"value", "surface", "reach", "events"}


def test_a_side_of_an_error_is_one_line() -> None:
    spans = label(Article.of("a\nb c", id="a"), [("a\nb", "PLACE"), ("c", "TIME")]).spans
    assert said(spans) == "PLACE «a b» + TIME «c»"
    assert said(()) == "nothing"


def test_kappa_by_pairs_then_of_all() -> None:
    def kappa(*names: str) -> Kappa:
        return Kappa(annotators=names, articles=1, tokens=9, value=0.5)

    pairs, three = (kappa("a", "b"), kappa("a", "c"), kappa("b", "c")), kappa("a", "b", "c")
    assert kappa_rows({"event": Kappas(pairs, three), "setting": Kappas(pairs, three)}) == [
        *((pair, pair) for pair in pairs),
        (three, three),
    ]
    two = kappa("a", "b")
    assert kappa_rows({"event": Kappas((two,), two)}) == [(two,)]
    assert kappa_rows({}) == []
