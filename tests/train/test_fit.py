"""Runs on a few reports: what they leave behind, which weights they keep, and that they are the same twice."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import AutoModelForTokenClassification, AutoTokenizer

from rolecall.core import config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, read_ledger
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from rolecall.evaluate.counts import Counts
from rolecall.train import run as runs
from rolecall.train.examples import load
from rolecall.train.fit import Fitted, Watch, fit
from rolecall.train.interrupts import Stop
from rolecall.train.job import prepare
from rolecall.train.metrics import Epoch
from rolecall.train.pool import cut, open_pool
from rolecall.train.predict import predict
from rolecall.train.processes import Team
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from rolecall.train.trainer import Around, SpanTrainer, arguments
from tests.train.traces import logged, same

pytestmark = pytest.mark.train


def at(settings: FitConfig, run: Path, **changes: object) -> FitConfig:
    return settings.model_copy(update={"run": run, **changes})


def test_a_run_says_all_about_itself(fitted: Fitted, settings: FitConfig, dataset: Path) -> None:
    assert {path.name for path in fitted.path.iterdir()} == {
        "README.md", "logs",
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
        "run.json", "transitions.json", "settings.yaml", "scheme.yaml", "metrics.jsonl", "ledger.jsonl",
    }  # fmt: skip
    assert config.load(FitConfig, fitted.path / "settings.yaml") == settings
    run = runs.open_run(fitted.path)
    assert run.scheme == load_scheme("protest")
    assert (run.info.window, run.info.epoch, run.info.threads) == (96, fitted.kept, torch.get_num_threads())
    here = runs.conditions(settings)
    assert (run.info.device, run.info.precision) == (here.pop("device"), here.pop("precision"))
    assert run.info.versions == here
    assert run.info.versions["torch"] == torch.__version__.partition("+")[0] or "+" in run.info.versions["torch"]
    epochs = list(jsonl.read(fitted.path / "metrics.jsonl", Epoch))
    assert epochs == fitted.epochs
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert epochs[1].loss < epochs[0].loss
    gold = list(jsonl.read(dataset / "validation" / "gold.jsonl", Annotation))
    assert sum(counts.gold for counts in epochs[0].counts.values()) == sum(len(a.spans) for a in gold)
    books = [entry for entry in read_ledger(fitted.path / "ledger.jsonl") if isinstance(entry, Balance)]
    assert [book.stage for book in books] == ["encode train", "encode validation"]
    assert books == fitted.books
    assert all(book.entered == book.accounted > 0 for book in books)
    assert {(path.stat().st_mode & 0o777) for path in fitted.path.rglob("*") if path.is_file()} == {0o644}
    assert not list(fitted.path.parent.glob(".*"))


def test_transformers_alone_loads_it(fitted: Fitted) -> None:
    model = AutoModelForTokenClassification.from_pretrained(fitted.path)
    tokenizer = AutoTokenizer.from_pretrained(fitted.path)
    inputs = tokenizer("Police held 12 marchers in Aktobe", return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits
    assert logits.shape == (1, inputs["input_ids"].shape[1], 42)
    assert model.config.label2id["B-DETAINEE"] == next(n for n, t in model.config.id2label.items() if t == "B-DETAINEE")
    assert len(tokenizer("march " * 700, truncation=False, verbose=False)["input_ids"]) == 702


def test_the_same_settings_give_the_same_weights_and_another_seed_others(dropping: FitConfig, tmp_path: Path) -> None:
    first, again = (fit(at(dropping, tmp_path / name)) for name in ("first", "again"))
    assert same(first.path, again.path)
    assert again.epochs == first.epochs
    other = fit(at(dropping, tmp_path / "other", seed=1))
    assert not same(first.path, other.path)


def test_the_kept_epoch_is_the_one_that_did_best(settings: FitConfig, tmp_path: Path, dataset: Path) -> None:
    fitted = fit(at(settings, tmp_path / "best", epochs=4))
    f1 = [epoch.f1 or 0.0 for epoch in fitted.epochs]
    assert fitted.kept == max(epoch for epoch, value in enumerate(f1, 1) if value == max(f1))
    run = runs.open_run(fitted.path)
    gold = {a.article: a for a in jsonl.read(dataset / "validation" / "gold.jsonl", Annotation)}
    articles = jsonl.read(dataset / "validation" / "articles.jsonl", Article)
    found = list(predict(run, runs.load_tagger(run, "cpu"), articles))
    correct = sum(len({s.key for s in a.spans} & {s.key for s in gold[a.article].spans}) for a in found)
    kept = fitted.epochs[fitted.kept - 1].counts.values()
    assert correct == sum(counts.correct for counts in kept)
    assert sum(len(a.spans) for a in found) == sum(counts.predicted for counts in kept)


def test_the_best_epoch_s_weights_come_back(tiny: FitConfig, tmp_path: Path) -> None:
    settings = at(tiny, tmp_path / "run", epochs=3)
    job = prepare(settings, load(settings.dataset), Team(), None)
    seen: list[torch.Tensor] = []

    def measure(tagger: Tagger) -> dict[str, Counts]:
        seen.append(tagger.model.classifier.weight.detach().clone())
        return {"event": Counts(1, 2 if len(seen) == 2 else 3, 2)}

    args = arguments(settings, tmp_path, measured=True)
    around, best = Around(Team(), Stop(0)), tmp_path / "best.safetensors"
    trainer = SpanTrainer(job.tagger, job.learned, settings, args=args, measure=measure, around=around, best=best)
    trainer.go_on(None)
    assert [torch.equal(job.tagger.model.classifier.weight, weight) for weight in seen] == [False, True, False]


def test_the_last_epoch_is_kept_where_that_is_asked_for(tiny: FitConfig, tmp_path: Path) -> None:
    best, last = (fit(at(tiny, tmp_path / keep, keep=keep)) for keep in ("best", "last"))
    assert last.kept == 2
    assert [epoch.loss for epoch in last.epochs] == [epoch.loss for epoch in best.epochs]


def test_without_a_validation_split_the_last_epoch_is_kept(tiny: FitConfig, tmp_path: Path, dataset: Path) -> None:
    pool, alone = open_pool(dataset, ["train"]), tmp_path / "dataset"
    cut(pool, pool.rows["id"], alone)
    fitted = fit(at(tiny, tmp_path / "run", dataset=alone))
    assert fitted.kept == 2
    assert [epoch.f1 for epoch in fitted.epochs] == [None, None]


def test_training_ends_when_no_epoch_gets_better(short: FitConfig, shallow: str, tmp_path: Path) -> None:
    learned = fit(at(short, tmp_path / "learned", encoder=shallow, epochs=4)).path
    still = at(
        short, tmp_path / "run", encoder=str(learned), epochs=6, patience=2, learning_rate=1e-9,
        head_learning_rate=1e-9,
    )  # fmt: skip
    fitted = fit(still)
    rates = [epoch.f1 or 0.0 for epoch in fitted.epochs]
    assert rates == [rates[0]] * 3  # the first one, and two that were no better
    assert rates[0] > 0
    assert fitted.kept == 3
    assert runs.open_run(fitted.path).info.stopped == 3

    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise KeyboardInterrupt

    again = at(still, tmp_path / "again")
    with pytest.raises(KeyboardInterrupt):
        fit(again, watch=Watch(epoch=stop))
    resumed = fit(again, resume=True)  # there is nothing left to train
    assert resumed.epochs == fitted.epochs
    assert same(fitted.path, resumed.path)


def test_nothing_found_yet_is_no_reason_to_end(tiny: FitConfig, tmp_path: Path) -> None:
    still = at(tiny, tmp_path / "run", epochs=3, patience=1, learning_rate=1e-9, head_learning_rate=1e-9)
    assert [epoch.f1 for epoch in fit(still).epochs] == [0.0] * 3


def test_patience_needs_a_validation_split(settings: FitConfig, tmp_path: Path, dataset: Path) -> None:
    pool, alone = open_pool(dataset, ["train"]), tmp_path / "dataset"
    cut(pool, pool.rows["id"], alone)
    with pytest.raises(InputError, match=r"has no validation split, by whose F1 .*\n  remedy: leave patience out"):
        fit(at(settings, tmp_path / "run", dataset=alone, patience=2))
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]


def test_what_is_tracked(fitted: Fitted) -> None:
    [log] = (fitted.path / "logs").iterdir()
    events: Any = EventAccumulator(str(log), size_guidance={"scalars": 0})
    events.Reload()
    assert not events.Tags()["tensors"]  # no text, which would name folders of this machine
    last = fitted.epochs[-1]
    assert list(logged(fitted.path)) == list(range(1, last.step + 1))
    losses = [event.value for event in events.Scalars("train/loss")]
    half = fitted.epochs[0].step
    assert sum(losses[:half]) / half == pytest.approx(fitted.epochs[0].loss, rel=1e-5)
    rates = [[e.value for e in events.Scalars(f"train/{name}")] for name in ("learning_rate", "head_learning_rate")]
    assert max(rates[0]) == pytest.approx(5e-4)
    assert rates[1] == pytest.approx([10 * rate for rate in rates[0]], rel=1e-5)
    assert all(event.value > 0 for event in events.Scalars("train/tokens_per_second"))
    scored = [(event.step, event.value) for event in events.Scalars("eval/f1")]
    assert scored == [(epoch.step, pytest.approx(epoch.f1)) for epoch in fitted.epochs]
    [event] = events.Scalars("eval/event_f1")[-1:]
    assert event.value == pytest.approx(last.counts["event"].f1)


@pytest.mark.parametrize(
    ("names", "said"),
    [(("tensorbored",), "track: no such tracker: tensorbored\n  remedy: name some of: .*tensorboard"),
     (("tensorboard", "comet_ml"), "track: not installed: comet_ml\n")],
)  # fmt: skip
def test_a_tracker_that_is_not_there(names: tuple[str, ...], said: str, settings: FitConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        fit(at(settings, tmp_path / "run", track=names))
    assert not list(tmp_path.iterdir())


def test_a_run_is_replaced_on_request_only(tiny: FitConfig, tmp_path: Path) -> None:
    settings = at(tiny, tmp_path / "run", epochs=1)
    fit(settings)
    before = (tmp_path / "run" / "run.json").stat().st_ino
    with pytest.raises(InputError, match=r"exists already\n  remedy: .*--overwrite"):
        fit(settings)
    with pytest.raises(InputError, match="exists already"):
        fit(settings, resume=True)
    assert (tmp_path / "run" / "run.json").stat().st_ino == before
    fit(settings, overwrite=True)
    assert (tmp_path / "run" / "run.json").stat().st_ino != before
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"holds no run\.json"):
        fit(at(settings, precious), overwrite=True)
    assert (precious / "thesis.txt").exists()


def test_threads_are_set_for_the_run_alone(tiny: FitConfig, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    fitted = fit(at(tiny, tmp_path / "run", epochs=1, threads=1))
    assert runs.open_run(fitted.path).info.threads == 1
    assert torch.get_num_threads() == before


def test_a_run_that_was_tampered_with_is_refused(fitted: Fitted, tmp_path: Path) -> None:
    for path in fitted.path.iterdir():
        (tmp_path / path.name).symlink_to(path)

    def replaced(name: str, text: str) -> None:
        (tmp_path / name).unlink()
        (tmp_path / name).write_text(text)

    scheme = (fitted.path / "scheme.yaml").read_text()
    replaced("scheme.yaml", scheme.replace("version: 1", "version: 2"))
    with pytest.raises(InputError, match="but the scheme in hand is 'protest:2"):
        runs.open_run(tmp_path)
    replaced("scheme.yaml", scheme)
    own = (fitted.path / "config.json").read_text()
    replaced("config.json", own.replace("B-PLACE", "B-PALACE"))
    with pytest.raises(InputError, match="other labels than the scheme"):
        runs.load_tagger(runs.open_run(tmp_path), "cpu")
    replaced("run.json", "{}")
    with pytest.raises(InputError, match="cannot be understood"):
        runs.open_run(tmp_path)
    with pytest.raises(InputError, match="holds no run"):
        runs.open_run(tmp_path / "nowhere")


def test_a_device_that_is_not_there(fitted: Fitted) -> None:
    with pytest.raises(InputError, match="device 'gpu'"):
        runs.load_tagger(runs.open_run(fitted.path), "gpu")


def test_metrics_read_back() -> None:
    epoch = Epoch(epoch=1, step=2, loss=0.5)
    assert msgspec.json.decode(msgspec.json.encode(epoch), type=Epoch) == epoch
