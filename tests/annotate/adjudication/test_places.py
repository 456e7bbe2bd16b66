"""Which spans of several versions stand for the same place."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.places import Place, gather
from rolecall.evaluate.match import Key, keys
from tests import strategies
from tests.annotate.adjudication.material import SCHEME

LAYER = SCHEME.layer_of


def test_two_versions_are_paired_by_bounds_role_and_overlap_within_a_layer() -> None:
    ana = {(0, 6, "PARTICIPANT"), (20, 31, "AUTHORITY"), (40, 45, "PROTEST"), (50, 56, "FACILITY")}
    ben = {(0, 6, "ORGANIZER"), (20, 42, "AUTHORITY"), (40, 45, "PROTEST"), (50, 56, "TARGET")}
    places = gather({"ana": frozenset(ana), "ben": frozenset(ben)}, LAYER)
    assert [place.spans for place in places] == [
        {"ana": (0, 6, "PARTICIPANT"), "ben": (0, 6, "ORGANIZER")},
        {"ana": (20, 31, "AUTHORITY"), "ben": (20, 42, "AUTHORITY")},
        {"ana": (40, 45, "PROTEST"), "ben": (40, 45, "PROTEST")},
        {"ana": (50, 56, "FACILITY")},
        {"ben": (50, 56, "TARGET")},
    ]


def test_variants_tell_who_has_them() -> None:
    place = Place({"ana": (3, 9, "PLACE"), "ben": (0, 9, "PLACE"), "caro": (3, 9, "PLACE")})
    assert place.variants == {(0, 9, "PLACE"): ("ben",), (3, 9, "PLACE"): ("ana", "caro")}


def test_of_three_versions_the_likest_spans_come_together_first() -> None:
    # ben's short span is caro's as well, but ana's two spans cannot both stand for it.
    versions: dict[str, frozenset[Key]] = {
        "ana": frozenset({(0, 4, "PLACE"), (5, 12, "PLACE")}),
        "ben": frozenset({(5, 9, "PLACE")}),
        "caro": frozenset({(0, 12, "PLACE")}),
    }
    places = gather(versions, LAYER)
    assert [place.spans for place in places] == [
        {"ana": (0, 4, "PLACE")},
        {"ana": (5, 12, "PLACE"), "ben": (5, 9, "PLACE"), "caro": (0, 12, "PLACE")},
    ]


@settings(max_examples=30)
@given(st.data())
def test_every_span_is_in_one_place_and_names_play_no_part(data: st.DataObject) -> None:
    article = data.draw(strategies.articles())
    found = [keys(data.draw(strategies.annotations(article)).spans) for _ in range(3)]
    places = gather(dict(zip("abc", found, strict=True)), LAYER)
    for name, own in zip("abc", found, strict=True):
        assert sorted(place.spans[name] for place in places if name in place.spans) == sorted(own)
    other = gather(dict(zip("xca", found, strict=True)), LAYER)
    assert sorted(sorted(place.keys) for place in places) == sorted(sorted(place.keys) for place in other)
