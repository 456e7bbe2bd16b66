"""All methods on a toy corpus: each learns it, ours is not helped, and the command says how they stand."""

import json
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.core.scheme import load_scheme
from rolecall.evaluate import card, compare
from rolecall.evaluate.compare_table import chance, signed
from rolecall.evaluate.table import number
from rolecall.train import fit as fits
from rolecall.train.baselines import ours
from rolecall.train.baselines.methods import METHODS
from rolecall.train.baselines.race import Race, Watch, race
from rolecall.train.baselines.task import Task
from rolecall.train.cli.baselines import _print
from rolecall.train.examples import load
from rolecall.train.settings import FitConfig
from tests.train import toy

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def raced(short: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("race") / "all"
    race(short, out)
    return out


def read(out: Path) -> Race:
    return msgspec.json.decode((out / "baselines.json").read_bytes(), type=Race)


def test_each_method_labels_the_split_and_is_scored(raced: Path, toys: Path) -> None:
    names = list(METHODS)
    assert {path.name for path in raced.iterdir()} == {"baselines.json"} | {
        f"{name}.{kind}" for name in names for kind in ("jsonl", "scorecard.json")
    }
    assert not list(raced.parent.glob(".*"))
    articles = list(jsonl.read(toys / "validation" / "articles.jsonl", Article))
    made = read(raced)
    assert [result.method for result in made.results] == names
    for result in made.results:
        found = list(jsonl.read(raced / f"{result.method}.jsonl", Annotation))
        assert [annotation.by for annotation in found] == [result.method] * 2
        assert [disagreement(*pair) for pair in zip(found, articles, strict=True)] == [None, None]
        derived = card.derive(card.read(raced / f"{result.method}.scorecard.json"))
        assert (derived.scores.micro, derived.scores.macro) == (result.micro, result.macro)
        assert derived.signature == made.signature
        assert result.micro.gold == 20
        assert result.seconds > 0


def test_what_there_is_to_learn_is_learned(raced: Path) -> None:
    counts = {result.method: result.micro for result in read(raced).results}
    # The two cities of validation stand nowhere in training, twice each: the word list has all else and nothing more.
    assert (counts["lexicon"].correct, counts["lexicon"].predicted) == (16, 16)
    for name in ("crf", "frozen", "ours"):
        assert (counts[name].f1.value or 0) > 0.85, name


def test_the_difference_to_ours_is_the_comparison_of_the_scorecards(raced: Path) -> None:
    made = read(raced)
    cards = {result.method: card.read(raced / f"{result.method}.scorecard.json") for result in made.results}
    for result in made.results:
        if result.method == "ours":
            assert result.against is None
            continue
        found = compare.compare(cards["ours"], cards[result.method], resamples=1000, trials=10_000, seed=0, alpha=0.05)
        assert result.against == found.micro
        assert result.against.value == pytest.approx((result.micro.f1.value or 0) - (found.micro.first or 0))


@pytest.mark.parametrize(("split", "seen"), [("validation", ["train"]), ("test", ["train", "validation", "test"])])
def test_ours_never_sees_what_is_scored(
    split: str, seen: list[str], short: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[FitConfig] = []

    def spy(settings: FitConfig, **options: object) -> object:
        asked.append(settings)
        assert list(load(settings.dataset)) == seen
        return fits.fit(settings.model_copy(update={"epochs": 1}), **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ours, "fit", spy)
    race(short, tmp_path / "out", ["ours"], split=split)  # type: ignore[arg-type]
    assert [each.keep for each in asked] == ["last" if split == "validation" else "best"]
    assert [a.article for a in jsonl.read(tmp_path / "out" / "ours.jsonl", Annotation)] == [
        city.lower() for city in toy.CITIES[split]
    ]


def test_the_same_seed_gives_the_same_labels(short: FitConfig, raced: Path, tmp_path: Path) -> None:
    quick = ["crf", "frozen", "recipe"]
    race(short, tmp_path / "again", quick)
    for name in quick:
        assert (tmp_path / "again" / f"{name}.jsonl").read_bytes() == (raced / f"{name}.jsonl").read_bytes()


def test_a_stopped_race_goes_on_to_the_same_scores(raced: Path, short: FitConfig, tmp_path: Path) -> None:
    begun: list[str] = []
    names, out = ["lexicon", "crf", "ours"], tmp_path / "out"

    def stop(_done: int, _total: int) -> None:
        if begun[-1] == "crf":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        race(short, out, names, watch=Watch(begun.append, stop))
    assert not out.exists()
    with pytest.raises(InputError, match="an interrupted race is here"):
        race(short, out, names)
    with pytest.raises(InputError, match="was begun with something else: seed, methods, split\n"):
        race(short.model_copy(update={"seed": 1}), out, ["lexicon", "crf"], split="test", resume=True)
    seconds = msgspec.json.decode((tmp_path / ".out.part" / "seconds.json").read_bytes())
    made = race(short, out, names, resume=True, watch=Watch(begun.append))
    assert begun == ["lexicon", "crf", "crf", "ours"]
    assert [result.seconds for result in made.results][:1] == [seconds["lexicon"]]
    unbroken = {result.method: result for result in read(raced).results}
    for result in read(out).results:
        assert msgspec.structs.replace(result, seconds=unbroken[result.method].seconds) == unbroken[result.method]
        assert (out / f"{result.method}.jsonl").read_bytes() == (raced / f"{result.method}.jsonl").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_table_shows_how_far_each_is_from_ours(raced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _print(read(raced), raced)
    told = capsys.readouterr().out
    lines = [line.split() for line in told.splitlines()]
    assert "train s   minus ours   95% interval" in told
    results = {result.method: result for result in read(raced).results}
    cells = {line[0]: line for line in lines if line and line[0] in results}
    for name, result in results.items():
        if result.against is not None:
            assert cells[name][-2:] == [signed(result.against.value), chance(result.against.p)]
    assert cells["ours"][1] == number(results["ours"].micro.f1.value)
    assert "note: ours kept its last epoch, without a look at the validation articles" in told


def test_what_ours_did_otherwise_is_said(raced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = read(raced)
    assert made.precision in {"float32", "bfloat16"}

    def notes(split: str, keep: str, precision: str) -> list[str]:
        settings = {**made.settings, "keep": keep}
        _print(msgspec.structs.replace(made, split=split, settings=settings, precision=precision), raced)
        told = capsys.readouterr().out.splitlines()
        return [line.partition(" ours ")[2].partition(",")[0] for line in told if line.startswith("note: ours ")]

    assert notes("validation", "last", "float32") == ["kept its last epoch"]
    assert notes("test", "last", "float32") == ["also labelled the validation articles"]
    assert notes("test", "best", "bfloat16") == [
        "chose its epoch by the validation articles",
        "also labelled the validation articles",
        "trained in bfloat16",
    ]


def test_the_command(toys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = ["train", "baselines", "default", f"dataset={toys}", "--out", str(out), "--only", "lexicon,crf"]
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert "methods" in told.err
    assert "2/2" in told.err
    lines = [line.split() for line in told.out.splitlines()]
    assert ["method", "F1", "95%", "interval", "macro", "F1", "P", "R", "train", "s"] in lines
    assert [line[:2] for line in lines if line and line[0] == "lexicon"] == [["lexicon", "0.889"]]
    assert "lexicon: longest match of training mentions" in told.out
    assert "ours" not in told.out
    assert run(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert run([*arguments, "--overwrite", "--json", "--split", "test", "seed=7"]) == 0
    told_json = json.loads(capsys.readouterr().out)
    assert told_json == json.loads((out / "baselines.json").read_text())
    assert (told_json["split"], told_json["settings"]["seed"]) == ("test", 7)
    assert run([*arguments, "--resume", "--overwrite"]) == 2
    assert "choose one" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(
    toys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_: Task) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setitem(METHODS, "crf", METHODS["crf"]._replace(train=stop))
    arguments = [
        "train",
        "baselines",
        "default",
        f"dataset={toys}",
        "--out",
        str(tmp_path / "out"),
        "--only",
        "lexicon,crf",
    ]
    assert run(arguments) == 130
    assert "--resume goes on after the last full method" in capsys.readouterr().err
    monkeypatch.undo()
    assert run(arguments) == 2
    assert "an interrupted race is here" in capsys.readouterr().err
    assert run([*arguments, "--resume"]) == 0
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["--only", "lexicon,bert"],
            "--only: no method bert; methods: lexicon, crf, frozen, recipe",
        ),
        (["--only", "crf,crf"], "name at least one method, each once"),
        (["--only", ","], "name at least one method, each once"),
        (["--split", "train"], "'train' is not one of 'validation', 'test'"),
        (["seed=-1"], "seed: "),
        (["datasets=x"], "datasets: is not a key of this config (did you mean dataset?)"),
    ],
)
def test_wrong_input(
    more: list[str], said: str, toys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "baselines", "default", f"dataset={toys}", "--out", str(tmp_path / "out"), *more]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_a_dataset_that_lacks_a_split_or_columns(toys: Path, short: FitConfig, tmp_path: Path) -> None:
    alone = tmp_path / "dataset"
    alone.mkdir()
    for name in ("scheme.yaml", "train", "validation"):
        (alone / name).symlink_to(toys / name)
    (alone / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "validation"]}))
    (alone / "manifest.json").write_text(json.dumps({"scheme": load_scheme("protest").fingerprint, "files": {}}))
    with pytest.raises(InputError, match="has no split 'test'\n  remedy: name one of: train, validation"):
        race(short.model_copy(update={"dataset": alone}), tmp_path / "out", ["lexicon"], split="test")
    bare = load(toys)["train"].remove_columns("tags_event")
    (alone / "train").unlink()
    bare.save_to_disk(str(alone / "train"))
    for name in ("articles", "gold"):
        (alone / "train" / f"{name}.jsonl").symlink_to(toys / "train" / f"{name}.jsonl")
    for method in ("crf", "recipe"):
        with pytest.raises(InputError, match="lacks columns tags_event"):
            race(short.model_copy(update={"dataset": alone}), tmp_path / "out", [method])
    assert not (tmp_path / "out").exists()
