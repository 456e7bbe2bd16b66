"""Push and pull through a proxy that does harm: nothing lost, nothing doubled, and every failure is told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import stamina

from rolecall.annotate import labelstudio
from rolecall.annotate import push as worker
from rolecall.annotate.access import KEY_VARIABLE
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.annotate.studio import Studio
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import ServiceError
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from tests.annotate.proxy import FAULTS, Fault, Proxy, proxy
from tests.annotate.stock import projects, take_stock, tasks_of

SCHEME = load_scheme("protest")
ARTICLES = 60
RUNS = 25
"""How often a command is run again before it has to have ended well."""
COMMAND = ["--scheme", "protest"]


@pytest.fixture(autouse=True)
def no_waiting(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Five attempts, as always, without the pauses between them; small batches and pages; the key at hand."""
    monkeypatch.setattr(worker, "BATCH_TASKS", 9)
    monkeypatch.setattr(labelstudio, "PAGE", 2)
    monkeypatch.setattr(labelstudio, "STAMPS", 40)
    monkeypatch.setenv(KEY_VARIABLE, studio.token)
    with stamina.set_testing(True, attempts=5):
        yield


class Files(NamedTuple):
    """Articles, the first half of them, two, a suggestion for each, and others for every third."""

    articles: Path
    half: Path
    few: Path
    suggestions: Path
    others: Path


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("faults")
    made = Files(*(folder / f"{name}.jsonl" for name in Files._fields))
    articles = [Article.of(f"{at} 🎉\r\n Rally  in Ақтау, {at * 7} detained.", id=f"a/{at}") for at in range(ARTICLES)]
    jsonl.write(made.articles, articles)
    jsonl.write(made.half, articles[: ARTICLES // 2])
    jsonl.write(made.few, articles[:2])
    jsonl.write(made.suggestions, [suggestion(article, "Rally", "PROTEST") for article in articles])
    jsonl.write(made.others, [suggestion(article, "detained", "ARREST") for article in articles[::3]])
    return made


def suggestion(article: Article, words: str, role: str) -> Annotation:
    start = article.text.index(words)
    span = quote(article, start, start + len(words), role, score=0.75)
    scheme = SCHEME.fingerprint
    return Annotation(article=article.id, hash=article.hash, by="m1", kind="model", scheme=scheme, spans=(span,))


def until_good(name: str, *arguments: object) -> int:
    """Run a command until it ends well, and return how often it failed before, each time with a word about why."""
    for failures in range(RUNS):
        code = run(["annotate", name, *map(str, arguments)])
        if code == 0:
            return failures
        assert code == 2, "neither done nor failed"
    raise AssertionError(f"{name} does not end well")


class Desk(NamedTuple):
    """Where a test works."""

    title: str
    files: Files
    studio: Studio
    sdk: Any


@pytest.fixture
def desk(title: str, files: Files, studio: Studio, sdk: Any) -> Desk:
    return Desk(title, files, studio, sdk)


def push_all(faulty: Proxy, title: str, files: Files) -> int:
    """Push half of the articles bare, then all with suggestions, then other suggestions; count the failures."""
    way = [*COMMAND, "--project", title, "--url", faulty.url]
    failures = until_good("push", files.half, *way)
    failures += until_good("push", files.articles, *way, "--suggestions", files.suggestions)
    return failures + until_good("push", files.articles, *way, "--suggestions", files.others)


class Pushed(NamedTuple):
    """The faults that happened, and what came of pushes through them.

    `lost` and `doubled` are over all projects; `changed` counts those in which another push cannot do without a change.
    """

    faults: Counter[Fault]
    failures: int
    lost: int
    doubled: int
    changed: int


def push_through(faulty: Proxy, desk: Desk, title: str) -> Pushed:
    """Push until it ends well, look at what is there, and push again."""
    failures = push_all(faulty, title, desk.files)
    faulty.settle()
    last = ["annotate", "push", str(desk.files.articles), *COMMAND, "--project", title]
    last += ["--suggestions", str(desk.files.others), "--url", desk.studio.url]
    if faulty.done["left alone"]:  # the server may have done something after the last look
        assert run(last) == 0
    stock = take_stock(desk.sdk, title, SCHEME, desk.files.articles, desk.files.suggestions, desk.files.others)
    with pytest.MonkeyPatch.context() as patch:
        for change in ("import_tasks", "import_predictions", "delete_task", "delete_prediction"):
            patch.setattr(LabelStudio, change, None)
        changed = run(last) != 0
    return Pushed(faulty.done, failures, *stock, changed)


def push_under(faults: Sequence[Fault], seeds: range, desk: Desk) -> Pushed:
    """Push under faults, more of them from seed to seed."""
    done: list[Pushed] = []
    asked = 0
    for seed in seeds:
        with proxy(desk.studio.url, faults, 0.1 + 0.05 * (seed % 6), seed) as faulty:
            done.append(push_through(faulty, desk, f"{desk.title} {seed}"))
            asked += faulty.asked
    found: Counter[Fault] = sum((one.faults for one in done), Counter())
    failures, lost, doubled, changed = (sum(column) for column in list(zip(*done, strict=True))[1:])
    print(f"{len(seeds)} seeds, {asked} requests, {found.total()} faults, {failures} runs failed: {dict(found)}")
    return Pushed(found, failures, lost, doubled, changed)


def test_push_under_faults(desk: Desk) -> None:
    done = push_under(FAULTS, range(3, 6), desk)
    assert done.lost == done.doubled == done.changed == 0
    assert len(done.faults) == len(FAULTS)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_push_under_one_kind_of_fault(fault: Fault, desk: Desk) -> None:
    done = push_under([fault], range(3, 9), desk)
    assert done.lost == done.doubled == done.changed == 0
    assert done.faults[fault] > 30


@pytest.mark.soak
def test_push_under_faults_in_the_long_run(desk: Desk) -> None:
    done = push_under(FAULTS, range(100, 140), desk)
    assert done.lost == done.doubled == done.changed == 0
    assert min(done.faults[fault] for fault in FAULTS) > 20


class Projects(NamedTuple):
    """The faults that happened, and how many projects there are of each title."""

    faults: Counter[Fault]
    made: list[int]


def make_projects(seeds: range, desk: Desk) -> Projects:
    """Push to new projects while half of the requests to make and find one go wrong."""
    kinds: list[Fault] = ["cut answer", "lost answer", "delivered twice", "repeated answer"]
    done = Projects(Counter(), [])
    for seed in seeds:
        name = f"{desk.title} {seed}"
        with proxy(desk.studio.url, kinds, 0.5, seed, only="/api/projects/") as faulty:
            until_good("push", desk.files.few, *COMMAND, "--project", name, "--url", faulty.url)
        done.faults.update(faulty.done)
        done.made.append(len(projects(desk.sdk, name)))
    print(f"{len(seeds)} projects: {dict(done.faults)}")
    return done


def test_a_project_is_made_once(desk: Desk) -> None:
    done = make_projects(range(4), desk)
    assert done.made == [1] * 4
    assert len(done.faults) == 4


@pytest.mark.soak
def test_a_project_is_made_once_in_the_long_run(desk: Desk) -> None:
    done = make_projects(range(100, 150), desk)
    assert done.made == [1] * 50
    assert min(done.faults.values()) > 20


def no_snapshot(*_: object) -> None:
    raise ServiceError("no snapshots here", remedy="read pages")


class Labelled(NamedTuple):
    """A project with labels, and the articles in it."""

    articles: Path
    way: list[str]
    folder: Path


@pytest.fixture
def labelled(some_articles: Path, some_annotations: Path, title: str, studio_dir: Path, tmp_path: Path) -> Labelled:
    way = ["--project", title, "--studio", str(studio_dir)]
    assert run(["annotate", "push", str(some_articles), *COMMAND, *way]) == 0
    assert run(["annotate", "enter", str(some_annotations), *way]) == 0
    return Labelled(some_articles, way, tmp_path)


def relabel(sdk: Any, title: str, number: int) -> None:
    """Change an annotation, each time of another task."""
    tasks = tasks_of(sdk, title)
    annotation = tasks[number % len(tasks)]["annotations"][number % 3]
    sdk.annotations.update(annotation["id"], result=annotation["result"][:-1], lead_time=float(number))


class Pulls(NamedTuple):
    """The faults that happened, and whether each pull through them brought what comes without."""

    faults: Counter[Fault]
    same: list[bool]


def pull_under(rate: float, seeds: range, labelled: Labelled, how: str, desk: Desk) -> Pulls:
    """Pull through faults twice, change a label, and pull twice again."""
    done = Pulls(Counter(), [])
    failures = 0
    command = ["pull", str(labelled.articles), *COMMAND, *["--incremental"] * (how == "incremental"), "--out"]
    plain = labelled.folder / "plain.jsonl"
    for seed in seeds:
        out = labelled.folder / f"{seed}.jsonl"
        with proxy(desk.studio.url, FAULTS, rate, seed) as faulty, pytest.MonkeyPatch.context() as patch:
            if how == "pages":
                patch.setattr(LabelStudio, "snapshot", no_snapshot)
            for number in (2 * seed, 2 * seed + 1):
                relabel(desk.sdk, desk.title, number)
                faulty.forget()  # an answer of before would tell what was there before
                until_good(*command, plain, *labelled.way)
                for _ in range(2):  # the second time there are answers to repeat
                    failures += until_good(*command, out, "--project", desk.title, "--url", faulty.url)
                    done.same.append(out.read_bytes() == plain.read_bytes())
        done.faults.update(faulty.done)
    found = done.faults
    print(f"pull, {how}: {len(seeds)} seeds, {found.total()} faults, {failures} runs failed: {dict(found)}")
    return done


@pytest.mark.parametrize("how", ["snapshot", "pages", "incremental"])
def test_pull_brings_the_same(how: str, labelled: Labelled, desk: Desk) -> None:
    done = pull_under(0.35, range(1, 2), labelled, how, desk)
    assert done.same == [True] * 4
    assert len(done.faults) > 3


@pytest.mark.soak
@pytest.mark.parametrize("how", ["snapshot", "pages", "incremental"])
def test_pull_brings_the_same_in_the_long_run(how: str, labelled: Labelled, desk: Desk) -> None:
    done = pull_under(0.3, range(20, 40), labelled, how, desk)
    assert done.same == [True] * 80
    assert len(done.faults) == len(FAULTS)
