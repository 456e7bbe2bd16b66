"""Cross-validation of a real encoder on a toy corpus: nothing leaks, the same twice, and gone on with after a stop."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import datasets
import msgspec
import pytest

from rolecall.core import config, groups, jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article
from rolecall.core.sealed import digests
from rolecall.evaluate import card
from rolecall.evaluate.readings import file_hash
from rolecall.train import cv as cvs
from rolecall.train import fit as fits
from rolecall.train import run as runs
from rolecall.train.cv import Folds, Plan, Started, Watch, cross_validate
from rolecall.train.examples import load
from rolecall.train.metrics import Epoch
from rolecall.train.pool import Part
from rolecall.train.predict import predict
from rolecall.train.settings import FitConfig
from rolecall.train.unfinished import MARK, Note
from tests.train import toy

pytestmark = pytest.mark.train
TWO, KEPT = Plan(folds=2), Plan(folds=2, keep_models=True)


@pytest.fixture(scope="module")
def whole(short: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folds of the train split, their models kept."""
    out = tmp_path_factory.mktemp("cv") / "whole"
    cross_validate(short, out, KEPT)
    return out


def read(out: Path) -> Folds:
    return msgspec.json.decode((out / "folds.json").read_bytes(), type=Folds)


def test_each_article_is_labelled_by_the_model_of_the_other_fold(whole: Path, toys: Path) -> None:
    folds = read(whole)
    assert (folds.splits, folds.seed, folds.drawn, folds.epoch) == (("train",), 0, True, "last")
    articles = {article.id: article for article in jsonl.read(toys / "train" / "articles.jsonl", Article)}
    group_of = groups.join(articles.values())
    first, second = (set(fold.articles) for fold in folds.folds)
    assert (len(first), len(second), first | second) == (4, 4, set(articles))
    assert not {group_of[name] for name in first} & {group_of[name] for name in second}
    assert [fold.stories for fold in folds.folds] == [2, 2]
    found = {each.article: each for each in jsonl.read(whole / "predictions.jsonl", Annotation)}
    assert list(found) == list(articles)
    assert sum(len(each.spans) for each in found.values()) > 20
    for number, own in ((1, first), (2, second)):
        opened = runs.open_run(whole / f"fold-{number}")
        assert opened.info.epoch == 2
        assert opened.info.dataset == file_hash(opened.path / "part.json")
        part = msgspec.json.decode((opened.path / "part.json").read_bytes(), type=Part)
        assert (part.part_of, set(part.articles)) == (folds.dataset, set(articles) - own)
        tagger = runs.load_tagger(opened, "cpu")
        labelled = predict(opened, tagger, [articles[name] for name in found if name in own], by="whole")
        assert list(labelled) == [found[name] for name in found if name in own]


