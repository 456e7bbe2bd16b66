import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate import splits
from rolecall.annotate.plan import Assignment, Plan, assigned, held_out, make, pairs, read, work, write
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[2] / "sample"
TEAM = ("ana", "ben", "caro", "dora", "eva", "finn")


def article(name: str, story: str | None = None) -> Article:
    return Article.of(f"text of {name}", id=name, story=story)


def stories(*sizes: int, of: str = "s") -> list[Article]:
    """Make stories of these sizes; `of` tells one lot of them from another."""
    return [article(f"{of}{g}-{n}", f"{of}{g}") for g, size in enumerate(sizes) for n in range(size)]


corpora = st.lists(st.integers(1, 5), min_size=3, max_size=25).map(lambda sizes: stories(*sizes))
teams = st.integers(2, len(TEAM)).map(lambda size: TEAM[:size])
seeds = st.integers(0, 2**32 - 1)
shares = st.sampled_from((0.0, 0.1, 0.2, 0.5, 0.9, 1.0))
wishes = st.fixed_dictionaries({"double": shares, "test": shares, "seed": seeds})


def spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts)


def loads(plan: Plan, team: Sequence[str]) -> list[int]:
    return [len(work(plan).get(name, [])) for name in team]


def shared(plan: Plan, team: Sequence[str]) -> list[int]:
    return [pairs(plan)[pair] for pair in combinations(team, 2)]


def plan_of(**people: str) -> dict[str, Assignment]:
    """Write a plan by hand: `a0="ana ben test"` is article a0, labelled by those two, for test."""
    plan = {}
    for name, words in people.items():
        names = tuple(word for word in words.split() if word != "test")
        digest = article(name).hash
        plan[name] = Assignment(
            article=name, hash=digest, annotators=names, split="test" if words.endswith("test") else None
        )
    return plan


def test_the_sample_for_three() -> None:
    plan = make(jsonl.read(SAMPLE / "articles.jsonl", Article), ["ana", "ben", "caro"], double=0.2, test=0.15)
    # 15 percent of 40 articles are 6; 20 percent of the other 34 are 6.8, so 7; 27 are left.
    assert Counter(one.part for one in plan.values()) == {"test": 6, "double": 7, "single": 27}
    assert sorted(shared(plan, TEAM[:3])) == [4, 4, 5]  # 13 for three pairs
    assert sorted(loads(plan, TEAM[:3])) == [17, 18, 18]  # 2 * 13 + 27 = 53 readings
    assert sorted(pairs({name: plan[name] for name in held_out(plan)}).values()) == [2, 2, 2]
    assert sum(one.suggest for one in plan.values()) == 27


def test_suggestions_go_with_what_one_person_labels_outside_test() -> None:
    plan = plan_of(a="ana", b="ana ben", c="ana ben test", d="ana test", e="ana ben caro")
    assert {name: one.suggest for name, one in plan.items()} == {
        "a": True,
        "b": False,
        "c": False,
        "d": False,
        "e": False,
    }
    assert held_out(plan) == {"c", "d"}
    assert {name: [one.article for one in given] for name, given in work(plan).items()} == {
        "ana": ["a", "b", "c", "d", "e"],
        "ben": ["b", "c", "e"],
        "caro": ["e"],
    }
    assert pairs(plan) == {("ana", "ben"): 3, ("ana", "caro"): 1, ("ben", "caro"): 1}


