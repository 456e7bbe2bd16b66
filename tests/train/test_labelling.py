"""A file of annotations that grows: whole or gone on with, to the same bytes, and never of other articles."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest
import torch

from rolecall.core import jsonl
from rolecall.core.cli import run as command
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.train import run as runs
from rolecall.train.labelling import Engine, Job, Labelled, Survey, here, label, survey
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from rolecall.train.threads import limited

pytestmark = pytest.mark.train
SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"
BATCH = 64
"""Sub-tokens a batch, so that a chunk is 4,096 characters: two reports or three."""


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    jsonl.write(path, islice(jsonl.read(SAMPLE, Article), 12))
    return path


class StopError(Exception):
    pass


def interrupted(opened: Run, tagger: Tagger, articles: Path, out: Path, number: int) -> None:
    """Label so many articles, then fail."""

    def step(done: int, _: int) -> None:
        if done == number:
            raise StopError

    with pytest.raises(StopError):
        label(opened, tagger, articles, out, batch=BATCH, step=step)


def test_work_that_was_stopped_is_gone_on_with_to_the_same_bytes(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    out, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    told: list[tuple[int, int]] = []
    assert label(opened, tagger, articles, whole, batch=BATCH) == Labelled(12, 0)
    interrupted(opened, tagger, articles, out, 8)
    assert not out.exists()
    done = label(opened, tagger, articles, out, batch=BATCH, step=lambda *at: told.append(at))
    assert done.articles == 12
    assert 0 < done.before <= 8
    assert out.read_bytes() == whole.read_bytes()
    sizes = [len(article.text) for article in jsonl.read(articles, Article)]
    assert told == [(number, sum(sizes[:number])) for number in range(done.before, 13)]
    assert {path.name for path in tmp_path.iterdir()} == {"articles.jsonl", "out.jsonl", "whole.jsonl"}


def test_a_line_that_was_cut_off_is_written_again(opened: Run, tagger: Tagger, articles: Path, tmp_path: Path) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.part"
    interrupted(opened, tagger, articles, out, 11)
    data = part.read_bytes()
    lines = data.splitlines(keepends=True)
    part.write_bytes(data[: len(data) - len(lines[-1]) - 20])
    done = label(opened, tagger, articles, out, batch=BATCH)
    assert done.before < len(lines) - 1
    assert [a.article for a in jsonl.read(out, Annotation)] == [a.id for a in jsonl.read(articles, Article)]


@pytest.mark.parametrize("order", [(1, 2, 0), (0, 1), (0, 1, 2, 3)], ids=["turned", "shorter", "longer"])
def test_labels_of_other_articles_than_the_file_has_by_now_are_refused(
    opened: Run, tagger: Tagger, order: tuple[int, ...], tmp_path: Path
) -> None:
    known = list(islice(jsonl.read(SAMPLE, Article), 4))
    articles = tmp_path / "articles.jsonl"
    jsonl.write(articles, known[:3])

    def annotate(job: Job, path: Path, done: int) -> Iterator[Annotation]:
        found = list(here(opened, tagger).annotate(job, path, done))
        jsonl.write(path, [known[number] for number in order])
        return iter(found)

    with pytest.raises(InputError, match=r"articles\.jsonl: was changed while it was labelled"):
        label(opened, Engine("cpu", 1, "float32", annotate), articles, tmp_path / "out.jsonl", batch=BATCH)


def test_what_another_number_of_threads_made_is_not_gone_on_with(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    interrupted(opened, tagger, articles, out, 11)
    with limited(torch.get_num_threads() + 1), pytest.raises(InputError, match=r"made with another threads \("):
        label(opened, tagger, articles, out, batch=BATCH)


def test_what_other_numbers_made_is_not_gone_on_with(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    out, half = tmp_path / "out.jsonl", runs.load_tagger(opened, "cpu", half=True)
    interrupted(opened, half, articles, out, 11)
    with pytest.raises(InputError, match=r"made with another precision \(bfloat16, not float32\)"):
        label(opened, tagger, articles, out, batch=BATCH)
    assert label(opened, half, articles, out, batch=BATCH).before > 0


def test_labels_of_other_texts_are_made_again(opened: Run, tagger: Tagger, articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    interrupted(opened, tagger, articles, out, 11)
    first, *rest = jsonl.read(articles, Article)
    jsonl.write(articles, [Article.of("Miners march.", id=first.id), *rest])
    assert label(opened, tagger, articles, out, batch=BATCH).before == 0
    texts = {article.id: article.hash for article in jsonl.read(articles, Article)}
    assert {a.article: a.hash for a in jsonl.read(out, Annotation)} == texts


def test_what_is_made_otherwise_is_kept_until_it_is_to_be_begun_again(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.part"
    interrupted(opened, tagger, articles, out, 11)
    before = part.read_bytes()
    with pytest.raises(
        InputError, match=r"made with another by \(.*\), threshold \(.*\)\n  remedy: go on with the same, or .*--over"
    ):
        label(opened, tagger, articles, out, batch=BATCH, threshold=0.9, by="other")
    note = tmp_path / ".out.jsonl.job"
    known = note.read_text()
    note.write_text("{")
    with pytest.raises(InputError, match=r"what it is made with is not known\n  remedy: begin again: --overwrite"):
        label(opened, tagger, articles, out, batch=BATCH)
    assert part.read_bytes() == before
    note.write_text(known)
    done = label(opened, tagger, articles, out, batch=BATCH, threshold=0.9, by="other", overwrite=True)
    assert done == Labelled(12, 0)
    assert {a.by for a in jsonl.read(out, Annotation)} == {"other"}


def test_what_else_lies_beside_the_model_makes_no_difference(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    run = runs.open_run(shutil.copytree(opened.path, tmp_path / "run"))
    out = run.path / "out.jsonl"
    interrupted(run, tagger, articles, out, 11)
    assert label(run, tagger, articles, out, batch=BATCH).before > 0


def test_an_output_that_is_being_written_is_left_alone(
    opened: Run, tagger: Tagger, articles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"

    def step(done: int, _: int) -> None:
        if done == 1:
            label(opened, tagger, articles, out, batch=BATCH)

    with pytest.raises(InputError, match="is being written by another run"):
        label(opened, tagger, articles, out, batch=BATCH, step=step)
    with pytest.raises(InputError, match="is a folder"):
        label(opened, tagger, articles, tmp_path, batch=BATCH)


def test_a_survey_counts_and_finds_what_is_wrong(articles: Path, tmp_path: Path) -> None:
    own = list(jsonl.read(articles, Article))
    assert survey(articles) == Survey(12, sum(len(article.text) for article in own))
    jsonl.write(articles, [*own, own[3]])
    with pytest.raises(InputError, match=rf"articles\.jsonl:13: article id '{own[3].id}' stands twice"):
        survey(articles)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"pipe: is no file\n  remedy: write the articles to a file"):
        survey(tmp_path / "pipe")
    (tmp_path / "none.jsonl").touch()
    assert survey(tmp_path / "none.jsonl") == Survey(0, 0)


def test_killed_it_goes_on_and_no_article_is_lost_or_doubled(opened: Run, articles: Path, tmp_path: Path) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.part"
    jsonl.write(
        articles,
        (
            msgspec.structs.replace(article, id=f"{article.id}-{turn}")
            for turn in range(8)  # many, as it writes once a second
            for article in jsonl.read(SAMPLE, Article)
        ),
    )
    words = ["predict", str(opened.path), str(articles), "--out", str(out), "--batch", str(BATCH), "--device", "cpu"]
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    with subprocess.Popen([sys.executable, "-c", line, "train", *words], stderr=subprocess.DEVNULL) as process:
        while not part.exists() or part.stat().st_size < 10_000:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert not out.exists()
    assert command(["train", *words]) == 0
    assert [a.article for a in jsonl.read(out, Annotation)] == [a.id for a in jsonl.read(articles, Article)]
    assert not part.exists()


def test_the_command_says_what_was_done_for_people_and_scripts(
    opened: Run, articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "predict", str(opened.path), str(articles), "--out", str(tmp_path / "out.jsonl")]
    assert command([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said.pop("seconds") > 0
    assert said == {
        "out": str(tmp_path / "out.jsonl"), "by": opened.name, "articles": 12, "before": 0,
        "characters": survey(articles).characters,
    }  # fmt: skip
    assert command([*words, "--out", "/dev/stdout"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith(f"12 articles labelled by {opened.name}")
    articles.write_text("{}\n")
    assert command(words) == 2
    assert "articles.jsonl:1: not a record of kind article" in capsys.readouterr().err
