from hypothesis import given
from msgspec.structs import replace

from rolecall.core.records import Annotation, Article
from rolecall.evaluate.boundaries import Trait
from rolecall.evaluate.disagreements import Disagreement, ask, find, overrule
from rolecall.evaluate.match import Key, keys
from tests.evaluate.material import SCHEME, annotation, corpora
from tests.evaluate.reported import label

TEXT = "Miners struck on Monday at noon in Jarkul; police held two men in the main square. The strike went on."
MINERS = Article.of(TEXT, id="m")


def read(by: str, *quotes: tuple[str, str], links: tuple[tuple[int, int], ...] = ()) -> Annotation:
    return label(MINERS, quotes, by=by, links=links)


def said(found: list[Disagreement]) -> list[tuple[str, list[str], list[str]]]:
    return [(each.kind, [s.text for s in each.left], [s.text for s in each.right]) for each in found]


def test_kinds_by_hand() -> None:
    ana = read(
        "ana",
        ("Miners", "PARTICIPANT"),
        ("struck", "PROTEST"),
        ("on Monday", "TIME"),
        ("Jarkul", "PLACE"),
        ("police", "AUTHORITY"),
        ("held", "ARREST"),
        ("two men", "DETAINEE"),
        ("main square", "FACILITY"),
        ("Monday at noon", "TIME"),
    )
    ben = read(
        "ben",
        ("Miners", "DETAINEE"),
        ("struck", "VIOLENCE"),
        ("Jarkul", "PLACE"),
        ("police", "AUTHORITY"),
        ("men", "VICTIM"),
        ("square", "FACILITY"),
        ("Monday", "TIME"),
        ("noon", "TIME"),
    )
    found = find(ana, ben, SCHEME)
    assert said(found) == [
        ("layer", ["Miners"], ["Miners"]),
        ("role", ["struck"], ["struck"]),
        ("missed", ["on Monday"], []),
        ("split", ["Monday at noon"], ["Monday", "noon"]),
        ("missed", ["held"], []),
        ("role and boundary", ["two men"], ["men"]),
        ("boundary", ["main square"], ["square"]),
    ]
    assert [each.traits for each in found[2:5]] == [
        (Trait("only one", "ana"),),
        (Trait("preposition between", "ana"),),
        (Trait("only one", "ana"),),
    ]
    assert found[-1].traits == (Trait("modifier", "ana"),)
    assert [each.roles for each in found[:3]] == [("DETAINEE", "PARTICIPANT"), ("PROTEST", "VIOLENCE"), ("TIME",)]
    assert {(each.first, each.second) for each in found} == {("ana", "ben")}


def test_a_missed_span_may_be_a_second_mention_or_a_second_role() -> None:
    text = Article.of("Police came. Police held men.", id="p")
    one = label(text, [("Police", "AUTHORITY"), ("men", "DETAINEE"), ("men", "PARTICIPANT")], by="ana")
    span = replace(one.spans[0], start=13, end=19)
    ana = replace(one, spans=(*one.spans, span))
    ben = label(text, [("Police", "AUTHORITY"), ("men", "DETAINEE")], by="ben")
    found = find(ana, ben, SCHEME)
    assert [(each.left[0].role, each.traits[0].name) for each in found] == [
        ("AUTHORITY", "again"),
        ("PARTICIPANT", "second role"),
    ]


QUOTES = (
    ("struck", "PROTEST"),
    ("held", "ARREST"),
    ("strike", "PROTEST"),
    ("Miners", "PARTICIPANT"),
    ("Jarkul", "PLACE"),
    ("police", "AUTHORITY"),
    ("two men", "DETAINEE"),
)


def test_links_of_common_spans() -> None:
    ana = replace(read("ana", *QUOTES, links=((0, 3), (0, 4), (1, 5), (1, 6))), events=((0, 2),))
    ben = read("ben", *QUOTES, links=((2, 3), (0, 4), (1, 4), (0, 5)))
    found = find(ana, ben, SCHEME)
    assert [(each.kind, each.roles, each.traits[0]) for each in found] == [
        ("link", ("PARTICIPANT",), Trait("same event")),  # struck and strike are one event to ana
        ("event", ("PROTEST",), Trait("joined", "ana")),
        ("link", ("PLACE",), Trait("more triggers", "ben")),
        ("link", ("AUTHORITY",), Trait("other trigger")),
        ("link", ("DETAINEE",), Trait("unlinked", "ana")),
    ]
    assert said(found[:2]) == [
        ("link", ["Miners", "struck"], ["Miners", "strike"]),
        ("event", ["struck", "strike"], []),
    ]


