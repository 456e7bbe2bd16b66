"""Train every method on the same articles, label the same split, and score each against the whole articles' gold."""

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
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.core.staging import staged
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

MARK = "baselines.json"
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

    `dataset` is the SHA-256 of the dataset's manifest, `settings` are those of ours.
    """

    dataset: str
    split: Split
    signature: str
    warnings: tuple[str, ...]
    settings: dict[str, Any]
    threads: int
    versions: dict[str, str]
    results: list[Result]


def race(
    settings: FitConfig,
    out: Path,
    names: Sequence[str] = tuple(METHODS),
    *,
    split: Split = "validation",
    overwrite: bool = False,
    watch: Watch | None = None,
) -> Race:
    """Write the folder `out`: predictions and a scorecard of each method, and what they come to.

    Where the validation split is labelled, ours does not see it either and keeps its last epoch; for the test split it
    chooses an epoch by validation, as its settings say. Raises InputError for a dataset that cannot be used.
    """
    dataset, watch = settings.dataset, watch or Watch()
    check_split(load(dataset), split, dataset)
    pool, scheme = open_pool(dataset, ["train"]), load_scheme(dataset / "scheme.yaml")
    with staged(out, mark=MARK, overwrite=overwrite) as folder, threads.limited(settings.threads):
        work, seconds = folder / "work", dict[str, float]()
        learned = dataset
        if split == "validation":
            settings, learned = settings.model_copy(update={"keep": "last"}), work / "dataset"
            cut(pool, pool.rows["id"], learned)
        for name in names:
            watch.method(name)
            own = work / name
            own.mkdir(parents=True)
            task = Task(pool.rows, scheme, settings, learned, own, watch.step)
            seconds[name] = _run(METHODS[name], task, dataset / split, folder / f"{name}.jsonl")
        shutil.rmtree(work)
        cards = {name: _score(folder, name, dataset / split) for name in names}
        derived = [card.derive(each) for each in cards.values()]
        made = Race(
            dataset=pool.digest,
            split=split,
            signature=derived[0].signature,
            warnings=tuple(dict.fromkeys(warning for each in derived for warning in each.warnings)),
            settings=settings.model_dump(mode="json", exclude={"run"}),
            threads=torch.get_num_threads(),
            versions=runs.versions()
            | {"scikit-learn": version("scikit-learn"), "crfsuite": version("python-crfsuite")},
            results=[_result(METHODS[name], seconds[name], cards) for name in names],
        )
        jsonl.write_text(folder / MARK, encode(made))
    return made


def encode(made: Race) -> str:
    """Write it as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(made)).decode() + "\n"


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
