"""Commands for a single run: fit, predict."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
import typer

from rolecall.train.cli import options

if TYPE_CHECKING:
    from rolecall.train.fit import Fitted, Watch
    from rolecall.train.labelling import Engine, Step, Survey
    from rolecall.train.metrics import Epoch
    from rolecall.train.run import Run
    from rolecall.train.settings import FitConfig
    from rolecall.train.tagger import Tagger

app = typer.Typer(rich_markup_mode=None)
PAUSE, PERIOD = 0.5, 600.0
"""Seconds between two looks at how far labelling is, and over how many of them its speed is taken."""


@app.command(epilog="Example: rolecall train fit default dataset=dataset run=runs/first epochs=20")
def fit(
    config: Annotated[str, typer.Argument(help="A shipped config (rolecall configs), or the path of a .yaml file.")],
    overrides: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Settings to change.")] = None,
    *,
    show_config: Annotated[bool, typer.Option("--show-config", help="Print every setting and stop.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what there is of this run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Train a run: a folder with the model, its settings, its metrics by epoch and its ledger.

    The run appears when it is finished; until then its parts are in .NAME.part beside it, and an interrupted run goes
    on with --resume: from the step that Ctrl-C or SIGTERM ended, which leave a checkpoint behind, else from its last
    full epoch. Several processes train it together when launched: torchrun --nproc-per-node 2 -m rolecall.train fit ...
    """
    from rolecall.core import config as configs
    from rolecall.core import shipped
    from rolecall.train.settings import FitConfig

    settings = configs.load(FitConfig, shipped.find("train", config), overrides or ())
    if show_config:
        print(configs.dump(settings), end="")
        return
    if resume and overwrite:
        raise typer.BadParameter("--resume goes on with a run, --overwrite begins it again: choose one")

    fitted = _fit(settings, resume=resume, overwrite=overwrite)
    if fitted is None:
        return
    if as_json:
        print(msgspec.json.encode(fitted._asdict(), enc_hook=str).decode())
    else:
        _print_run(fitted)


def _fit(settings: "FitConfig", *, resume: bool, overwrite: bool) -> "Fitted | None":
    """Train, and tell of it; processes that follow another are silent, and return nothing."""
    from rolecall.core.cli import INTERRUPTED, MISUSE
    from rolecall.train import fit as worker
    from rolecall.train import processes

    quiet = processes.follows()
    try:
        with nullcontext() if quiet else _watching(settings.epochs) as watch:
            fitted = worker.fit(settings, resume=resume, overwrite=overwrite, watch=watch)
        processes.leave()
    except KeyboardInterrupt as stop:
        if quiet:
            raise typer.Exit(INTERRUPTED) from None
        raise options.interrupted(settings.run, str(stop) or _last_step(settings.run)) from None
    except processes.LeaderFailedError:
        raise typer.Exit(MISUSE) from None
    return None if quiet else fitted


def _last_step(run: Path) -> str:
    """Name the step of an unfinished run's newest checkpoint."""
    from rolecall.train import checkpoints
    from rolecall.train.unfinished import folder_of

    return f"step {checkpoints.number_of(checkpoints.newest(folder_of(run))):,}"


@contextmanager
def _watching(epochs: int) -> Iterator["Watch"]:
    """Show one bar over all steps, and a line for each epoch."""
    from rolecall.core.progress import bars
    from rolecall.train.fit import Watch
    from rolecall.train.metrics import Epoch

    with bars() as progress:
        bar = progress.add_task("fit", total=None)

        def step(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        def epoch(record: Epoch) -> None:
            progress.console.print(
                f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}  loss {record.loss:.4f}  {_rates(record)}",
                highlight=False,
                soft_wrap=True,
            )

        yield Watch(step, epoch)


def _rates(record: "Epoch") -> str:
    """Put an epoch's validation F1 into words, the layers' in brackets where there are several."""
    if record.f1 is None:
        return "no validation spans"
    layers = [f"{name} {_percent(counts.f1)}" for name, counts in record.counts.items()]
    return f"validation F1 {_percent(record.f1)}" + (f" ({', '.join(layers)})" if len(layers) > 1 else "")


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.1f}"


def _print_run(fitted: "Fitted") -> None:
    for books in fitted.books:
        print(books)
    if fitted.known.poor:
        print(
            f"the encoder hardly knows these texts: {fitted.known}; choose one that has read their language, "
            "such as encoder=FacebookAI/xlm-roberta-base"
        )
    kept = fitted.epochs[fitted.kept - 1]
    print(f"{fitted.path}: kept epoch {kept.epoch} of {len(fitted.epochs)}, {_rates(kept)}")


