"""Work that is cut off is gone on with: nothing lost, nothing twice, nothing done over that need not be."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.annotate.books import Report
from rolecall.annotate.columns import Columns
from rolecall.annotate.formats.rows import Reading
from rolecall.annotate.ingest import ingest
from rolecall.annotate.journal import File, Job, Journal
from rolecall.annotate.labelled import Labelling
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme

ECB = load_scheme("ecbplus")


class CutError(Exception):
    """What stands for a kill in the middle of a record."""


def cut_after(records: int) -> Callable[[int, int], None]:
    def watch(read: int, _done: int) -> None:
        if read == records:
            raise CutError

    return watch


def lines(path: Path, first: int, count: int) -> Path:
    """Articles with labels, every third a double, every fifth without a text."""
    span = {"start": 0, "end": 3, "label": "ACTION"}
    records = [
        {
            "id": f"a{n}",
            "title": f"Report {n - (n % 3 == 2)}",
            "text": "" if n % 5 == 4 else "Men held.",
            "spans": [span],
        }
        for n in range(first, first + count)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def run(folder: Path, files: list[Path], **options: Any) -> Report:
    labelling = Labelling(folder / "labels.jsonl", ECB, "gold", "human")
    return ingest(files, folder / "out.jsonl", labelling=labelling, **options)


def outputs(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "out.jsonl").read_bytes(), (folder / "labels.jsonl").read_bytes()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(1, 5), st.lists(st.integers(1, 24), max_size=3))
def test_cut_off_anywhere_and_run_again_the_outputs_are_the_same(tmp_path: Path, every: int, cuts: list[int]) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 10), lines(tmp_path / "b.jsonl", 10, 14)]
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    expected = run(whole, files, overwrite=True)
    assert (expected.read, len(expected.refused)) == (24, 4)
    for cut in sorted(set(cuts)):
        with pytest.raises(CutError):
            run(pieces, files, every=every, watch=cut_after(cut), overwrite=True)
    report = run(pieces, files, every=every, overwrite=True)
    assert outputs(pieces) == outputs(whole)
    assert report.resumed in {0, *cuts}
    report.resumed = 0
    assert report == expected
    assert sorted(path.name for path in pieces.iterdir()) == ["labels.jsonl", "out.jsonl"]


def test_what_is_done_is_not_done_over(tmp_path: Path) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 10)]
    with pytest.raises(CutError):
        run(tmp_path, files, every=4, watch=cut_after(7))
    assert not (tmp_path / "out.jsonl").exists()
    seen: list[int] = []
    assert run(tmp_path, files, watch=lambda read, _: seen.append(read)).resumed == 7
    assert seen == [8, 9, 10]


def test_the_tail_of_a_part_or_a_journal_may_be_gone(tmp_path: Path) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 20)]
    run(tmp_path / "whole", files)
    for name, rest in ((".out.jsonl.part", 0.7), (".out.jsonl.journal", 0.6), (".labels.jsonl.part", 0.0)):
        with pytest.raises(CutError):
            run(tmp_path / name, files, every=2, watch=cut_after(15))
        path = tmp_path / name / name
        os.truncate(path, int(path.stat().st_size * rest))
        report = run(tmp_path / name, files)
        assert report.resumed < 15
        assert (report.resumed > 0) == (rest > 0)
        assert outputs(tmp_path / name) == outputs(tmp_path / "whole")


@pytest.mark.parametrize("damage", [b"no json\n", b'{"type":"job","files":0,"options":""}\n'])
def test_a_journal_that_is_damaged_from_its_head_on_is_told_of(tmp_path: Path, damage: bytes) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 20)]
    with pytest.raises(CutError):
        run(tmp_path, files, every=2, watch=cut_after(15))
    journal, part = tmp_path / ".out.jsonl.journal", tmp_path / ".out.jsonl.part"
    journal.write_bytes(damage + journal.read_bytes())
    os.truncate(part, 10)
    report = run(tmp_path, files)
    assert (report.resumed, report.restarted) == (0, "what it left is damaged")
    run(tmp_path / "whole", files)
    assert outputs(tmp_path) == outputs(tmp_path / "whole")


def test_inputs_that_changed_are_read_again_and_that_is_said(tmp_path: Path) -> None:
    files = [lines(tmp_path / f"{name}.jsonl", first, 10) for name, first in (("a", 0), ("b", 10), ("c", 20))]
    with pytest.raises(CutError):
        run(tmp_path, files, every=3, watch=cut_after(25))
    lines(files[1], 100, 9)
    assert run(tmp_path, files, every=3, watch=lambda *_: None).resumed in (9, 10)  # what comes before it holds
    run(tmp_path / "whole", files)
    assert outputs(tmp_path) == outputs(tmp_path / "whole")
    with pytest.raises(CutError):
        run(tmp_path, files, every=3, watch=cut_after(25), overwrite=True)
    lines(files[0], 200, 9)
    report = run(tmp_path, files, overwrite=True)
    assert (report.resumed, report.restarted) == (0, f"the inputs are others from {files[0]} on")


def test_other_options_are_other_work(tmp_path: Path) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 10)]
    with pytest.raises(CutError):
        run(tmp_path, files, every=3, watch=cut_after(7))
    report = run(tmp_path, files, reading=Reading(columns=Columns(day_first=True)))
    assert (report.resumed, report.restarted) == (0, "the options are others")


def test_a_bad_line_far_down_costs_no_work(tmp_path: Path) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 10), tmp_path / "b.jsonl"]
    files[1].write_text("no json\n")
    with pytest.raises(InputError, match=r"b\.jsonl:1: not a JSON object"):
        run(tmp_path, files, every=3)
    lines(files[1], 10, 5)
    assert run(tmp_path, files).resumed == 10


def test_what_an_existing_output_would_lose_is_told_after_a_kill_too(tmp_path: Path) -> None:
    files = [lines(tmp_path / "a.jsonl", 0, 10)]
    run(tmp_path, files)
    before = outputs(tmp_path)
    with pytest.raises(CutError):
        run(tmp_path, files, every=2, watch=cut_after(6))
    assert run(tmp_path, files).resumed == 6  # every record came again, some before the kill
    assert outputs(tmp_path) == before
    lines(files[0], 0, 8)
    with pytest.raises(InputError, match="would be lost or changed: a8"):
        run(tmp_path, files, every=2)
    assert outputs(tmp_path) == before
    assert run(tmp_path, files, overwrite=True).resumed == 8  # nothing is read twice for it


def test_two_runs_do_not_write_the_same_file(tmp_path: Path) -> None:
    job = Job([File("a", 1, 1)], "")
    with Journal([tmp_path / "out.jsonl"], job) as journal:
        with pytest.raises(InputError, match="is being written by another run"), Journal([tmp_path / "out.jsonl"], job):
            pass
        journal.finish()


def test_a_killed_process_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    jsonl.write(path, (Article.of(f"Report {number}\n\n{'x' * 500}", id=f"a{number}") for number in range(20_000)))
    rolecall = str(Path(sys.executable).with_name("rolecall"))
    command = [rolecall, "annotate", "ingest", str(path), "--out", str(tmp_path / "out.jsonl"), "--no-language"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    part = tmp_path / ".out.jsonl.part"
    until = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 2_000_000) and time.monotonic() < until:
        time.sleep(0.002)
    started.send_signal(signal.SIGKILL)
    started.communicate()
    assert started.returncode == -signal.SIGKILL
    assert not (tmp_path / "out.jsonl").exists()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "went on from a run that was cut off, after " in done.stderr
    assert "20,000 articles of 20,000 read" in done.stdout
    assert (tmp_path / "out.jsonl").read_bytes() == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_labels_are_where_their_articles_are(tmp_path: Path) -> None:
    run(tmp_path, [lines(tmp_path / "a.jsonl", 0, 10)])
    articles = jsonl.ArticleFile(tmp_path / "out.jsonl")
    labels = list(jsonl.read_annotations(tmp_path / "labels.jsonl", articles=articles))
    assert [span.text for label in labels for span in label.spans] == ["Men"] * len(articles)
    assert all(isinstance(label, Annotation) for label in labels)
