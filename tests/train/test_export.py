"""A run in ONNX: the same spans, verified, without torch, and refused where it finds others."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import onnx
import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run as command
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.train import export as worker
from rolecall.train import run as runs
from rolecall.train.export import Exported, export
from rolecall.train.exported import MODEL, PACKAGES, read_note
from rolecall.train.fit import Fitted, fit
from rolecall.train.labelling import Job, digest
from rolecall.train.labels import column_names, tag_sets
from rolecall.train.parts import Part, Work, Worker, read
from rolecall.train.predict import BATCH, predict
from rolecall.train.run import Run
from rolecall.train.settings import FitConfig
from rolecall.train.verify import verify

pytestmark = pytest.mark.train
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in {"torch", "transformers", "accelerate", "safetensors", "datasets"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from rolecall.core.cli import run
sys.exit(run(sys.argv[1:]))
"""
"""Runs the command as where torch is not installed."""


@pytest.fixture(scope="module")
def fitted(short: FitConfig, shallow: str, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """A run that finds spans in the toys."""
    changed = {"run": tmp_path_factory.mktemp("runs") / "toy", "encoder": shallow, "epochs": 4}
    return fit(short.model_copy(update=changed))


@pytest.fixture(scope="module")
def articles(toys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toys, a text of all of them, and sixty of their words without order, of which a model is less sure."""
    texts = [article.text for article in jsonl.read(toys.parent / "articles.jsonl", Article)]
    whole, rng = "\n".join(texts), random.Random(1)
    mixed = [" ".join(rng.sample(whole.split(), 20)) for _ in range(60)]
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl"
    jsonl.write(path, [Article.of(text, id=str(number)) for number, text in enumerate([*texts, whole, *mixed])])
    return path


@pytest.fixture(scope="module")
def plain(fitted: Fitted, articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    out = tmp_path_factory.mktemp("plain") / "toy"
    return export(runs.open_run(fitted.path), articles, out, precision="float32")


@pytest.fixture(scope="module")
def quantized(fitted: Fitted, articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    out = tmp_path_factory.mktemp("quantized") / "toy"
    return export(runs.open_run(fitted.path), articles, out, limit=1.0)


def without_torch(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WITHOUT, *words], check=False, capture_output=True, text=True)


def found(folder: Path, articles: Path) -> list[Annotation]:
    run = runs.open_run(folder)
    return list(predict(run, runs.load_tagger(run, "cpu", 1), jsonl.read(articles, Article)))


def test_float32_finds_the_same_spans(fitted: Fitted, plain: Exported, articles: Path) -> None:
    before, after = found(fitted.path, articles), found(plain.path, articles)
    spans = sum(len(annotation.spans) for annotation in before)
    assert spans > 50
    assert (plain.verified.articles, plain.verified.spans, plain.verified.same) == (73, spans, spans)
    assert (plain.verified.added, plain.verified.missing, plain.verified.agreement) == (0, 0, 1.0)
    for one, other in zip(before, after, strict=True):
        assert (one.article, one.by, one.scheme) == (other.article, other.by, other.scheme)
        assert [span.key for span in one.spans] == [span.key for span in other.spans]
        assert [span.score for span in one.spans] == pytest.approx([span.score for span in other.spans], abs=1e-4)
    assert plain.verified.score < 1e-4


def test_int8_is_smaller_and_says_what_it_lost(fitted: Fitted, quantized: Exported, articles: Path) -> None:
    assert quantized.size < 0.9 * quantized.before  # half of the weights are embeddings
    spans = {(a.article, *s.key, s.role) for a in found(fitted.path, articles) for s in a.spans}
    other = {(a.article, *s.key, s.role) for a in found(quantized.path, articles) for s in a.spans}
    told = quantized.verified
    assert (told.spans, told.same) == (len(spans), len(spans & other))
    assert (told.missing, told.added) == (len(spans - other), len(other - spans))
    assert told.agreement == pytest.approx(2 * len(spans & other) / (len(spans) + len(other)))
    assert told.loss == 1 - told.agreement
    assert told.agreement > 0.6
    assert read_note(quantized.path).verified == told


def test_what_is_lost_is_measured_against_gold(fitted: Fitted, quantized: Exported, toys: Path) -> None:
    run, test = runs.open_run(fitted.path), toys / "test"
    before, after = runs.load_tagger(run, "cpu"), runs.load_tagger(runs.open_run(quantized.path), "cpu")
    told = verify(before, after, run.scheme, toys.parent / "articles.jsonl", test / "gold.jsonl", limit=0.1)
    assert told.articles == 2
    assert told.f1_before is not None
    assert told.f1_after is not None
    assert told.loss == told.f1_before - told.f1_after
    assert told.f1_before > 0.2


def test_it_predicts_without_torch(quantized: Exported, articles: Path, tmp_path: Path) -> None:
    words = ["train", "predict", str(quantized.path), str(articles), "--threads", "1", "--out"]
    done = without_torch([*words, str(tmp_path / "without.jsonl")])
    assert done.returncode == 0, done.stderr
    assert command([*words, str(tmp_path / "with.jsonl")]) == 0
    assert (tmp_path / "without.jsonl").read_bytes() == (tmp_path / "with.jsonl").read_bytes()


def test_a_run_itself_says_that_it_needs_torch(fitted: Fitted, articles: Path, tmp_path: Path) -> None:
    words = ["train", "predict", str(fitted.path), str(articles), "--out", str(tmp_path / "out.jsonl")]
    done = without_torch(words)
    assert done.returncode == 2
    assert "rolecall[train]" in done.stderr


def test_more_loss_than_allowed_is_refused(
    fitted: Fitted, quantized: Exported, articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an exporter makes that spoils a network: one that finds nothing, as its O is far above all other tags."""

    def spoilt(run: Run, path: Path, _: str) -> None:
        model = onnx.load(quantized.path / MODEL)
        bias = next(each for each in model.graph.initializer if each.name.endswith("classifier.bias"))
        values = onnx.numpy_helper.to_array(bias).copy()
        values[[name.startswith("O") for name in column_names(tag_sets(run.scheme))]] += 100
        bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
        onnx.save(model, path)

    words = ["train", "export", str(fitted.path), str(articles), "--out", str(tmp_path / "out"), "--max-loss", "99"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "write_network", spoilt)
        assert command([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert not told["good"]
    assert told["verified"]["loss"] == 1 > told["verified"]["limit"]
    assert (told["verified"]["same"], told["verified"]["added"]) == (0, 0)
    assert not any(tmp_path.iterdir())


def test_what_cannot_be_exported(fitted: Fitted, plain: Exported, articles: Path, tmp_path: Path) -> None:
    run = runs.open_run(fitted.path)
    with pytest.raises(InputError, match="is exported already"):
        export(runs.open_run(plain.path), articles, tmp_path / "out")
    with pytest.raises(InputError, match="exists already"):
        export(run, articles, plain.path)
    tagger = runs.load_tagger(run, "cpu")
    jsonl.write(tmp_path / "none.jsonl", [Article.of("Rain.", id="a")])
    with pytest.raises(InputError, match="nothing can be compared"):
        verify(tagger, tagger, run.scheme, tmp_path / "none.jsonl", limit=0)
    (tmp_path / "gold.jsonl").touch()
    with pytest.raises(InputError, match="holds no annotation"):
        verify(tagger, tagger, run.scheme, articles, tmp_path / "gold.jsonl", limit=0)
    known = {"kind": "adjudicated", "scheme": run.scheme.fingerprint, "spans": ()}
    other = msgspec.convert({"article": "0", "hash": "0" * 64, "by": "gold", **known}, Annotation)
    jsonl.write(tmp_path / "gold.jsonl", [other])
    with pytest.raises(InputError, match="labels another text of article '0'"):
        verify(tagger, tagger, run.scheme, articles, tmp_path / "gold.jsonl", limit=0)
    assert command(["train", "export", str(run.path), str(articles), "--out", "x", "--precision", "int4"]) == 2


def test_what_is_wrong_with_an_exported_run_is_said(plain: Exported, tmp_path: Path) -> None:
    copy = tmp_path / "toy"
    shutil.copytree(plain.path, copy)
    with pytest.raises(InputError, match="device 'cuda': an exported run computes on the CPU"):
        runs.load_tagger(runs.open_run(copy), "cuda")
    (copy / MODEL).write_bytes((copy / MODEL).read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be loaded"):
        runs.load_tagger(runs.open_run(copy))
    (copy / "export.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be understood"):
        runs.load_tagger(runs.open_run(copy))


def test_labels_in_bfloat16_are_the_same_but_for_the_last_digits(
    fitted: Fitted, plain: Exported, articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "predict", str(fitted.path), str(articles), "--device", "cpu", "--out"]
    assert command([*words, str(tmp_path / "full.jsonl")]) == 0
    assert command([*words, str(tmp_path / "half.jsonl"), "--precision", "bfloat16"]) == 0
    full, half = (
        [span for annotation in jsonl.read(tmp_path / name, Annotation) for span in annotation.spans]
        for name in ("full.jsonl", "half.jsonl")
    )
    assert [span.key for span in full] == [span.key for span in half] != []
    differences = [abs((one.score or 0) - (other.score or 0)) for one, other in zip(full, half, strict=True)]
    assert 0 < max(differences) < 0.05
    words[2] = str(plain.path)
    assert command([*words, str(tmp_path / "none.jsonl"), "--precision", "bfloat16"]) == 2
    assert "is an exported run, which computes in float32\n  remedy: leave --precision out" in capsys.readouterr().err


def test_an_unfinished_output_knows_the_network(
    plain: Exported, quantized: Exported, articles: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    words = ["train", "predict", str(plain.path), str(articles), "--out", str(out)]
    assert command(words) == 0
    shutil.copy(out, tmp_path / ".out.jsonl.part")
    job = Job("0" * 64, "toy", 0.0, BATCH, "cpu", 1, {}, "float32")
    (tmp_path / ".out.jsonl.job").write_bytes(msgspec.json.encode(job))
    assert command(["train", "predict", str(quantized.path), *words[3:]]) == 2
    assert "made with another model" in capsys.readouterr().err


def test_a_worker_of_a_cluster_labels_with_it(plain: Exported, articles: Path) -> None:
    run = runs.open_run(plain.path)
    expected = found(plain.path, articles)
    job = Job(digest(run.path), "toy", 0.0, BATCH, "cpu", 1, runs.versions(PACKAGES), "float32")
    work = Work(run.path, articles, job, 1)
    told = Worker(work)({name: [value] for name, value in Part(1, 0, len(expected))._asdict().items()})
    assert told["problem"] == [""]
    assert read(told["labels"][0]) == expected
