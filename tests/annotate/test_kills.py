"""Push and pull killed at any moment and run again at once: nothing lost, nothing doubled, no half of a file."""

import io
import json
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from rolecall.annotate.wire import Json
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from tests.annotate.stock import take_stock, tasks_of

SCHEME = load_scheme("protest")
ARTICLES = 90
SMALL = (
    "from rolecall.annotate import labelstudio, push; push.BATCH_TASKS = {batch}; labelstudio.STAMPS = 50; "
    "from rolecall.core.cli import main; main()"
)
"""The command itself, with batches and pages that are small enough to be cut off between."""
Command = list[str]


class Corpus(NamedTuple):
    """Articles, and a suggestion for each."""

    articles: Path
    suggestions: Path


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("kills")
    made = Corpus(folder / "articles.jsonl", folder / "suggestions.jsonl")
    articles = [Article.of(f"Rally {at} 🎉\r\n" + "Ақтау  " * 300, id=f"a{at}") for at in range(ARTICLES)]
    jsonl.write(made.articles, articles)
    jsonl.write(made.suggestions, map(suggestion, articles))
    return made


def suggestion(article: Article) -> Annotation:
    span = quote(article, 0, 5, "PROTEST", score=0.5)
    scheme = SCHEME.fingerprint
    return Annotation(article=article.id, hash=article.hash, by="m1", kind="model", scheme=scheme, spans=(span,))


class Killer:
    """Runs a command and kills it somewhere between its start and its usual end, more often late than early.

    `late` counts the commands that were done before.
    """

    def __init__(self, seed: int, usual: float) -> None:
        self.random = np.random.default_rng(seed)
        self.usual = usual
        self.kills = self.late = 0

    def kill(self, command: Command) -> None:
        moment = self.usual * self.random.random() ** 0.5
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as work:
            try:
                assert work.wait(moment) == 0
                self.late += 1
                self.usual *= 0.9  # the machine has become quicker, or there was less to do
            except subprocess.TimeoutExpired:
                work.kill()
                self.kills += 1

    def times(self, left: int) -> int:
        """Draw how often a command is killed before it may end."""
        return min(int(self.random.integers(1, 4)), left - self.kills)


def command(batch: int, *arguments: object) -> Command:
    return [sys.executable, "-c", SMALL.format(batch=batch), "annotate", *map(str, arguments), "--json"]