def test_a_file_says_only_what_does_not_follow(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl"
    plan = {name: msgspec.structs.replace(one, hash="f0") for name, one in plan_of(b="ben ana test", a="ana").items()}
    assert write(path, plan) == 2
    assert path.read_text() == (
        '{"article":"b","hash":"f0","annotators":["ben","ana"],"split":"test"}\n'
        '{"article":"a","hash":"f0","annotators":["ana"]}\n'
    )
    assert list(read(path).items()) == list(plan.items())


@given(corpora, teams, wishes)
def test_read_is_the_inverse_of_write(
    tmp_path_factory: pytest.TempPathFactory, articles: list[Article], team: tuple[str, ...], asked: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("plan") / "plan.jsonl"
    plan = make(articles, team, **asked)
    write(path, plan)
    assert list(read(path).items()) == list(plan.items())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"annotators":["ana","ben"],"suggest":true', "unknown field `suggest`"),
        ('"annotators":["ana"],"split":"test","suggest":true', "unknown field `suggest`"),
        ('"annotators":["ana"],"split":"train"', "Invalid enum value 'train'"),
        ('"annotators":[]', "article 'a1': there are none"),
        ('"annotators":["ana","ana"]', "article 'a1': 'ana' stands twice"),
        ('"annotators":["ana,ben"]', "article 'a1': 'ana,ben' is no name"),
        ('"annotators":["ana "]', "article 'a1': 'ana ' is no name"),
        ('"annotators":[""]', "article 'a1': '' is no name"),
    ],
)
def test_a_line_that_is_no_assignment_is_refused_with_the_form(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "plan.jsonl"
    path.write_text('{"article":"a0","hash":"f0","annotators":["ana"]}\n\n{"article":"a1","hash":"f1",' + line + "}\n")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert says in caught.value.what
    assert "whether suggestions go along follows from the rest and is not written" in caught.value.remedy


def test_a_plan_names_each_article_once_and_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl"
    path.write_text('{"article":"a","hash":"f","annotators":["ana"]}\n' * 2)
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a' is planned twice"):
        read(path)
    with pytest.raises(InputError, match=r"cannot be read: No such file.*\n  remedy: check the path"):
        read(tmp_path / "none.jsonl")


def test_what_is_assigned_is_found_by_id_and_hash(tmp_path: Path) -> None:
    plan = plan_of(a="ana")
    assert assigned(plan, "a", article("a").hash) == plan["a"]
    with pytest.raises(InputError, match=r"p\.jsonl: article 'b' is not in the plan\n  remedy: run rolecall annotate"):
        assigned(plan, "b", article("b").hash, path=tmp_path / "p.jsonl")
    with pytest.raises(InputError, match=r"'a' has changed since it was planned: hash \w{12} is now 000000000000"):
        assigned(plan, "a", "0" * 64)


@given(corpora, teams, wishes, st.randoms(use_true_random=False))
def test_a_new_plan_is_whole_balanced_and_the_same_in_any_order(
    articles: list[Article], team: tuple[str, ...], asked: dict[str, Any], shuffler: random.Random
) -> None:
    plan = make(articles, team, **asked)
    assert list(plan) == sorted(article.id for article in articles)
    assert all(plan[article.id].hash == article.hash for article in articles)
    group_of = splits.groups(articles)
    parts = Counter(one.part for one in plan.values())
    assert len({(group_of[name], one.part) for name, one in plan.items()}) == len(set(group_of.values()))
    assert all(len(one.annotators) == (1 if one.part == "single" else 2) for one in plan.values())
    largest = max(Counter(group_of.values()).values())
    # A part gets a group though its share is less, and keeps two from test, or one from double.
    assert abs(parts["test"] - asked["test"] * len(plan)) <= 2 * largest
    assert abs(parts["double"] - asked["double"] * (len(plan) - parts["test"])) <= largest
    assert spread(shared(plan, team)) <= 1
    assert spread(shared({name: plan[name] for name in held_out(plan)}, team)) <= 1
    assert spread(loads(plan, team)) <= (1 if parts["single"] >= 2 * len(team) else 2)
    shuffled, people = list(articles), list(team)
    shuffler.shuffle(shuffled)
    shuffler.shuffle(people)
    assert list(make(shuffled, people, **asked).items()) == list(plan.items())


@given(corpora, corpora, wishes, st.data())
def test_a_plan_that_grows_keeps_what_it_says_and_evens_out(
    articles: list[Article], more: list[Article], asked: dict[str, Any], data: st.DataObject
) -> None:
    before = data.draw(teams)
    team = data.draw(st.lists(st.sampled_from(TEAM), min_size=2, unique=True).map(sorted))
    old = [article for article in articles if data.draw(st.booleans())]
    earlier = make(old, before, double=0.2, test=0.15, seed=1) if len({one.story for one in old}) > 2 else {}
    both = [*articles, *(article(f"m-{one.id}", f"m-{one.story}") for one in more)]
    plan = make(both, team, **asked, earlier=earlier)
    assert list(plan.items())[: len(earlier)] == list(earlier.items())
    assert set(plan) == {article.id for article in both}
    new = {name: one for name, one in plan.items() if name not in earlier}
    assert {name for one in new.values() for name in one.annotators} <= set(team)
    group_of = splits.groups(both)
    assert len({(group_of[name], one.part) for name, one in plan.items()}) == len(set(group_of.values()))
    assert spread(shared(plan, team)) <= max(1, spread(shared(earlier, team)))
    least = min(loads(plan, team))
    alone = {one.annotators[0] for one in new.values() if one.part == "single"}
    assert all(len(work(plan)[name]) <= least + 1 for name in alone)
    assert make(both, team, double=0.3, test=0.3, earlier=plan) == plan


def test_shares_are_of_all_articles_the_earlier_ones_included() -> None:
    old, new = stories(*[1] * 20), stories(*[1] * 20, of="t")
    earlier = make(old, ["ana", "ben"], double=0.25, test=0.2)
    assert Counter(one.part for one in earlier.values()) == {"test": 4, "double": 4, "single": 12}
    grown = make([*old, *new], ["ana", "ben"], double=0.5, test=0.1, earlier=earlier)
    # Test is to have 4 of 40, and has them; of the other 36 half are to be labelled twice, 14 more than the 4.
    assert Counter(one.part for name, one in grown.items() if name not in earlier) == {"double": 14, "single": 6}


def test_new_articles_go_where_their_story_is() -> None:
    earlier = plan_of(a="ana ben test", b="ana ben", c="ana")
    old = [article("a", "s"), article("b", "t"), article("c", "u")]
    new = [article("d", "s"), Article.of("text of a", id="e"), article("f", "t"), article("g", "u")]
    plan = make([*old, *new], ["ana", "ben"], double=0, test=0, earlier=earlier)
    assert {name: plan[name].part for name in "defg"} == {"d": "test", "e": "test", "f": "double", "g": "single"}
    assert {name: plan[name].annotators for name in "defg"} == {
        "d": ("ana", "ben"),
        "e": ("ana", "ben"),
        "f": ("ana", "ben"),
        "g": ("ben",),  # ana had one more
    }


def test_who_is_new_catches_up_and_who_left_gets_no_more() -> None:
    old, new = stories(*[1] * 6), stories(*[1] * 9, of="t")
    earlier = make(old, ["ana", "ben"], double=0, test=0)
    plan = make([*old, *new], ["ben", "caro"], double=0, test=0, earlier=earlier)
    assert {name: len(given) for name, given in work(plan).items()} == {"ana": 3, "ben": 6, "caro": 6}
    assert shared(earlier, TEAM[:3]) == [0, 0, 0]
    doubled = make([*old, *new], ["ana", "ben", "caro"], double=0.6, test=0, earlier=earlier)
    assert shared(doubled, TEAM[:3]) == [3, 3, 3]  # 9 of 15 twice


def test_what_was_edited_by_hand_is_kept() -> None:
    earlier = plan_of(a="caro ana ben", b="zoe test")
    plan = make([article(name) for name in "abc"], ["ana", "ben"], double=0, test=0, earlier=earlier)
    assert {name: plan[name] for name in "ab"} == earlier
    assert plan["c"].part == "single"


def test_one_annotator_labels_everything_once() -> None:
    plan = make(stories(*[1] * 10), ["ana@example.org"], double=0, test=0.2)
    assert {one.annotators for one in plan.values()} == {("ana@example.org",)}
    assert Counter(one.suggest for one in plan.values()) == {True: 8, False: 2}
    with pytest.raises(InputError, match=r"ana alone cannot label an article twice\n  remedy: .*--double 0"):
        make(stories(1, 1, 1), ["ana"], double=0.1, test=0)


def test_everything_can_be_test_or_labelled_twice() -> None:
    every = make(stories(3, 1, 2), TEAM[:2], double=0.2, test=1)
    assert Counter(one.part for one in every.values()) == {"test": 6}
    twice = make(stories(3, 1, 2), TEAM[:2], double=1, test=0)
    assert Counter(one.part for one in twice.values()) == {"double": 6}


def test_some_of_each_part_that_is_asked_for() -> None:
    plan = make(stories(9, 9, 9), TEAM[:2], double=0.01, test=0.01)
    assert Counter(one.part for one in plan.values()) == {"test": 9, "double": 9, "single": 9}
    with pytest.raises(InputError, match=r"9 new articles make 2 groups by story, too few .*: test, double, single\n"):
        make(stories(4, 5), TEAM[:2], double=0.2, test=0.15)
    assert make([], TEAM[:2], double=0.2, test=0.15) == {}


@pytest.mark.parametrize(
    ("team", "double", "test", "says"),
    [
        ([], 0, 0, "annotators: there are none"),
        (["ana", ""], 0, 0, "annotators: '' is no name"),
        (["ana", "ben", "ana"], 0, 0, "annotators: 'ana' stands twice"),
        (["ana", "ben"], 1.5, 0, "--double 1.5 is no share"),
        (["ana", "ben"], 0, -0.1, "--test -0.1 is no share"),
        (["ana", "ben"], math.nan, 0, "--double nan is no share"),
    ],
)
def test_misuse_is_named(team: list[str], double: float, test: float, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        make(stories(1, 1, 1), team, double=double, test=test)
    assert caught.value.remedy


def test_articles_that_do_not_fit_the_earlier_plan_are_refused() -> None:
    path = Path("plan.jsonl")
    earlier = plan_of(a="ana ben test", b="ana")
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'a' is in the plan but not among the articles"):
        make([article("b"), article("c")], ["ana"], double=0, test=0, earlier=earlier, path=path)
    changed = [article("a"), Article.of("another text", id="b")]
    with pytest.raises(InputError, match=r"plan\.jsonl: article 'b' has changed since it was planned"):
        make(changed, ["ana"], double=0, test=0, earlier=earlier, path=path)
    joined = [article("a", "s"), article("b", "t"), Article.of("c", id="c", story="s", duplicate_of="b")]
    with pytest.raises(InputError, match=r"'a' \(test\) and 'b' \(not test\) are of one story.*\n.*that joins them"):
        make(joined, ["ana"], double=0, test=0, earlier=earlier, path=path)
