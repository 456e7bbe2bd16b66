"""Train a run: a dataset and settings in, a folder with a model out.

While it trains, its parts are in .NAME.part beside the folder to be: a checkpoint an epoch (the last, and the best),
from which an interrupted run goes on. The folder appears when all of it is there.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from transformers import set_seed

from rolecall.core import config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Ledger
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.core.sealed import MANIFEST, sha256
from rolecall.core.staging import put
from rolecall.train import encoders, head, threads, transitions, vocabulary
from rolecall.train import run as runs
from rolecall.train.examples import Example, examples, load_sealed
from rolecall.train.labels import column_names, tag_sets
from rolecall.train.metrics import Epoch, count
from rolecall.train.precision import plain_attention
from rolecall.train.predict import annotate
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.torch_network import TorchNetwork
from rolecall.train.trainer import Measure, SpanTrainer, arguments, epochs
from rolecall.train.trainer import Watch as Callback
from rolecall.train.unfinished import check_free, held
from rolecall.train.vocabulary import Known
from rolecall.train.windows import Encoder


class Watch(NamedTuple):
    """Who is told of each step (done, total) and of each epoch."""

    step: Callable[[int, int], None] = lambda _done, _total: None
    epoch: Callable[[Epoch], None] = lambda _: None


class Fitted(NamedTuple):
    """A finished run: `kept` is the number of the epoch whose weights it holds, `books` those of its ledger.

    `known` says how well the encoder's vocabulary knows the training articles.
    """

    path: Path
    epochs: list[Epoch]
    kept: int
    books: list[Balance]
    known: Known


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What an unfinished run was started with."""

    settings: dict[str, Any]
    conditions: dict[str, str]
    dataset: str


def fit(settings: FitConfig, *, resume: bool = False, overwrite: bool = False, watch: Watch | None = None) -> Fitted:
    """Train and write the run; the same settings, machine, versions and threads give the same weights.

    Raises InputError for a dataset or encoder that cannot be used, for a dataset whose files are not those of its
    manifest, and for a run that exists (without `overwrite`), is in the making elsewhere, was interrupted (without
    `resume` or `overwrite`), or was interrupted under other settings, versions, device or precision.
    """
    check_free(settings.run, mark=runs.MARK, resume=resume, overwrite=overwrite)
    dataset, _ = load_sealed(settings.dataset)
    digest = sha256(settings.dataset / MANIFEST)  # it holds the digests of all files
    scheme = load_scheme(settings.dataset / "scheme.yaml")
    now = Started(settings=settings.model_dump(mode="json"), conditions=runs.conditions(settings), dataset=digest)
    parts = held(settings.run, "run", now, _worth, resume=resume, overwrite=overwrite)
    with threads.limited(settings.threads), parts as part:
        set_seed(settings.seed)
        tagger = new_tagger(settings, scheme)
        ledger = Ledger()
        learned = _learned(settings.dataset / "train", dataset, tagger, scheme, ledger)
        head.start_from_frequencies(tagger.model, learned, tagger.tags)
        tagger = tagger._replace(transitions=_transitions(learned, tagger))
        trainer = _train(settings, tagger, learned, scheme, part=part, watch=watch or Watch())
        records = epochs(trainer.state, [layer.name for layer in scheme.layers])
        kept = _kept(settings, records)
        folder = part / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        info = runs.Info(
            scheme=scheme.fingerprint,
            dataset=digest,
            encoder=settings.encoder,
            window=tagger.encoder.window,
            overlap=settings.overlap,
            epoch=kept,
            threads=torch.get_num_threads(),
            device=str(tagger.model.device),
            precision="bfloat16" if trainer.args.bf16 else "float32",
            versions=runs.versions(),
        )
        runs.save(folder, tagger, info, scheme)
        jsonl.write_text(folder / "settings.yaml", config.dump(settings))
        jsonl.write(folder / "metrics.jsonl", records)
        books = ledger.write(folder / "ledger.jsonl")
        put(folder, settings.run.resolve())
    known = vocabulary.measure(tagger.encoder, (example.window for example in learned))
    return Fitted(settings.run, records, kept, books, known)


