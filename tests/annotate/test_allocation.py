"""Splits as a file: read, held on to, topped up, and into folds."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate.allocation import Allocation, Allocations, Pool, fold, hold, read, read_ids, take, write
from rolecall.annotate.splits import Shares
from rolecall.core.errors import InputError
from rolecall.core.records import text_hash

PATH = Path("splits.jsonl")


def stands(name: str, split: str, at: int | None = None) -> Allocation:
    return Allocation(id=name, hash=text_hash(name), split=split, fold=at)  # type: ignore[arg-type]  # of one case


def pool(group_of: dict[str, str], seed: int = 0) -> Pool:
    return Pool(group_of, {group: {} for group in group_of.values()}, seed)


def test_the_file_reads_back(tmp_path: Path) -> None:
    allocations = {name: stands(name, "train", 1) for name in ("b", "a")}
    write(tmp_path / "splits.jsonl", allocations)
    assert read(tmp_path / "splits.jsonl") == allocations
    assert (tmp_path / "splits.jsonl").read_text().startswith('{"id":"a",')
    line = (tmp_path / "splits.jsonl").read_text().splitlines()[0]
    (tmp_path / "splits.jsonl").write_text(f"{line}\n{line}\n")
    with pytest.raises(InputError, match=r"splits\.jsonl: article 'a' stands twice"):
        read(tmp_path / "splits.jsonl")


def test_splits_by_article_are_read_in_three_forms(tmp_path: Path) -> None:
    expected = {"a 1": "train", "b": "validation"}
    (tmp_path / "ids.tsv").write_text("a 1\ttrain\r\n\nb\tdev\n")
    (tmp_path / "ids.json").write_text('{"a 1": "train", "b": "val"}')
    write(tmp_path / "ids.jsonl", {"a 1": stands("a 1", "train"), "b": stands("b", "validation")})
    for name in ("ids.tsv", "ids.json", "ids.jsonl"):
        assert read_ids(tmp_path / name) == expected


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("ids.tsv", "a\ttrain\nb\theld\n", r"ids\.tsv:2: article 'b': 'held' is no split"),
        ("ids.tsv", "a\ttrain\nb train\n", r"ids\.tsv:2: 'b train' has no tab\n  remedy: write the id, a tab"),
        ("ids.tsv", "\ttrain\n", r"ids\.tsv:1: article '': 'train' is no split"),
        ("ids.tsv", "a\ttrain\na\ttest\n", r"ids\.tsv:2: article 'a' stands twice"),
        ("ids.json", '{"a": 1}', r"ids\.json: is no JSON object of splits by article"),
        ("ids.json", '["a", "train"]', r"ids\.json: is no JSON object of splits by article"),
        ("ids.json", '{"a": {"b": "train"}}', r"ids\.json: is no JSON object of splits by article"),
        ("ids.json", '{"a": ', r"ids\.json: is no JSON: "),
        ("ids.json", '{"a": "train", "a": "test"}', r"ids\.json: article 'a' stands twice"),
        ("ids.json", '{"a": "b"}', r"ids\.json: article 'a': 'b' is no split"),
        ("ids.jsonl", '{"id": "a"}\n', r"ids\.jsonl:1: not a record of kind allocation"),
    ],
)
def test_what_is_no_split_is_named(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=says):
        read_ids(tmp_path / name)


def test_a_line_of_another_kind_is_told_without_a_way_out_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(InputError, match=r"s\.jsonl:1: not a record of kind allocation") as caught:
        read(tmp_path / "s.jsonl")
    assert caught.value.remedy == "mend or remove this line"  # no command prints that form


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path: Path) -> None:
    (tmp_path / "ids.tsv").write_bytes(b"\xef\xbb\xbfa\ttrain\r\nb\tdev\r\n\r\n")
    assert read_ids(tmp_path / "ids.tsv") == {"a": "train", "b": "validation"}


def test_every_article_must_be_covered() -> None:
    assert take({"a": "train", "z": "test"}, ["a"], path=PATH) == {"a": "train"}
    with pytest.raises(InputError, match="says nothing of 2 labelled articles: b, c\n  remedy: add them; or hold on"):
        take({"a": "train"}, ["c", "b", "a"], path=PATH)


def test_articles_stay_and_new_ones_follow_their_story() -> None:
    known = {"a": stands("a", "train"), "b": stands("b", "test"), "gone": stands("gone", "test")}
    group_of = {"a": "s", "a2": "s", "b": "t", "b2": "t", "gone": "u", "late": "u", "new": "new"}
    here = [name for name in group_of if name != "gone"]
    assert hold(known, pool(group_of), here, Shares(1, 0, 0), path=PATH) == {
        "a": "train",
        "a2": "train",
        "b": "test",
        "b2": "test",
        "late": "test",
        "new": "train",
    }


def test_new_stories_never_go_to_test_and_bring_the_others_to_their_shares() -> None:
    known: Allocations = {f"a{n}": stands(f"a{n}", "train") for n in range(8)} | {"t": stands("t", "test")}
    group_of = {name: name for name in [*known, *(f"b{n}" for n in range(8))]}
    found = hold(known, pool(group_of), group_of, Shares(0.6, 0.2, 0.2), path=PATH)
    assert Counter(found.values()) == {"train": 12, "validation": 4, "test": 1}  # 3 to 1 of 16
    assert all(found[name] == each.split for name, each in known.items())


def test_a_story_that_joins_two_splits_is_named_with_who_joins_them() -> None:
    known = {"a": stands("a", "train"), "b": stands("b", "test")}
    with pytest.raises(InputError) as caught:
        hold(known, pool({"a": "s", "b": "s", "new": "s"}), ["a", "b", "new"], Shares(), path=PATH)
    assert str(caught.value).startswith(
        "splits.jsonl: articles 'a' (train) and 'b' (test) are of one story now, joined by new\n  remedy: leave out"
    )


@given(st.integers(0, 50), st.integers(1, 12), st.randoms(use_true_random=False))
def test_no_order_and_no_newcomer_moves_an_article(seed: int, new: int, shuffler: random.Random) -> None:
    first = {f"a{n}": f"g{n % 7}" for n in range(14)}
    start = {f"a{n}": stands(f"a{n}", ("train", "validation", "test")[n % 7 % 3]) for n in range(14)}
    grown = first | {f"b{n}": f"h{n % 5}" for n in range(new)}
    found = hold(start, pool(grown, seed), grown, Shares(), path=PATH)
    assert all(found[name] == each.split for name, each in start.items())
    assert all(found[name] != "test" for name in grown if name.startswith("b"))
    mixed = list(grown.items())
    shuffler.shuffle(mixed)
    assert hold(start, pool(dict(mixed), seed), dict(mixed), Shares(), path=PATH) == found
    fewer = {name: group for name, group in grown.items() if name not in {"a0", "a5"}}
    kept = hold(start, pool(grown, seed), fewer, Shares(), path=PATH)
    assert all(kept[name] == each.split for name, each in start.items() if name in fewer)


def test_folds_are_even_whole_and_stay() -> None:
    group_of = {f"a{n}": f"g{n // 2}" for n in range(20)} | {"t": "t"}
    split_of = dict.fromkeys(group_of, "train") | {"t": "test"}
    folds = fold(split_of, pool(group_of), 5, {}, path=None)
    assert Counter(folds.values()) == {0: 4, 1: 4, 2: 4, 3: 4, 4: 4}
    assert "t" not in folds
    assert all(folds[f"a{n}"] == folds[f"a{n + 1}"] for n in range(0, 20, 2))
    earlier = {name: stands(name, "train", at) for name, at in folds.items()}
    grown = group_of | {"a20": "g0", "b": "b"}
    again = fold(split_of | {"a20": "train", "b": "train"}, pool(grown, seed=9), 5, earlier, path=PATH)
    assert {name: again[name] for name in folds} == folds
    assert again["a20"] == folds["a0"]
    joined = {"a0": stands("a0", "train", 0), "a1": stands("a1", "train", 4)}
    with pytest.raises(InputError) as caught:
        fold(split_of, pool(group_of), 5, joined, path=PATH)
    assert str(caught.value) == (
        "splits.jsonl: articles 'a0' (fold 0) and 'a1' (fold 4) are of one story now\n"
        "  remedy: leave out what joins them, or take the fold of one of them out of the file by hand: it goes to the "
        "other's"
    )
    mended = joined | {"a1": stands("a1", "train"), "a9": stands("a9", "train", 4)}
    assert fold(split_of, pool(group_of), 5, mended, path=PATH)["a1"] == 0
    with pytest.raises(InputError, match=r"splits\.jsonl: has 5 folds, not 4"):
        fold(split_of, pool(group_of), 4, earlier, path=PATH)
    with pytest.raises(InputError, match="train has 10 groups, too few for 11 folds"):
        fold(split_of, pool(group_of), 11, {}, path=None)