def finish(started: Command) -> Json:
    """Run a command to its end, and return what it tells."""
    done = subprocess.run(started, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    told: Json = json.loads(done.stdout)
    return told


def here(*arguments: object) -> Json:
    """Run a command in this process, which is quicker, and return what it tells."""
    with redirect_stdout(io.StringIO()) as said:
        assert run(["annotate", *map(str, arguments), "--json"]) == 0
    told: Json = json.loads(said.getvalue())
    return told


def usual_seconds(started: Command) -> float:
    start = time.monotonic()
    finish(started)
    return time.monotonic() - start


class KilledPushes(NamedTuple):
    """What came of pushes that were killed and run again.

    `lost` counts what was missing at once or in the end, `doubled` what stood there twice in the end; `changed` the
    projects in which another push found something to do.
    """

    kills: int
    lost: int
    doubled: int
    changed: int


def kill_pushes(kills: int, pause: float, title: str, corpus: Corpus, *, studio_dir: Path, sdk: Any) -> KilledPushes:
    """Kill pushes to one project after the other, in small batches and in one large one; let each end in the end."""
    late = number = lost = doubled = changed = 0
    way = ["push", corpus.articles, "--scheme", "protest", "--studio", studio_dir, "--suggestions", corpus.suggestions]
    killer = Killer(kills, usual_seconds(command(15, *way, "--project", f"{title} 0")))
    while killer.kills < kills:
        number += 1
        name = f"{title} {number}"
        push = command((15, ARTICLES)[number % 2], *way, "--project", name)
        for _ in range(killer.times(kills)):
            killer.kill(push)
        finish(push)
        time.sleep(pause)
        first = take_stock(sdk, name, SCHEME, *corpus)
        (told,) = here(*way, "--project", name)["projects"]
        last = take_stock(sdk, name, SCHEME, *corpus)
        lost += first.lost + last.lost
        doubled += last.doubled
        changed += (told["new"], told["unchanged"], told["suggested"], told["refused"]) != (0, ARTICLES, 0, [])
        late += first.doubled > 0  # the server did something after the last look
    print(f"push: {killer.kills} kills, {killer.late} came too late, {number} projects, {late} with late doubles")
    return KilledPushes(killer.kills, lost, doubled, changed)


def test_killed_pushes_lose_and_double_nothing(title: str, corpus: Corpus, studio_dir: Path, sdk: Any) -> None:
    done = kill_pushes(4, 0, title, corpus, studio_dir=studio_dir, sdk=sdk)
    assert done.kills == 4
    assert done.lost == done.doubled == done.changed == 0


@pytest.mark.soak
def test_many_killed_pushes_lose_and_double_nothing(title: str, corpus: Corpus, studio_dir: Path, sdk: Any) -> None:
    done = kill_pushes(100, 3, title, corpus, studio_dir=studio_dir, sdk=sdk)
    assert done.kills == 100
    assert done.lost == done.doubled == done.changed == 0


def label(sdk: Any, task: Json, kills: int) -> None:
    """Enter another annotation, which the next pull brings home in place of the one before."""
    results = [{**task["predictions"][0]["result"][0], "meta": {"kills": kills}}]
    sdk.annotations.create(id=task["id"], result=results, lead_time=float(kills))


class KilledPulls(NamedTuple):
    """What came of pulls that were killed and run again.

    `torn` counts the files that were neither the old nor the new one after a kill, `stale` those that were not the new
    one after a pull to its end.
    """

    kills: int
    torn: int
    stale: int


def kill_pulls(kills: int, title: str, corpus: Corpus, *, studio_dir: Path, sdk: Any, folder: Path) -> KilledPulls:
    """Kill pulls by snapshot and incremental ones while a project changes."""
    way = ["--scheme", "protest", "--project", title, "--studio", studio_dir]
    here("push", corpus.articles, *way, "--suggestions", corpus.suggestions)
    tasks = tasks_of(sdk, title)
    label(sdk, tasks[0], 0)
    pull = ["pull", corpus.articles, *way, "--out"]
    outs = {folder / "plain.jsonl": [], folder / "incremental.jsonl": ["--incremental"]}
    killer = Killer(kills, max([usual_seconds(command(15, *pull, out, *options)) for out, options in outs.items()]))
    turns = torn = stale = 0
    while killer.kills < kills:
        turns += 1
        label(sdk, tasks[turns % ARTICLES], turns)
        here(*pull, folder / "whole.jsonl")
        new = (folder / "whole.jsonl").read_bytes()
        for out, options in list(outs.items()) if kills < 10 else [list(outs.items())[turns % 2]]:
            old = out.read_bytes()
            for _ in range(killer.times(kills)):
                killer.kill(command(15, *pull, out, *options))
                torn += out.read_bytes() not in (old, new)
            finish(command(15, *pull, out, *options))
            stale += out.read_bytes() != new
    parts = len(list(folder.glob(".*.part")))
    print(f"pull: {killer.kills} kills, {killer.late} came too late, {turns} changes, {parts} parts left in the folder")
    return KilledPulls(killer.kills, torn, stale)


def test_killed_pulls_leave_the_old_or_the_new(
    title: str, corpus: Corpus, studio_dir: Path, sdk: Any, tmp_path: Path
) -> None:
    done = kill_pulls(4, title, corpus, studio_dir=studio_dir, sdk=sdk, folder=tmp_path)
    assert done.kills == 4
    assert done.torn == done.stale == 0


@pytest.mark.soak
def test_many_killed_pulls_leave_the_old_or_the_new(
    title: str, corpus: Corpus, studio_dir: Path, sdk: Any, tmp_path: Path
) -> None:
    done = kill_pulls(100, title, corpus, studio_dir=studio_dir, sdk=sdk, folder=tmp_path)
    assert done.kills == 100
    assert done.torn == done.stale == 0
