"""Labelling articles beside transformers' pipeline, with the same model: speed, and memory that does not grow.

python -m benchmarks predict                              some ten minutes on two threads
python -m benchmarks.predict --threads 4 --texts 400 --long 60 --memory 1000 100000

The model is the default encoder, trained for a moment on the sample, so that it finds spans. Short texts are single
sentences of the sample, long ones are put together from its reports to some 3,000 characters, most of which are more
than the encoder reads at once. Everybody runs in a process of its own, with the same number of threads; time is by the
clock, without starting Python, importing and loading the model, after a few texts for warmth.

The pipeline's modes: one by one, which is its default; in batches of 16; and with a stride of 128, the only mode that
reads a long text to its end: the others cut it off at what the encoder takes, and so do less work. Ours reads
everything, and besides decodes each layer by its transitions and writes records: in torch, and with the same run
exported to int8, which also runs without torch. Where the processor multiplies bfloat16 faster, torch also computes in
that, here and in the pipeline.

`roofline` is the part of this machine's own speed at multiplying float32 matrices, measured in the same run, that the
products of the real sub-tokens come to; what is filled up or read twice does not count.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from logging import ERROR
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.ingest import peak
from rolecall.core import jsonl
from rolecall.core.records import Article

SAMPLE = Path(__file__).parents[1] / "sample"
LONG = 3_000
"""Characters of a long text."""
CUT = 60
"""Characters of a text where memory is measured."""
STRIDE = 128
WARM = 4
SIDE = 1_024
"""Rows and columns of the matrices whose products are the roofline."""
HALF = ", bfloat16"
OURS = ("rolecall", "rolecall" + HALF, "rolecall, int8")
MODES: dict[str, dict[str, int]] = {
    "pipeline": {}, "pipeline, 16": {"batch_size": 16}, "pipeline, stride": {"stride": STRIDE},
}  # fmt: skip
PIPELINES = (*MODES, *(mode + HALF for mode in MODES))


class Result(NamedTuple):
    """What a process measured: seconds, real sub-tokens, memory in MB before the first text and at most."""

    seconds: float
    tokens: int
    before: float
    most: float


def sentences(count: int) -> Iterator[Article]:
    """Yield single sentences of the sample, the same each time."""
    rng = random.Random(count)
    found = [
        sentence
        for article in jsonl.read(SAMPLE / "articles.jsonl", Article)
        for sentence in article.text.replace("\n", " ").split(". ")
        if 40 <= len(sentence) <= 400
    ]
    for number in range(count):
        yield Article.of(rng.choice(found), id=f"a{number}")


def reports(count: int) -> Iterator[Article]:
    """Yield texts of some 3,000 characters, the same each time."""
    rng = random.Random(count)
    texts = [article.text for article in jsonl.read(SAMPLE / "articles.jsonl", Article)]
    for number in range(count):
        text = ""
        while len(text) < LONG:
            text += rng.choice(texts) + "\n"
        yield Article.of(text[: LONG + rng.randrange(LONG // 3)], id=f"a{number}")


def train(folder: Path) -> Path:
    """Train the model that everybody uses."""
    from rolecall.annotate.dataset import build
    from rolecall.annotate.manifest import Options
    from rolecall.core.scheme import load_scheme
    from rolecall.train.fit import fit
    from rolecall.train.settings import FitConfig

    made = folder / "dataset"
    build(SAMPLE / "articles.jsonl", SAMPLE / "annotations.jsonl", load_scheme("protest"), made, Options())
    settings = FitConfig(dataset=made, run=folder / "run", epochs=1, least_steps=100, keep="last", device="cpu")
    return fit(settings).path


def quantize(run: Path) -> None:
    """Export the model to int8, whatever that costs in F1: the run is half trained."""
    from rolecall.train.export import export
    from rolecall.train.run import open_run

    done = export(open_run(run), SAMPLE / "articles.jsonl", run.with_name("int8"), limit=1.0)
    print(
        f"int8: {done.size / 1e6:,.0f} MB of {done.before / 1e6:,.0f} MB; on the sample "
        f"{done.verified.same} of {done.verified.spans} spans the same, {done.verified.added} added"
    )


def by_rolecall(mode: str, run: Path, out: Path, threads: int) -> Callable[[Sequence[Article]], None]:
    """Have rolecall label the articles, and write what it finds."""
    from rolecall.train import predict
    from rolecall.train.run import load_tagger, open_run

    opened = open_run(run.with_name("int8") if mode.endswith("int8") else run)
    tagger = load_tagger(opened, "cpu", threads, half=mode.endswith(HALF))

    def label(own: Sequence[Article]) -> None:
        jsonl.write(out, predict.predict(opened, tagger, own))

    return label


def by_pipeline(mode: str, run: Path) -> Callable[[Sequence[Article]], None]:
    """Have transformers' pipeline find entities."""
    import torch
    import transformers
    from transformers import AutoModelForTokenClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity(ERROR)
    pipeline: Any = transformers.pipeline
    tokenizer: Any = AutoTokenizer.from_pretrained(run)
    dtype = torch.bfloat16 if mode.endswith(HALF) else torch.float32
    model = AutoModelForTokenClassification.from_pretrained(run, dtype=dtype)
    tokenizer.model_max_length = model.config.max_position_embeddings
    options = MODES[mode.removesuffix(HALF)]
    stride = {"stride": options["stride"]} if "stride" in options else {}
    made = pipeline(
        "token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="simple", device="cpu", **stride
    )
    size = options.get("batch_size", 1)

    def label(own: Sequence[Article]) -> None:
        for _ in made((article.text for article in own), batch_size=size):
            pass

    return label