def new_tagger(settings: FitConfig, scheme: Scheme) -> Tagger:
    """Load the encoder with a new head for the scheme."""
    source = encoders.resolve(settings.encoder)
    tokenizer = encoders.load_tokenizer(source)
    tags = tag_sets(scheme)
    model = encoders.load_model(source, column_names(tags)).network
    window = min(settings.window, encoders.positions(model, tokenizer))
    encoder = Encoder(tokenizer, window=window, overlap=settings.overlap)
    return Tagger(
        TorchNetwork(model), encoder, tags, tuple(transitions.valid(1 + 2 * len(each.roles)) for each in tags)
    )


def _transitions(learned: list[Example], tagger: Tagger) -> tuple[Any, ...]:
    """Count how tags follow each other in each layer."""
    layers = enumerate(tagger.tags)
    return tuple(transitions.count((one.tags[:, at] for one in learned), 1 + 2 * len(own.roles)) for at, own in layers)


def _learned(train: Path, dataset: Any, tagger: Tagger, scheme: Scheme, ledger: Ledger) -> list[Example]:
    """Encode all splits for the ledger and return the training examples; raise InputError where they teach nothing."""
    learned = list(examples("train", dataset["train"], tagger.encoder, scheme, ledger))
    if not learned:
        raise InputError(
            "has no text to train on", path=train, remedy="build the dataset of articles that have text, or of more"
        )
    if not any(example.tags.any() for example in learned):
        raise InputError(
            "holds no span to learn from",
            path=train,
            remedy="label some of its articles; what became of labelled spans is in the dataset's ledger.jsonl",
        )
    if "validation" in dataset:
        for _ in examples("validation", dataset["validation"], tagger.encoder, scheme, ledger):
            pass  # the ledger is told, and epochs are chosen by whole articles
    return learned


def _train(
    settings: FitConfig, tagger: Tagger, learned: list[Example], scheme: Scheme, *, part: Path, watch: Watch
) -> SpanTrainer:
    """Train to the end, from the newest checkpoint where there is one."""
    measure = _measure(settings.dataset / "validation", scheme)
    trainer = SpanTrainer(
        tagger,
        learned,
        settings,
        args=arguments(settings, part, measured=measure is not None),
        measure=measure or (lambda _: {}),
        watch=Callback([layer.name for layer in scheme.layers], watch.step, watch.epoch),
        best=part / "best.safetensors" if measure is not None and settings.keep == "best" else None,
    )
    slow = trainer.args.bf16 and trainer.args.device.type == "cpu"
    with encoders.quiet(), plain_attention(tagger.model, wanted=slow):
        trainer.go_on(_checkpoint(part))
    return trainer


def _measure(folder: Path, scheme: Scheme) -> Measure | None:
    """Return what counts a tagger's spans on the validation articles, or None where there are none."""
    if not (folder / "gold.jsonl").is_file():
        return None
    articles = jsonl.ArticleFile(folder / "articles.jsonl")
    read = jsonl.read_annotations(
        folder / "gold.jsonl", scheme=scheme.fingerprint, roles=scheme.roles, articles=articles
    )
    gold: dict[str, Annotation] = {annotation.article: annotation for annotation in read}

    def measure(tagger: Tagger) -> Any:
        labelled = (articles[name] for name in gold)
        return count(gold, annotate(tagger, labelled, scheme=scheme.fingerprint, by="model"), scheme)

    return measure


def _kept(settings: FitConfig, records: list[Epoch]) -> int:
    """Return the number of the epoch whose weights are kept: of the best ones the last, as the trainer has it."""
    if settings.keep == "last":
        return records[-1].epoch
    return max(records, key=lambda record: (record.f1 or 0.0, record.epoch)).epoch


def _worth(part: Path, _: BaseException) -> bool:
    """Whether an interrupted run left an epoch to go on with."""
    return _checkpoint(part) is not None


def _checkpoint(part: Path) -> Path | None:
    """Find the newest checkpoint that was written to its end; the trainer's state is the last of its files."""
    whole = []
    for path in part.glob("checkpoint-*"):
        try:
            msgspec.json.decode((path / "trainer_state.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            shutil.rmtree(path)
        else:
            whole.append(path)
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