def test_nothing_of_a_fold_is_trained_on(short: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[set[str]] = []

    def spy(settings: FitConfig, **options: object) -> object:
        loaded = load(settings.dataset)
        assert list(loaded) == ["train"]
        assert settings.keep == "last"
        learned.append(set(loaded["train"]["id"]))
        return original(settings, **options)

    original: Callable[..., object] = fits.fit
    monkeypatch.setattr(fits, "fit", spy)
    settings = short.model_copy(update={"epochs": 1, "seed": 3})
    made = cross_validate(settings, tmp_path / "cv", Plan(folds=3, splits=("train", "validation")))
    every = {name for fold in made.folds.folds for name in fold.articles}
    assert every == {city.lower() for split in ("train", "validation") for city in toy.CITIES[split]}
    assert learned == [every - set(fold.articles) for fold in made.folds.folds]


def test_the_folder_is_whole_and_evaluate_reads_it(whole: Path, toys: Path, tmp_path: Path) -> None:
    names = {"annotators.jsonl", "articles.jsonl", "folds.json", "gold.jsonl", "predictions.jsonl", "scheme.yaml"}
    assert {path.name for path in whole.iterdir()} == names | {"scorecard.json", "fold-1", "fold-2"}
    assert not list(whole.parent.glob(".*"))
    for name in ("articles", "gold", "annotators"):
        assert (whole / f"{name}.jsonl").read_bytes() == (toys / "train" / f"{name}.jsonl").read_bytes()
    assert {annotation.by for annotation in jsonl.read(whole / "predictions.jsonl", Annotation)} == {"whole"}
    files = [str(whole / f"{name}.jsonl") for name in ("gold", "predictions", "articles", "annotators")]
    beside = ["--articles", files[2], "--annotators", files[3], "--out", str(tmp_path / "card.json")]
    assert run(["evaluate", "score", *files[:2], *beside]) == 0
    pooled = card.read(whole / "scorecard.json")
    assert card.read(tmp_path / "card.json") == pooled
    derived = card.derive(pooled)
    scores = derived.scores
    assert derived.human is not None
    assert derived.human.with_gold is not None
    assert derived.human.with_gold.micro.f1.value == 2 * 72 / (72 + 80)  # ana lacks the first of each ten spans
    assert (scores.micro.gold, scores.groups) == (80, 4)
    folds = read(whole).folds
    for field in ("correct", "predicted", "gold"):
        assert sum(getattr(fold.scores.micro, field) for fold in folds) == getattr(scores.micro, field)
        for role in scores.roles:
            parts = [getattr(fold.scores.roles[role], field) for fold in folds]
            assert sum(parts) == getattr(scores.roles[role], field)


def test_a_stopped_one_goes_on_to_the_same_result(whole: Path, short: FitConfig, tmp_path: Path) -> None:
    trained: list[int] = []

    def stop(number: int) -> Watch:
        def epoch(record: Epoch) -> None:
            trained.append(record.epoch)
            if len(trained) == number:
                raise KeyboardInterrupt

        return Watch(fit=fits.Watch(epoch=epoch))

    out = tmp_path / "whole"
    with pytest.raises(KeyboardInterrupt):  # in the second fold, after its first epoch
        cross_validate(short, out, KEPT, watch=stop(3))
    assert not out.exists()
    with pytest.raises(InputError, match="an interrupted cross-validation is here"):
        cross_validate(short, out, TWO)
    changed = short.model_copy(update={"epochs": 3})
    with pytest.raises(InputError, match="was begun with something else: epochs, folds, keep-models"):
        cross_validate(changed, out, Plan(folds=3), resume=True)
    cross_validate(short, out, KEPT, resume=True, watch=stop(0))
    assert trained == [1, 2, 1, 2]
    for name in ("predictions.jsonl", "fold-1/model.safetensors", "fold-2/model.safetensors", "folds.json"):
        assert file_hash(out / name) == file_hash(whole / name)
    assert not list(tmp_path.glob(".*"))


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toys, their training articles in three folds."""
    return toy.write(tmp_path_factory.mktemp("folded"), folds=3)


def test_the_folds_of_the_dataset_are_taken(
    folded: Path, short: FitConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "short.yaml").write_text(config.dump(short.model_copy(update={"dataset": folded, "epochs": 1})))
    assert run(["train", "cv", str(tmp_path / "short.yaml"), "--out", str(tmp_path / "cv")]) == 0
    made, rows = read(tmp_path / "cv"), load(folded)["train"]
    assert made.drawn is False
    own = dict(zip(rows["id"], rows["fold"], strict=True))
    assert {name: fold.fold for fold in made.folds for name in fold.articles} == own
    assert [fold.fold for fold in made.folds] == [0, 1, 2]
    told = capsys.readouterr()
    assert "note: the folds are the dataset's own; --folds N draws others\n" in told.out
    assert "fold 2" in told.err
    assert "3/3" in told.err


def begun_with(settings: FitConfig, out: Path, plan: Plan) -> int | None:
    """Return how many folds are drawn, by the notes of a cross-validation that is stopped at once."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cross_validate(settings, out, plan, watch=Watch(fold=stop))
    note = msgspec.json.decode((out.parent / f".{out.name}.part" / MARK).read_bytes(), type=Note)
    return msgspec.json.decode(note.started, type=Started).folds


def test_folds_are_drawn_on_request_or_where_the_dataset_has_none(
    folded: Path, short: FitConfig, toys: Path, tmp_path: Path
) -> None:
    settings, pooled = short.model_copy(update={"dataset": folded}), ("train", "validation")
    assert begun_with(settings, tmp_path / "own", Plan()) is None
    assert begun_with(settings, tmp_path / "three", Plan(folds=3)) == 3
    assert begun_with(settings, tmp_path / "pooled", Plan(splits=pooled)) == 5  # validation is in no fold
    assert begun_with(short, tmp_path / "none", Plan(splits=pooled)) == 5
    with pytest.raises(InputError, match="was begun with something else: folds\n"):
        cross_validate(settings, tmp_path / "own", Plan(folds=3), resume=True)


def test_folds_of_the_dataset_that_tear_a_story_are_refused(
    folded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torn = shutil.copytree(folded, tmp_path / "torn")
    rows = load(folded)["train"]
    folds = [number % 2 for number in range(len(rows))]  # two articles in each story
    datasets.Dataset.from_list(
        [{**row, "fold": fold} for row, fold in zip(rows, folds, strict=True)], features=rows.features
    ).save_to_disk(torn / "train")
    manifest = json.loads((torn / "manifest.json").read_text())
    manifest["files"] = {name: digest for name, digest in digests(torn).items() if name in manifest["files"]}
    (torn / "manifest.json").write_text(json.dumps(manifest))
    assert run(["train", "cv", "default", f"dataset={torn}", "--out", str(tmp_path / "cv")]) == 2
    assert "its folds tear a story apart: 'aktobe' is in fold 0, 'karaganda' in fold 1" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["torn"]


def test_what_cannot_be_done_leaves_nothing(short: FitConfig, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"8 articles make 4 groups by story, too few for 7 folds\n  remedy: "):
        cross_validate(short, tmp_path / "cv", Plan(folds=7))
    with pytest.raises(InputError, match="no such folder"):
        cross_validate(short.model_copy(update={"encoder": "./nowhere"}), tmp_path / "cv", TWO)
    with pytest.raises(InputError, match="was not interrupted"):
        cross_validate(short, tmp_path / "cv", TWO, resume=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="exists already"):
        cross_validate(short, whole, TWO)


def test_the_command(
    toys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [f"dataset={toys}", "epochs=1", "least_steps=0", "device=cpu"]
    arguments = ["train", "cv", "default", *settings, "--folds", "2", "--out", str(tmp_path / "cv")]
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert [line.split()[:2] for line in told.err.splitlines()] == [["folds", "━" * 40], ["fold", "2"]]
    assert "2/2" in told.err
    lines = [line.split() for line in told.out.splitlines()]
    assert ["fold", "stories", "articles", "gold", "P", "R", "F1", "95%", "interval"] in lines
    assert [line[:3] for line in lines if line and line[0] in {"1", "2"}] == [["1", "2", "4"], ["2", "2", "4"]]
    assert any(line[:1] == ["micro"] for line in lines)
    assert "note: 2 folds were drawn by story, from seed 0\n" in told.out
    assert f"rolecall evaluate score {tmp_path / 'cv' / 'gold.jsonl'}" in told.out
    assert {path.name for path in (tmp_path / "cv").glob("fold-*")} == set()
    assert run([*arguments, "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((tmp_path / "cv" / "folds.json").read_text())
    assert run(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert run([*arguments, "--resume", "--overwrite"]) == 2
    assert run([*arguments, "--splits", ","]) == 2
    capsys.readouterr()

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place, said in (("open_pool", ""), ("_label", "; --resume goes on after the last full fold or checkpoint")):
        monkeypatch.setattr(cvs, place, stop)
        assert run([*arguments, "--overwrite"]) == 130
        assert capsys.readouterr().err.splitlines()[-1] == f"interrupted{said}"
        monkeypatch.undo()
