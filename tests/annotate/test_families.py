import numpy as np

from rolecall.annotate.families import Families, settled
from rolecall.annotate.linkage import NAMELESS
from rolecall.core.groups import Names


def names(*articles: tuple[str, str | None, str | None]) -> list[Names]:
    return [Names(name, "00", story, duplicate_of) for name, story, duplicate_of in articles]


def rows(of: list[Names]) -> dict[str, int]:
    return {one.id: row for row, one in enumerate(of)}


def test_originals_that_are_named_are_settled() -> None:
    given = names(("a", None, None), ("b", None, "a"), ("c", None, "b"), ("d", None, None))
    assert settled(given, rows(given)) == {0: 0, 1: 0, 2: 0}


def test_the_first_copy_stands_for_an_original_that_is_not_there() -> None:
    given = names(("a", None, "gone"), ("b", None, "gone"), ("c", None, "a"))
    assert settled(given, rows(given)) == {0: 0, 1: 0, 2: 0}


def test_circles_have_a_first() -> None:
    given = names(("a", None, None), ("b", None, "c"), ("c", None, "b"), ("d", None, "c"), ("e", None, "e"))
    assert settled(given, rows(given)) == {1: 1, 2: 1, 3: 1, 4: 4}


def test_what_is_given_is_one_group_with_one_name() -> None:
    given = names(("a", "s", None), ("b", None, None), ("c", "s", None), ("d", "t", None), ("e", None, None))
    families = Families(given, np.array([0, 1, 2, 3, 3]))  # e is a copy of d
    families.join_known(rows(given))
    assert families.join_kin([(1, 2), (2, 3), (4, 0)]) == [(2, 3), (4, 0)]
    groups = families.groups().tolist()
    assert groups == [0, 0, 0, 3]
    numbers = families.numbers().tolist()
    assert numbers[0] != numbers[3]
    assert NAMELESS not in {numbers[0], numbers[3]}
    assert families.stories(np.array(groups)) == {0: "s", 1: "s", 2: "s", 3: "t", 4: "t"}


def test_the_name_of_a_copy_is_that_of_its_original() -> None:
    given = names(("a", None, None), ("b", "s", None), ("c", None, None))
    families = Families(given, np.array([0, 0, 2]))
    assert families.stories(np.array([0, 1])) == {0: "s", 1: "s"}
    assert families.stories(np.array([0, 0])) == {0: "s", 1: "s", 2: "s"}


def test_a_copy_in_another_story_than_its_original_is_told() -> None:
    families = Families(names(("a", "s", None), ("b", "t", None), ("c", None, None)), np.array([0, 0, 0]))
    assert families.join_kin([]) == [(0, 1)]


def test_new_stories_are_named_by_their_first_article() -> None:
    given = names(("copy", None, None), ("a", None, None), ("b", None, None), ("c", None, None))
    families = Families(given, np.array([2, 1, 2, 3]))
    assert families.stories(np.array([0, 0, 2])) == {0: "copy", 1: "copy", 2: "copy"}
    assert families.stories(np.array([0, 1, 2])) == {}


def test_a_name_that_is_taken_is_not_given_again() -> None:
    given = names(("a", None, None), ("b", None, None), ("c", "d", None), ("d", "elsewhere", None), ("e", "a", None))
    families = Families(given, np.arange(5))
    families.join_known(rows(given))  # a belongs to its story, d has one of its own
    assert families.groups().tolist() == [0, 1, 2, 3, 0]
    assert families.stories(np.array([0, 1, 2, 3, 0])) == {0: "a", 2: "d", 3: "elsewhere", 4: "a"}
    given = names(("a", None, None), ("b", None, None), ("c", "x", None), ("d", "a", None))
    families = Families(given, np.arange(4))
    assert families.stories(np.array([0, 0, 2, 3])) == {0: "a-2", 1: "a-2", 2: "x", 3: "a"}
