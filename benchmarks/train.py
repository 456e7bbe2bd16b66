"""Training beside transformers' token-classification recipe: the same encoder, articles and threads.

python -m benchmarks train                               on the sample; some twenty minutes on two threads
python -m benchmarks.train --dataset ecb --threads 2     on another dataset, such as ECB+ (configs/train/ecbplus.yaml)
python -m benchmarks.train --only recipe --epochs 1      a quick look at one of them

Ours is the default config, which trains in bfloat16 where the processor multiplies it faster; there, `ours-float32`
shows what ours gains without that. The recipe takes articles at random, eight a step, each filled up to the longest,
and cuts off what the encoder cannot take; it runs with its defaults (5e-5, 3 epochs) and, as `recipe-tuned`, at our own
rate and number of epochs. A tag a token cannot say that layers overlap, so it has a model for each layer, and reads all
articles for each. Everybody runs in a process of its own. Both learn the train split, choose no epoch, and label the
validation articles, whose gold they have not seen; scores are strict and micro, with 95% intervals over stories.

`tokens/s` counts what was read in the steps that train, padding aside, by the clock from the first step to the last;
`padding` is the share of all that went through the network; `seconds` hold all that training takes, loading too.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.ingest import peak
from rolecall.core import jsonl

SAMPLE = Path(__file__).parents[1] / "sample"
MODES = ("ours", "ours-float32", "recipe", "recipe-tuned")


class Result(NamedTuple):
    """What a process measured; `read` and `filled` are sub-tokens, memory is in MB."""

    seconds: float
    loop: float
    read: int
    filled: int
    before: float
    most: float


class Meter:
    """Counts what goes through networks in training, and how long that takes."""

    def __init__(self) -> None:
        self.read = self.filled = 0
        self.first = self.last = 0.0

    def watch(self, network: Any) -> None:
        """Count what goes through a network from now on."""
        network.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, network: Any, _: Any, inputs: dict[str, Any]) -> None:
        if network.training:
            self.first = self.first or time.perf_counter()
            self.read += int(inputs["attention_mask"].sum())
            self.filled += inputs["attention_mask"].numel()

    def step(self, _done: int, _total: int) -> None:
        """Take note that a step is done."""
        self.last = time.perf_counter()


def build_sample(folder: Path) -> Path:
    """Build the dataset of the sample."""
    from rolecall.annotate.dataset import build
    from rolecall.annotate.manifest import Options
    from rolecall.core.scheme import load_scheme

    made = folder / "dataset"
    build(SAMPLE / "articles.jsonl", SAMPLE / "annotations.jsonl", load_scheme("protest"), made, Options())
    return made


def child(mode: str, dataset: Path, out: Path, threads: int, epochs: int | None) -> None:
    """Train once, label the validation articles, and print what it took."""
    from rolecall.core import config, shipped
    from rolecall.core.records import Annotation, Article
    from rolecall.core.scheme import load_scheme
    from rolecall.train import encoders
    from rolecall.train import threads as limits
    from rolecall.train.baselines.ours import train as ours
    from rolecall.train.baselines.recipe import DEFAULT, TUNED
    from rolecall.train.baselines.recipe import train as recipe
    from rolecall.train.baselines.task import Task
    from rolecall.train.pool import cut, open_pool
    from rolecall.train.settings import FitConfig

    meter, load = Meter(), encoders.load_model

    def loaded(source: encoders.Source, labels: Sequence[str]) -> encoders.Model:
        model = load(source, labels)
        meter.watch(model.network)
        return model

    encoders.load_model = loaded
    named = [
        f"threads={threads}",
        "device=cpu",
        "keep=last",
        f"precision={'float32' if mode == 'ours-float32' else 'auto'}",
        *([] if epochs is None else [f"epochs={epochs}", "least_steps=0"]),
    ]
    settings = config.load(FitConfig, shipped.find("train", "default"), named)
    pool, scheme = open_pool(dataset, ["train"]), load_scheme(dataset / "scheme.yaml")
    rate = DEFAULT if mode == "recipe" else TUNED
    with tempfile.TemporaryDirectory(dir=out.parent) as folder, limits.limited(threads):
        learned = Path(folder) / "learned"
        cut(pool, pool.rows["id"], learned)
        (Path(folder) / "work").mkdir()
        task = Task(pool.rows, scheme, settings, learned, Path(folder) / "work", meter.step)
        before, start = peak(), time.perf_counter()
        label = ours(task) if mode.startswith("ours") else recipe(rate._replace(epochs=epochs or rate.epochs), task)
        seconds, most = time.perf_counter() - start, peak()
        articles = list(jsonl.read(dataset / "validation" / "articles.jsonl", Article))
        found = zip(articles, label(articles), strict=True)
        jsonl.write(
            out,
            (
                Annotation(
                    article=each.id, hash=each.hash, by=mode, kind="model", scheme=scheme.fingerprint, spans=spans
                )
                for each, spans in found
            ),
        )
    print(json.dumps(Result(seconds, meter.last - meter.first, meter.read, meter.filled, before, most)))


def measure(mode: str, dataset: Path, out: Path, threads: int, epochs: int | None) -> Result:
    """Train once in a process of its own."""
    words = ["--child", mode, "--dataset", str(dataset), "--out", str(out), "--threads", str(threads)]
    words += [] if epochs is None else ["--epochs", str(epochs)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.train", *words], stdout=subprocess.PIPE, text=True, check=True
    )
    return Result(*json.loads(done.stdout.splitlines()[-1]))


def score(dataset: Path, found: Path) -> str:
    """Score labels on the validation articles, in words."""
    from rolecall.evaluate import card
    from rolecall.evaluate.files import score_files

    split = dataset / "validation"
    derived = card.derive(score_files(split / "gold.jsonl", found, articles=split / "articles.jsonl"))
    f1 = derived.scores.micro.f1
    bounds = "" if f1.low is None or f1.high is None else f" [{100 * f1.low:.1f}, {100 * f1.high:.1f}]"
    return "-" if f1.value is None else f"{100 * f1.value:.1f}{bounds}"


def compare(dataset: Path, folder: Path, modes: Sequence[str], threads: int, epochs: int | None) -> None:
    """Print what each takes and comes to, and its ratios to the first."""
    base: Result | None = None
    for mode in modes:
        out = folder / f"{mode}.jsonl"
        found = measure(mode, dataset, out, threads, epochs)
        base = base or found
        speed = found.read / found.loop
        print(
            f"{mode:13} {speed:8,.0f} tokens/s {speed / (base.read / base.loop):5.2f} x"
            f"  padding {1 - found.read / found.filled:5.1%}"
            f"  {found.seconds:7,.1f} s {found.seconds / base.seconds:5.2f} x"
            f"  {found.most:6,.0f} MB at most ({found.before:,.0f} MB before) {found.most / base.most:5.2f} x"
            f"  F1 {score(dataset, out)}",
            flush=True,
        )


def main(arguments: list[str] | None = None) -> None:
    """Train everybody on one dataset."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", type=Path, help="a folder that rolecall annotate dataset made; else the sample's")
    parser.add_argument("--only", choices=MODES, nargs="+", help="else all, ours-float32 only where bfloat16 is faster")
    parser.add_argument("--epochs", type=int, help="for everybody, for a quick look; else each has its own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--child", choices=MODES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args([] if arguments is None else arguments)
    if options.child:
        child(options.child, options.dataset, options.out, options.threads, options.epochs)
        return
    from rolecall.train.precision import is_half

    with tempfile.TemporaryDirectory() as folder:
        dataset = options.dataset or build_sample(Path(folder))
        modes = options.only or [mode for mode in MODES if mode != "ours-float32" or is_half("auto", "cpu")]
        print(f"{dataset.name}: {options.threads} threads, ratios to {modes[0]}", flush=True)
        compare(dataset, Path(folder), modes, options.threads, options.epochs)


if __name__ == "__main__":
    main(sys.argv[1:])
