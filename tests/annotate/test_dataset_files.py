"""A dataset folder as its users find it: loaded, in Parquet, and by what its card says."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet
import pytest
import yaml
from markdown_it import MarkdownIt

from rolecall.annotate import tables
from rolecall.annotate.dataset import build, load
from rolecall.annotate.manifest import Options
from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from tests.annotate.corpus import ANNOTATIONS, ARTICLES, PROTEST, small


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with everything that can be asked for."""
    out = tmp_path_factory.mktemp("built") / "dataset"
    build(ARTICLES, ANNOTATIONS, PROTEST, out, Options(parquet=True, folds=3, licence="cc-by-4.0"))
    return out


def test_load_opens_what_is_as_it_was_built_and_nothing_else(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    assert load(tmp_path / "copy", PROTEST)["test"]["id"][:] == datasets.load_from_disk(whole)["test"]["id"][:]
    assert load(str(tmp_path / "copy"), PROTEST.fingerprint).keys() == {"train", "validation", "test"}
    with pytest.raises(
        SchemeMismatchError, match=r"labelled with scheme 'protest:1:.*', but the scheme in hand is 'case"
    ):
        load(tmp_path / "copy", load_scheme("case"))
    (tmp_path / "copy" / "test" / "gold.jsonl").unlink()
    with (tmp_path / "copy" / "train" / "data-00000-of-00001.arrow").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "copy")
    assert (
        "is not as its manifest.json says: test/gold.jsonl (missing), train/data-00000-of-00001.arrow (altered)\n"
        "  remedy: copy the folder again"
    ) in str(caught.value)


def test_parquet_has_the_same_rows_and_knows_tags_by_name(whole: Path, tmp_path: Path) -> None:
    there = datasets.load_from_disk(whole)
    files = {split: str(whole / "parquet" / f"{split}-*.parquet") for split in there}
    for number, found in enumerate(
        (
            datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "1")),
            datasets.load_dataset(str(whole / "parquet"), cache_dir=str(tmp_path / "2")),
            datasets.load_dataset(str(whole), cache_dir=str(tmp_path / "3")),
        )
    ):
        assert {split: table.features for split, table in found.items()} == {
            split: table.features for split, table in there.items()
        }, number
        assert all(found[split].to_list() == there[split].to_list() for split in there), number
    assert found["train"].features["tags_event"].feature.names[1] == "B-PROTEST"


def test_parquet_is_written_some_rows_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH", 2)
    monkeypatch.setattr(tables, "ROW_GROUP", 4)
    monkeypatch.setattr(tables, "SHARD", 5)
    build(ARTICLES, ANNOTATIONS, PROTEST, tmp_path / "out", Options(split=(0.3, 0, 0.7), parquet=True))
    assert [path.name for path in sorted((tmp_path / "out" / "parquet").glob("train*"))] == [
        f"train-{n:05}-of-00003.parquet" for n in range(3)
    ]
    first: Any = pyarrow.parquet
    file = first.ParquetFile(tmp_path / "out" / "parquet" / "train-00000-of-00003.parquet")
    assert (file.num_row_groups, file.metadata.num_rows) == (2, 5)
    rows = datasets.load_from_disk(tmp_path / "out")["train"].to_list()
    assert len(rows) == 12
    assert datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"].to_list() == rows


def test_what_the_card_tells_to_run_runs(whole: Path, tmp_path: Path) -> None:
    """Every block of code of the card, as somebody copies it, with the folder in the place of DIR."""
    blocks = re.findall(r"```python\n(.*?)```", (whole / "README.md").read_text(), flags=re.DOTALL)
    assert len(blocks) == 4
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    tail = {0: "print(dataset['train'].num_rows)", 1: "print(dataset['train'].num_rows)",
            2: "print(dataset['train'].num_rows)", 3: "print(learned.num_rows + held_out.num_rows)"}  # fmt: skip
    for number, block in enumerate(blocks):
        shutil.copytree(whole, copy := tmp_path / f"copy{number}")
        code = f"{block.replace('DIR', str(copy))}\n{tail[number]}"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert (done.stdout, done.returncode) == ("28\n", 0), done.stderr


