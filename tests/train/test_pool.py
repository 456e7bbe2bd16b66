"""Splits taken together, and the datasets that are cut out of them."""

import shutil
from pathlib import Path

import datasets
import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from rolecall.core.sealed import check_sealed, find_faults
from rolecall.evaluate.readings import file_hash
from rolecall.train.baselines.race import race
from rolecall.train.examples import load
from rolecall.train.fit import fit
from rolecall.train.pool import Part, cut, open_pool
from rolecall.train.settings import FitConfig
from tests.train import toy


def ids(dataset: Path, split: str) -> list[str]:
    return [article.id for article in jsonl.read(dataset / split / "articles.jsonl", Article)]


def test_splits_stand_one_behind_the_other(dataset: Path) -> None:
    pool = open_pool(dataset, ["train", "validation"])
    both = ids(dataset, "train") + ids(dataset, "validation")
    assert pool.rows["id"] == both
    assert [article.id for article in pool.articles()] == both
    assert [reading.article for reading in pool.gold()] == both
    assert {reading.article for reading in pool.people()} <= set(both)
    assert pool.digest == file_hash(dataset / "manifest.json")
    assert not set(both) & set(ids(dataset, "test"))


def test_what_is_cut_out_is_a_dataset_of_these_articles_alone(dataset: Path, tmp_path: Path) -> None:
    pool = open_pool(dataset, ["train", "validation"])
    wanted = [ids(dataset, "train")[2], ids(dataset, "validation")[0], ids(dataset, "train")[0]]
    cut(pool, wanted, tmp_path / "part")
    loaded = load(tmp_path / "part")
    assert list(loaded) == ["train"]
    in_order = [wanted[2], wanted[0], wanted[1]]
    assert loaded["train"]["id"] == in_order
    whole = {row["id"]: row for row in pool.rows}
    assert list(loaded["train"]) == [whole[name] for name in in_order]
    assert ids(tmp_path / "part", "train") == in_order
    assert [a.article for a in jsonl.read(tmp_path / "part" / "train" / "gold.jsonl", Annotation)] == in_order
    assert load_scheme(tmp_path / "part" / "scheme.yaml") == load_scheme(dataset / "scheme.yaml")
    part = msgspec.json.decode((tmp_path / "part" / "manifest.json").read_bytes(), type=Part)
    assert (part.part_of, part.splits, part.articles) == (pool.digest, ("train", "validation"), in_order)
    assert (
        list(find_faults(tmp_path / "part", check_sealed(tmp_path / "part", load_scheme("protest").fingerprint))) == []
    )
    assert datasets.are_progress_bars_disabled() is False


def test_the_same_part_is_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    pool = open_pool(dataset, ["train"])
    for name in ("one", "two"):
        cut(pool, ids(dataset, "train")[:2], tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) >= 6
    for path in files:
        assert file_hash(tmp_path / "one" / path) == file_hash(tmp_path / "two" / path)


@pytest.mark.parametrize(
    ("splits", "said"),
    [(["train", "dev"], "has no split 'dev'\n  remedy: name one of: train, validation, test"),
     (["train", "train"], "a split stands twice in train, train")],
)  # fmt: skip
def test_splits_that_cannot_be_taken(dataset: Path, splits: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        open_pool(dataset, splits)


def test_folds_are_those_of_the_rows(dataset: Path, tmp_path: Path) -> None:
    assert open_pool(dataset, ["test"]).folds() == dict.fromkeys(ids(dataset, "test"))
    folded = toy.write(tmp_path, folds=2)
    found = open_pool(folded, ["train", "validation"]).folds()
    rows = [*load(folded)["train"], *load(folded)["validation"]]
    assert found == {row["id"]: row["fold"] for row in rows}
    assert set(found.values()) == {0, 1, None}


def test_altered_files_are_not_pooled(dataset: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(dataset, tmp_path / "copy")
    gold = (copy / "train" / "gold.jsonl").read_text().splitlines(keepends=True)
    (copy / "train" / "gold.jsonl").write_text("".join(gold[1:]))
    with pytest.raises(InputError, match=r"is not as its manifest\.json says: train/gold\.jsonl \(altered\)"):
        open_pool(copy, ["train"])


@pytest.mark.parametrize(
    ("file", "what"), [("train/data-00000-of-00001.arrow", "altered"), ("train/state.json", "missing")]
)
def test_a_broken_dataset_is_not_called_none(file: str, what: str, dataset: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(dataset, tmp_path / "copy")
    (copy / file).rename(tmp_path / "before")
    if what == "altered":
        (copy / file).write_bytes((tmp_path / "before").read_bytes()[:100])
    settings = FitConfig(dataset=copy, run=tmp_path / "run")
    for use in (lambda: open_pool(copy, ["train"]), lambda: fit(settings), lambda: race(settings, tmp_path / "race")):
        with pytest.raises(InputError, match=rf"copy: is not as its manifest\.json says: {file} \({what}\)"):
            use()


def test_a_folder_that_is_no_dataset(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no dataset\n  remedy: give the folder that"):
        open_pool(tmp_path, ["train"])
    copy = shutil.copytree(dataset, tmp_path / "copy")
    (copy / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"holds no manifest\.json\n  remedy: give a folder that"):
        open_pool(copy, ["train"])
