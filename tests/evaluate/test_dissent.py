from pathlib import Path

from rolecall.evaluate.agreement_files import compare
from rolecall.evaluate.dissent import Lacking, sum_up
from tests.evaluate.differing import opened


def test_counts_by_hand(tmp_path: Path) -> None:
    read = opened(tmp_path)
    dissent = sum_up(compare(read), read.texts)
    # strike: ana and ben differ in Monday, Jarkul, two men, main square; ana and cy in Monday; ben and cy in three.
    assert dissent.kinds == {"boundary": 3, "role": 2, "missed": 4}
    assert [(pair.first, pair.second, pair.kinds) for pair in dissent.pairs] == [
        ("ana", "ben", {"boundary": 2, "role": 1, "missed": 2}),
        ("ana", "cy", {"boundary": 1}),
        ("ben", "cy", {"role": 1, "missed": 2}),
    ]
    # Each of them is at one place in strike, whoever differs there; Monday is another than Friday in march.
    assert [(group.kind, group.roles, group.number, group.places, group.articles) for group in dissent.groups] == [
        ("boundary", ("TIME",), 3, 2, 2),
        ("role", ("FACILITY", "PLACE"), 2, 1, 1),
        ("missed", ("DETAINEE",), 2, 1, 1),
        ("missed", ("FACILITY",), 2, 1, 1),
    ]
    time, role, detainee, facility = dissent.groups
    (feature,) = time.features
    assert (feature.name, feature.number, feature.by, feature.others) == ("preposition", 2, {"ana": 2}, ("ben", "cy"))
    assert (time.by, time.upheld) == ({}, {"ben": 1, "cy": 1})  # the march has no gold
    assert (role.by, role.upheld) == ({"ben": 1}, {"ana": 1, "cy": 1})  # FACILITY, the first of the two, is ben's
    assert (detainee.by, detainee.upheld) == ({"ana": 1, "cy": 1}, {"ana": 1, "cy": 1})
    assert (facility.by, facility.upheld) == ({"ben": 1}, {"ben": 1})
    assert detainee.lacking == (Lacking(marked=2, without=("ben",), number=1),)
    assert facility.lacking == (Lacking(marked=1, without=("ana", "cy"), number=1),)


def test_examples_are_of_other_words_and_articles_first_and_in_context(tmp_path: Path) -> None:
    read = opened(tmp_path)
    time = sum_up(compare(read), read.texts).groups[0]
    assert [(one.article, one.second) for one in time.examples] == [
        ("march", "ben"),
        ("strike", "ben"),  # cy has it as ben has
    ]
    first = time.examples[0]
    assert (first.before, first.middle, first.after) == ("Drivers marched ", "on Friday", ".\nThe governor spoke.")


def test_context_ends_between_words(tmp_path: Path) -> None:
    text = f"{'before ' * 20}Jarkul{' behind' * 20}"
    read = opened(tmp_path, texts={"a": text}, read={"a": {"ana": (("Jarkul", "PLACE"),), "ben": ()}}, gold={})
    (example,) = sum_up(compare(read), read.texts).groups[0].examples
    assert example.before == "before " * 8
    assert example.after == " behind" * 8


def test_the_order_of_disagreements_does_not_matter(tmp_path: Path) -> None:
    read = opened(tmp_path)
    found = compare(read)
    assert sum_up(found[::-1]) == sum_up(found)
    assert sum_up([]).groups == ()
