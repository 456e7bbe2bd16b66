from rolecall.core.records import Article
from rolecall.evaluate.disagreements import Disagreement, find
from rolecall.evaluate.places import NOBODY, Place, gather
from tests.evaluate.material import SCHEME
from tests.evaluate.reported import Quotes, label

TEXT = Article.of("Police held two men on Monday in Jarkul.", id="p")


def differ(**quotes: Quotes) -> list[Disagreement]:
    """The disagreements of each pair of these readers, in text order."""
    names = sorted(quotes)
    readings = {name: label(TEXT, quotes[name], by=name) for name in names}
    pairs = [(one, other) for one in names for other in names if one < other]
    found = [each for one, other in pairs for each in find(readings[one], readings[other], SCHEME)]
    return sorted(found, key=lambda each: (each.place, each.first, each.second))


def kinds(places: list[Place]) -> list[list[str]]:
    return [[f"{each.first}-{each.second}" for each in place.found] for place in places]


def test_a_span_that_one_of_three_lacks_is_one_place() -> None:
    (place,) = gather(differ(ana=(("held", "ARREST"),), ben=(("held", "ARREST"),), cy=()))
    assert kinds([place]) == [["ana-cy", "ben-cy"]]
    assert place.sides == ({"ana", "ben"}, {"cy"})


def test_other_bounds_of_one_span_are_one_place() -> None:
    found = differ(ana=(("two men", "DETAINEE"),), ben=(("men", "DETAINEE"),), cy=(("men on", "DETAINEE"),), dan=())
    missed = [each for each in found if each.kind == "missed"]
    (place,) = gather(missed)
    assert (len(missed), place.sides) == (3, ({"ana", "ben", "cy"}, {"dan"}))
    (place,) = gather([each for each in found if each.kind == "boundary"])
    assert kinds([place]) == [["ana-ben", "ana-cy", "ben-cy"]]


def test_two_spans_that_overlap_are_two_places() -> None:
    both: Quotes = (("two men", "DETAINEE"), ("men", "DETAINEE"))
    assert kinds(gather(differ(ana=both, ben=()))) == [["ana-ben"], ["ana-ben"]]
    assert kinds(gather(differ(ana=both, ben=both, cy=()))) == [["ana-cy", "ben-cy"]] * 2
    # Ben lacks the longer one only.
    found = gather(differ(ana=both, ben=both[1:], cy=()))
    assert [place.sides for place in found] == [({"ana"}, {"ben", "cy"}), ({"ana", "ben"}, {"cy"})]


def test_gold_has_somebody_s_version_at_a_place() -> None:
    one = Disagreement(article="p", first="ana", second="ben", kind="role")

    def place(*upheld: str | None) -> Place:
        pairs = [("ana", "ben"), ("ana", "cy"), ("ben", "cy")]
        found = [
            Disagreement(article="p", first=first, second=second, kind="role", upheld=each)
            for (first, second), each in zip(pairs, upheld, strict=False)
        ]
        return Place(tuple(found))

    assert Place((one,)).upheld == set()
    assert place("neither").upheld == {"neither"}
    assert place("ana", "ana", "neither").upheld == {"ana"}
    assert place("neither", "cy", "both").upheld == {"ben", "cy"}
    assert place("neither", "neither").upheld == {NOBODY}
