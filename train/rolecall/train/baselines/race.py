"""Train every method on the same articles, label the same split, and score each against the whole articles' gold.

While it works, its parts are in .NAME.part beside the folder to be, and an interrupted race goes on with the method
that it was in. That one begins again, so that its seconds are those of all its training.
"""

import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import torch
from transformers import set_seed

from rolecall.core import jsonl
from rolecall.core.errors import RolecallError
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.core.staging import put
from rolecall.evaluate import card, compare, files
from rolecall.evaluate.card import Scorecard
from rolecall.evaluate.compare import Difference
from rolecall.evaluate.summary import Line, Mean
from rolecall.train import run as runs
from rolecall.train import threads
from rolecall.train.baselines.methods import METHODS, OURS
from rolecall.train.baselines.task import Label, Method, Task
from rolecall.train.examples import load
from rolecall.train.pool import check_split, cut, open_pool
from rolecall.train.settings import FitConfig
from rolecall.train.unfinished import check_free, held

MARK = "baselines.json"
SECONDS = "seconds.json"
"""How long training took, by method, in an unfinished race: what stands here is labelled too."""
LEVEL, TRIALS = 0.05, 10_000
"""The level of the verdicts, and the random swaps behind each p, as `rolecall evaluate compare` has them."""

Split = Literal["validation", "test"]


class Watch(NamedTuple):
    """Who is told of each method that begins (its name), and of its training steps (done, total)."""

    method: Callable[[str], None] = lambda _: None
    step: Callable[[int, int], None] = lambda _done, _total: None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a method came to.

    `seconds` is how long training took, and `against` the difference in micro F1, this method minus ours, where ours
    ran too.
    """

    method: str
    what: str
    seconds: float
    micro: Line
    macro: Mean
    against: Difference | None = None


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """The file baselines.json: one race, whose scores all have the same signature.

    `dataset` is the SHA-256 of the dataset's manifest, `settings` are those of ours, and `precision` is what they come
    to on this machine; the recipe trains in float32 everywhere.
    """

    dataset: str
    split: Split
    signature: str
    warnings: tuple[str, ...]
    settings: dict[str, Any]
    precision: str
    threads: int
    versions: dict[str, str]
    results: list[Result]


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What an unfinished race was started with."""

    settings: dict[str, Any]
    conditions: dict[str, str]
    dataset: str
    methods: tuple[str, ...]
    split: Split


def race(
    settings: FitConfig,
    out: Path,
    names: Sequence[str] = tuple(METHODS),
    *,
    split: Split = "validation",
    resume: bool = False,
    overwrite: bool = False,
    watch: Watch | None = None,
) -> Race:
    """Write the folder `out`: predictions and a scorecard of each method, and what they come to.

    Where the validation split is labelled, ours does not see it either and keeps its last epoch; for the test split it
    chooses an epoch by validation, as its settings say. Raises InputError for a dataset that cannot be used, and for a
    race that exists (without `overwrite`), is in the making elsewhere, was interrupted (without `resume` or
    `overwrite`), or was interrupted under other settings, versions, device or precision.
    """
    check_free(out, mark=MARK, resume=resume, overwrite=overwrite)
    dataset = settings.dataset
    pool, scheme = open_pool(dataset, ["train"]), load_scheme(dataset / "scheme.yaml")
    check_split(load(dataset), split, dataset)
    started = Started(
        settings=settings.model_dump(mode="json", exclude={"run"}),
        conditions=runs.conditions(settings) | _versions(),
        dataset=pool.digest,
        methods=tuple(names),
        split=split,
    )
    with (
        threads.limited(settings.threads),
        held(out.resolve(), "race", started, _worth, resume=resume, overwrite=overwrite) as part,
    ):
        result, learned = part / "result", dataset
        result.mkdir(exist_ok=True)
        if split == "validation":
            settings, learned = settings.model_copy(update={"keep": "last", "patience": None}), part / "dataset"
            if not learned.exists():
                cut(pool, pool.rows["id"], learned)
        watch = watch or Watch()
        task = Task(pool.rows, scheme, settings, learned, part / "work", watch.step)
        seconds = _run_all(names, task, dataset / split, part, watch.method)
        cards = {name: _score(result, name, dataset / split) for name in names}
        made = _conclude(started, settings, seconds, cards)
        jsonl.write_json(result / MARK, made)
        put(result, out.resolve())
    return made


