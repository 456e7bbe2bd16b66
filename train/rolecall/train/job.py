"""What training needs, made ready: the encoder with a new head, and the articles as it reads them."""

from pathlib import Path
from typing import Any, NamedTuple

from transformers import set_seed

from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger
from rolecall.core.scheme import Scheme, load_scheme
from rolecall.core.sealed import MANIFEST, sha256
from rolecall.train import encoders, head, transitions
from rolecall.train.examples import Example, examples
from rolecall.train.labels import column_names, tag_sets
from rolecall.train.processes import Team
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.torch_network import TorchNetwork
from rolecall.train.unfinished import folder_of
from rolecall.train.windows import Encoder


class Job(NamedTuple):
    """What training needs: `checkpoint` is where it goes on from, `digest` the SHA-256 of the dataset's manifest."""

    settings: FitConfig
    team: Team
    part: Path
    scheme: Scheme
    digest: str
    tagger: Tagger
    learned: list[Example]
    ledger: Ledger
    checkpoint: Path | None


def prepare(settings: FitConfig, dataset: Any, team: Team, checkpoint: Path | None) -> Job:
    """Load the encoder, and encode the articles; raise InputError where one cannot be used."""
    set_seed(settings.seed)
    scheme, ledger = load_scheme(settings.dataset / "scheme.yaml"), Ledger()
    tagger = new_tagger(settings, scheme)
    learned = _learned(settings.dataset / "train", dataset, tagger, scheme, ledger)
    head.start_from_frequencies(tagger.model, learned, tagger.tags)
    tagger = tagger._replace(transitions=_transitions(learned, tagger))
    digest = sha256(settings.dataset / MANIFEST)
    part = folder_of(settings.run)
    return Job(settings, team, part, scheme, digest, tagger, learned, ledger, checkpoint)


def new_tagger(settings: FitConfig, scheme: Scheme) -> Tagger:
    """Load the encoder with a new head for the scheme."""
    source = encoders.resolve(settings.encoder)
    tokenizer = encoders.load_tokenizer(source)
    tags = tag_sets(scheme)
    model = encoders.load_model(source, column_names(tags)).network
    window = min(settings.window, encoders.positions(model, tokenizer))
    encoder = Encoder(tokenizer, window=window, overlap=settings.overlap)
    weights = tuple(transitions.valid(1 + 2 * len(each.roles)) for each in tags)
    return Tagger(TorchNetwork(model), encoder, tags, weights)


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