class Asked(NamedTuple):
    """Where labelling is to be done, and how."""

    engine: str
    device: str
    precision: str
    threads: int | None
    workers: int | None
    address: str | None


@app.command(epilog="Example: rolecall train predict runs/first dataset/test/articles.jsonl --out predictions.jsonl")
def predict(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    articles: Annotated[Path, typer.Argument(help="articles.jsonl, or a .parquet file with the columns id and text.")],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the annotations (JSON Lines); replaced if it is there.")],
    batch: Annotated[int | None, typer.Option(min=1, help="Sub-tokens read at once.  [default: 1024]")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...; cpu for an exported run.")] = "auto",
    precision: Annotated[
        Literal["float32", "bfloat16"],
        typer.Option(help="bfloat16 is faster on CPUs with AVX-512 BF16 or AMX (docs/speed.md)."),
    ] = "float32",
    by: Annotated[str | None, typer.Option(help="Whose annotations they are called; else the run's name.")] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Drop spans below the threshold that `rolecall evaluate calibrate` found.")
    ] = None,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="Label in this process, or on a Ray cluster (docs/cluster.md).")
    ] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="With ray: how many workers; else as many as the cluster holds.")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="CPU threads of a model; else OMP_NUM_THREADS, else one a core; with ray 1."),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="With ray: the cluster; else RAY_ADDRESS, else one that is started here.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Begin again where an unfinished output is found.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Label articles with a run, or an exported one: one annotation each, in their order, with a score a span.

    Articles of any length are read whole, and memory does not grow with their number. A span's score is the probability
    that the model gives to exactly this span. Work that was stopped or killed is gone on with by the same command.
    """
    from rolecall.train import labelling
    from rolecall.train.predict import BATCH, read_threshold
    from rolecall.train.run import open_run

    asked = Asked(engine, device, precision, threads, workers, address)
    if engine == "local" and (workers or address):
        raise typer.BadParameter("--workers and --address are for --engine ray")
    opened = open_run(run)
    threshold = read_threshold(calibration, opened) if calibration else 0.0
    found = labelling.survey(articles)  # finds what is wrong with the file before the model is loaded
    with _interruptible(), _worker(opened, asked) as worker, _labelling(found) as step:
        begun = monotonic()
        done = labelling.label(
            opened, worker, articles, out,
            batch=batch or BATCH, by=by, threshold=threshold, overwrite=overwrite, step=step,
        )  # fmt: skip
        seconds = round(monotonic() - begun, 3)
    told = {"out": str(out), "by": by or opened.name, **done._asdict()}
    if as_json:
        print(msgspec.json.encode({**told, "characters": found.characters, "seconds": seconds}).decode())
    else:
        print(f"{out}: {done.articles:,} articles labelled by {told['by']}{_earlier(done.before)}")


def _earlier(articles: int) -> str:
    return f", {articles:,} of them earlier" if articles else ""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Say of an interrupt that the work stands."""
    from rolecall.core.cli import INTERRUPTED

    try:
        yield
    except KeyboardInterrupt:
        print("interrupted; the same command goes on with it", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _worker(run: "Run", asked: Asked) -> Iterator["Tagger | Engine"]:
    """Load the model here, or join the cluster."""
    half = asked.precision == "bfloat16"
    if asked.engine == "ray":
        from rolecall.train import cluster

        with cluster.joined(
            run, address=asked.address, workers=asked.workers, threads=asked.threads, device=asked.device, half=half
        ) as joined:
            yield joined
        return

    from rolecall.train.run import load_tagger
    from rolecall.train.threads import hold_tokenizers, limited, sensible

    threads = asked.threads or sensible()
    hold_tokenizers(threads)
    tagger = load_tagger(run, asked.device, threads, half=half)
    with limited(threads):
        yield tagger


@contextmanager
def _labelling(found: "Survey") -> Iterator["Step"]:
    """Show a bar over the characters of all articles, as long ones take longer."""
    from rolecall.core.progress import bars

    told = 0.0

    with bars(period=PERIOD) as progress:
        bar = progress.add_task("predict, characters", total=found.characters)

        def step(articles: int, characters: int) -> None:
            nonlocal told
            if monotonic() - told < PAUSE and 0 < articles < found.articles:
                return  # a chunk's articles come all at once: one by one they would look like its speed
            told = monotonic()
            progress.update(
                bar,
                completed=characters,
                description=f"predict {articles:,} of {found.articles:,} articles, characters",
            )

        yield step