def _worth(part: Path, error: BaseException) -> bool:
    """Whether there is something to go on with: a mistake in the settings leaves nothing."""
    return (part / SECONDS).is_file() or not isinstance(error, RolecallError)


def _versions() -> dict[str, str]:
    """Name the versions that the other methods depend on."""
    return {"scikit-learn": version("scikit-learn"), "crfsuite": version("python-crfsuite")}


def _run_all(
    names: Sequence[str], task: Task, split: Path, part: Path, tell: Callable[[str], None]
) -> dict[str, float]:
    """Run each method as far as that is not done, and return how many seconds the training of each took."""
    done = part / SECONDS
    seconds = msgspec.json.decode(done.read_bytes(), type=dict[str, float]) if done.is_file() else {}
    for name in names:
        if name not in seconds:
            tell(name)
            shutil.rmtree(task.folder, ignore_errors=True)
            task.folder.mkdir()
            seconds[name] = _run(METHODS[name], task, split, part / "result" / f"{name}.jsonl")
            jsonl.write_text(done, msgspec.json.encode(seconds).decode())
    return seconds


def _run(method: Method, task: Task, split: Path, out: Path) -> float:
    """Train a method, label the articles of a split with it, and return how many seconds the training took."""
    set_seed(task.settings.seed)
    begun = time.perf_counter()
    label = method.train(task)
    seconds = time.perf_counter() - begun
    jsonl.write(out, _annotations(label, split / "articles.jsonl", method.name, task.scheme))
    return seconds


def _annotations(label: Label, articles: Path, by: str, scheme: Scheme) -> Iterator[Annotation]:
    """Yield an annotation for each article, read as it is needed."""
    asked: deque[Article] = deque()

    def read() -> Iterator[Article]:
        for article in jsonl.read(articles, Article):
            asked.append(article)
            yield article

    for spans in label(read()):
        own = asked.popleft()
        yield Annotation(article=own.id, hash=own.hash, by=by, kind="model", scheme=scheme.fingerprint, spans=spans)


def _score(folder: Path, name: str, split: Path) -> Scorecard:
    """Score the predictions of a method, and write its scorecard."""
    found = files.score_files(split / "gold.jsonl", folder / f"{name}.jsonl", articles=split / "articles.jsonl")
    card.write(folder / f"{name}.scorecard.json", found, card.derive(found))
    return found


def _conclude(
    started: Started, settings: FitConfig, seconds: Mapping[str, float], cards: Mapping[str, Scorecard]
) -> Race:
    """Put together what the race came to; `settings` are those that ours was trained with."""
    derived = [card.derive(each) for each in cards.values()]
    return Race(
        dataset=started.dataset,
        split=started.split,
        signature=derived[0].signature,
        warnings=tuple(dict.fromkeys(warning for each in derived for warning in each.warnings)),
        settings=settings.model_dump(mode="json", exclude={"run"}),
        precision=started.conditions["precision"],
        threads=torch.get_num_threads(),
        versions=runs.versions() | _versions(),
        results=[_result(METHODS[name], seconds[name], cards) for name in cards],
    )


def _result(method: Method, seconds: float, cards: Mapping[str, Scorecard]) -> Result:
    """Put together what a method came to, and how that differs from ours."""
    found, ours = cards[method.name], cards.get(OURS)
    scores = card.derive(found).scores
    against = None
    if ours is not None and method.name != OURS:
        terms = found.terms
        against = compare.compare(
            ours, found, resamples=terms.resamples, trials=TRIALS, seed=terms.seed, alpha=LEVEL
        ).micro
    return Result(
        method=method.name,
        what=method.what,
        seconds=seconds,
        micro=scores.micro,
        macro=scores.macro,
        against=against,
    )