def test_a_trigger_that_one_lacks_is_one_disagreement() -> None:
    ana = read("ana", *QUOTES[:2], ("police", "AUTHORITY"), links=((1, 2),))
    ben = read("ben", QUOTES[0], ("police", "AUTHORITY"), ("Jarkul", "PLACE"), links=((0, 2),))
    assert [(each.kind, each.roles) for each in find(ana, ben, SCHEME)] == [
        ("missed", ("PLACE",)),
        ("missed", ("ARREST",)),
    ]


def test_who_made_no_links_is_not_asked_about_them() -> None:
    ana = read("ana", *QUOTES, links=((0, 3), (1, 6)))
    assert find(ana, read("ben", *QUOTES), SCHEME) == []
    assert find(ana, replace(ana, by="ben"), SCHEME) == []
    assert find(ana, read("ben", *QUOTES), SCHEME, linkers={"ana", "cy"}) == []


def test_who_links_elsewhere_may_have_linked_nothing_here() -> None:
    ana = replace(read("ana", *QUOTES, links=((0, 3),)), events=((0, 2),))
    found = find(ana, read("ben", *QUOTES), SCHEME, linkers={"ana", "ben"})
    assert [(each.kind, each.roles, each.traits[0]) for each in found] == [
        ("link", ("PARTICIPANT",), Trait("unlinked", "ana")),
        ("event", ("PROTEST",), Trait("joined", "ana")),
    ]


def test_gold_has_somebody_s_version() -> None:
    ana = read("ana", ("Monday", "TIME"), ("Jarkul", "PLACE"), ("men", "VICTIM"), ("police", "AUTHORITY"))
    ben = read("ben", ("on Monday", "TIME"), ("men", "DETAINEE"), ("held", "ARREST"), ("police", "TARGET"))
    gold = read("gold", ("on Monday", "TIME"), ("Jarkul", "PLACE"), ("police", "AUTHORITY"), ("police", "TARGET"))
    found = [ask(gold, each) for each in find(ana, ben, SCHEME)]
    assert [(each.kind, each.upheld) for each in found] == [
        ("boundary", "ben"),
        ("missed", "ana"),  # Jarkul
        ("layer", "both"),  # police
        ("missed", "ana"),  # held, which gold lacks too
        ("role", "neither"),  # men
    ]
    assert ask(replace(gold, by="ana"), found[0]) is found[0]


def test_gold_may_differ_from_what_all_agree_on() -> None:
    ana = read("ana", ("two men", "DETAINEE"), ("on Monday", "TIME"), ("Jarkul", "PLACE"), ("struck", "PROTEST"))
    ben = read("ben", ("two men", "DETAINEE"), ("on Monday", "TIME"), ("noon", "TIME"), ("struck", "PROTEST"))
    gold = read(
        "gold",
        ("two men", "DETAINEE"),
        ("two men", "PARTICIPANT"),
        ("Monday", "TIME"),
        ("Jarkul", "PLACE"),  # ana has it, so this is between ana and ben
        ("noon", "TIME"),
    )
    found = overrule([ana, ben], gold, SCHEME)
    assert said(found) == [
        ("missed", ["struck"], []),
        ("boundary", ["on Monday"], ["Monday"]),
        ("missed", [], ["two men"]),
    ]
    assert {(each.first, each.second) for each in found} == {("all annotators", "gold")}
    assert found[-1].traits == (Trait("second role", "gold"),)


@given(corpora)
def test_whoever_comes_first(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    for name, (left, right) in corpus.items():
        ana, ben = annotation(name, *left, by="ana"), annotation(name, *right, by="ben")
        one, other = find(ana, ben, SCHEME), find(ben, ana, SCHEME)
        assert sorted(each.kind for each in one) == sorted(each.kind for each in other)
        # Each span of one side only is in exactly one disagreement.
        mine = [span.key for each in one for span in each.left]
        theirs = [span.key for each in one for span in each.right]
        assert sorted(mine) == sorted(keys(ana.spans) - keys(ben.spans))
        assert sorted(theirs) == sorted(keys(ben.spans) - keys(ana.spans))