def test_the_card_tells_of_sources_years_agreement_and_licence(whole: Path) -> None:
    text = (whole / "README.md").read_text()
    head, lines = yaml.safe_load(text.split("---\n")[1]), text.splitlines()
    assert (head["license"], head["language"]) == ("cc-by-4.0", ["en"])
    assert "| Agencia Meridiana | 1 |" in lines
    assert "| 10 others | 10 |" in lines  # of 40, each with a source of its own
    years = Counter((article.published or "")[:4] for article in jsonl.read(ARTICLES, Article))
    assert all(f"| {year} | {count} |" in lines for year, count in years.items())
    readings: dict[str, dict[str, Annotation]] = {}
    for one in jsonl.read(ANNOTATIONS, Annotation):
        readings.setdefault(one.article, {})[one.by] = one
    ana, ben = ({a: {s.key for s in by[name].spans} for a, by in readings.items()} for name in ("ana", "ben"))
    common = sum(len(ana[a] & ben[a]) for a in ana)
    f1 = 2 * common / sum(len(each) for side in (ana, ben) for each in side.values())
    assert f"| ana, ben | 40 | {f1:.3f} |" in lines
    row = next(line for line in lines if line.startswith("| event | PROTEST |"))
    (quotes, agreed) = row.strip("| ").split(" | ")[-2:]
    train = datasets.load_from_disk(whole)["train"]
    said = {span["text"] for row in train for span in row["spans"] if span["role"] == "PROTEST"}
    assert len(found := re.findall("“(.*?)”", quotes)) == 3
    assert set(found) <= said
    assert 0 < float(agreed) < 1


def test_words_of_others_do_nothing_on_the_card(tmp_path: Path) -> None:
    text = "<img src=x> | [rally](http://x.test) \u202e**now**"
    article = Article.of(
        text, id="a", source="<script>alert(1)</script> | *bold* www.x.test\n# Head", meta={"license": "[x](y)"}
    )
    labels = Annotation(
        article="a",
        hash=article.hash,
        by="ana | _x_",
        kind="human",
        scheme=PROTEST.fingerprint,
        spans=(quote(article, 0, len(text), "PROTEST"),),
    )
    jsonl.write(tmp_path / "a.jsonl", [article])
    jsonl.write(tmp_path / "l.jsonl", [labels])
    build(tmp_path / "a.jsonl", tmp_path / "l.jsonl", PROTEST, tmp_path / "out", Options(split=(1, 0, 0)))
    card = (tmp_path / "out" / "README.md").read_text().split("---\n", 2)[2]
    html = MarkdownIt("gfm-like", {"linkify": False}).render(card)
    assert not re.search(r"<(script|img|a |em>|strong>)", html)
    assert "<td>&lt;script&gt;alert(1)&lt;/script&gt; | *bold* www.x.test # Head</td>" in html
    assert "“&lt;img src=x&gt; | [rally](http://x.test) \\u202e**now**”" in html
    assert "license" not in yaml.safe_load((tmp_path / "out" / "README.md").read_text().split("---\n")[1])


def test_a_licence_that_every_article_declares_stands_in_the_head(tmp_path: Path) -> None:
    articles, labels = small(tmp_path, None, None, None, meta={"license": "CC-BY-SA-4.0"})
    options = Options(split=(1, 0, 0))
    build(articles, labels, PROTEST, tmp_path / "out", options)
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith("---\nlicense: cc-by-sa-4.0\n")
    assert "- Licences that articles declare: CC-BY-SA-4.0 2; 0 declare none." in text
    articles.write_text(articles.read_text().replace("CC-BY-SA-4.0", "MIT", 1))
    build(articles, labels, PROTEST, tmp_path / "two", options)
    text = (tmp_path / "two" / "README.md").read_text()
    assert text.startswith("---\ntask_categories")
    assert "- Licences that articles declare: CC-BY-SA-4.0 1, MIT 1; 0 declare none." in text
    assert "The licence of the texts is not known to this card" in text
