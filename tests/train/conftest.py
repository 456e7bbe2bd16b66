"""A small dataset of the sample's shortest reports, a part of the real encoder, and one run trained on them."""

from pathlib import Path

import pytest

from rolecall.annotate.dataset import build
from rolecall.annotate.manifest import Options
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from rolecall.train import encoders
from rolecall.train import run as runs
from rolecall.train.fit import Fitted, fit
from rolecall.train.run import Run
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.windows import Encoder
from tests.train import blank, corpus, toy

SAMPLE = Path(__file__).parents[2] / "sample"
FEW = 8


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight short reports that hold no story twice, as a dataset folder with all three splits."""
    folder = tmp_path_factory.mktemp("few")
    first = {article.group: article for article in jsonl.read(SAMPLE / "articles.jsonl", Article)}
    articles = sorted(first.values(), key=lambda article: len(article.text))[:FEW]
    chosen = {article.id for article in articles}
    labels = jsonl.read(SAMPLE / "annotations.jsonl", Annotation)
    jsonl.write(folder / "articles.jsonl", articles)
    jsonl.write(folder / "labels.jsonl", (a for a in labels if a.article in chosen and a.kind == "adjudicated"))
    build(
        folder / "articles.jsonl", folder / "labels.jsonl", load_scheme("protest"), folder / "dataset", Options(seed=1)
    )
    return folder / "dataset"


@pytest.fixture(scope="session")
def shallow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The default encoder's first two layers: what they know is real, and they train in half the time."""
    folder, source = tmp_path_factory.mktemp("shallow"), encoders.resolve("default")
    network = encoders.load_model(source, ["O"]).network
    network.bert.encoder.layer = layers = network.bert.encoder.layer[:2]
    network.config.num_hidden_layers = len(layers)
    encoders.save(network, encoders.load_tokenizer(source), folder)
    return str(folder)


@pytest.fixture(scope="session")
def settings(dataset: Path, shallow: str, tmp_path_factory: pytest.TempPathFactory) -> FitConfig:
    """Two epochs of small steps at high rates, after which spans are found; most reports need several windows."""
    run = tmp_path_factory.mktemp("runs") / "small"
    return FitConfig(
        dataset=dataset, run=run, encoder=shallow, epochs=2, batch_tokens=192, least_steps=0, window=96, overlap=24,
        device="cpu", learning_rate=5e-4, head_learning_rate=5e-3, average=0.25,
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny(settings: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> FitConfig:
    """The same with an encoder that trains in a moment, and finds nothing."""
    return settings.model_copy(update={"encoder": str(blank.write(tmp_path_factory.mktemp("blank")))})


@pytest.fixture(scope="session")
def dropping(settings: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> FitConfig:
    """The same with an encoder that drops as real ones do: its weights depend on all that is random."""
    encoder = blank.write(tmp_path_factory.mktemp("dropping"), dropout=0.1)
    return settings.model_copy(update={"encoder": str(encoder)})


@pytest.fixture(scope="session")
def fitted(settings: FitConfig) -> Fitted:
    return fit(settings)


@pytest.fixture(scope="session")
def opened(fitted: Fitted) -> Run:
    return runs.open_run(fitted.path)


@pytest.fixture(scope="session")
def tagger(opened: Run) -> Tagger:
    return runs.load_tagger(opened, "cpu")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The default encoder's tokenizer, with windows of 16 sub-tokens."""
    tokenizer = encoders.load_tokenizer(encoders.resolve("default"))
    return Encoder(tokenizer, window=16, overlap=4)


@pytest.fixture(scope="session")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """A model that has learned the sentences of `corpus.PROTEST` by heart, in any order."""
    folder = tmp_path_factory.mktemp("layered")
    made = corpus.dataset(folder, load_scheme("protest"), train=corpus.shuffled(corpus.PROTEST, 80))
    settings = FitConfig(
        dataset=made, run=folder / "run", epochs=1, batch_tokens=32, least_steps=0, window=128, overlap=32,
        keep="last", device="cpu", learning_rate=5e-4, head_learning_rate=5e-3,
    )  # fmt: skip
    return runs.load_tagger(runs.open_run(fit(settings).path), "cpu")


@pytest.fixture(scope="session")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write(tmp_path_factory.mktemp("toys"))


@pytest.fixture(scope="session")
def short(toys: Path) -> FitConfig:
    """Enough to find spans in the toys."""
    return FitConfig(
        dataset=toys, run=Path("unused"), epochs=2, batch_tokens=25, least_steps=0, learning_rate=1e-3,
        head_learning_rate=5e-3, device="cpu",
    )  # fmt: skip