def child(mode: str, run: Path, texts: Path, threads: int) -> None:
    """Do the work once and print the result."""
    import torch
    from transformers import AutoTokenizer

    from rolecall.train.threads import hold_tokenizers

    torch.set_num_threads(threads)
    hold_tokenizers(threads)
    articles = list(jsonl.read(texts, Article))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.jsonl"
        label = by_rolecall(mode, run, out, threads) if mode in OURS else by_pipeline(mode, run)
        label(articles[:WARM])
        before, start = peak(), time.perf_counter()
        label(articles)
        seconds = time.perf_counter() - start
    tokenizer: Any = AutoTokenizer.from_pretrained(run)
    ids = tokenizer([article.text for article in articles], truncation=False, verbose=False)["input_ids"]
    print(json.dumps(Result(seconds, sum(map(len, ids)), before, peak())))


def measure(mode: str, run: Path, texts: Path, threads: int) -> Result:
    """Do the work once in a process of its own."""
    words = ["--child", mode, str(run), str(texts), "--threads", str(threads)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.predict", *words], capture_output=True, text=True, check=True
    )
    return Result(*json.loads(done.stdout.splitlines()[-1]))


def roofline(threads: int) -> float:
    """Measure how many float32 operations a second products of square matrices come to."""
    import torch

    torch.set_num_threads(threads)
    one, other = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    best = 0.0
    for _ in range(30):
        start = time.perf_counter()
        one @ other
        best = max(best, 2 * SIDE**3 / (time.perf_counter() - start))
    return best


def work(run: Path) -> float:
    """Return the float32 operations that the products of one sub-token with the network's weights take."""
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(run)
    matrices: list[int] = [
        weight.numel() for name, weight in model.named_parameters() if weight.dim() == 2 and "embeddings" not in name
    ]
    return 2.0 * sum(matrices)


def compare(run: Path, folder: Path, texts: int, longs: int, threads: int) -> None:
    """Print what everybody takes for short texts and for long ones."""
    from rolecall.train.precision import is_half

    faster = is_half("auto", "cpu")
    modes = [mode for mode in (*OURS, *PIPELINES) if faster or not mode.endswith(HALF)]
    peakly, each = roofline(threads), work(run)
    print(f"{threads} threads, {peakly / 1e9:,.0f} GFLOPS at float32 matrices, {each / 1e6:,.1f} MFLOP a sub-token")
    for what, articles in (("short", list(sentences(texts))), ("long", list(reports(longs)))):
        path = folder / f"{what}.jsonl"
        jsonl.write(path, articles)
        size = sum(len(article.text) for article in articles) / len(articles)
        print(f"{what}: {len(articles):,} texts of {size:,.0f} characters", flush=True)
        base = None
        for mode in modes:
            found = measure(mode, run, path, threads)
            base = base or found.seconds
            print(
                f"  {mode:27} {len(articles) / found.seconds:8,.1f} texts/s {found.seconds / base:6.2f} x the time"
                f" {found.tokens * each / found.seconds / peakly:6.1%} of roofline"
                f" {found.most:7,.0f} MB at most ({found.before:,.0f} MB before)",
                flush=True,
            )


def memory(run: Path, folder: Path, counts: Sequence[int], threads: int) -> None:
    """Print the peak memory of the command for growing numbers of short articles, cut off so that it takes minutes."""
    for count in counts:
        jsonl.write(folder / "many.jsonl", (Article.of(each.text[:CUT], id=each.id) for each in sentences(count)))
        line = (
            "import sys; from benchmarks.ingest import peak; from rolecall.core.cli import run;"
            "code = run(sys.argv[1:]); print(code, peak())"
        )
        words = ["train", "predict", str(run), str(folder / "many.jsonl"), "--out", str(folder / "many.out.jsonl")]
        done = subprocess.run(
            [sys.executable, "-c", line, *words], capture_output=True, text=True, check=True,
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        )  # fmt: skip
        code, most = done.stdout.split()[-2:]
        assert code == "0"
        print(f"memory: {count:8,} articles {float(most):7,.0f} MB at most", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Train a model, and let everybody label with it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--long", type=int, default=100)
    parser.add_argument("--memory", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--child", nargs=3, metavar=("MODE", "RUN", "TEXTS"))
    options = parser.parse_args([] if arguments is None else arguments)
    if options.child:
        mode, run, texts = options.child
        child(mode, Path(run), Path(texts), options.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        run = train(Path(folder))
        quantize(run)
        compare(run, Path(folder), options.texts, options.long, options.threads)
        memory(run, Path(folder), options.memory, options.threads)


if __name__ == "__main__":
    main(sys.argv[1:])
