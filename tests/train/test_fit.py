"""Runs of a real encoder on a few reports: what they leave behind, the same twice, and gone on with after a kill."""

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import AutoModelForTokenClassification, AutoTokenizer

from rolecall.core import config, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, read_ledger
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import load_scheme
from rolecall.train import run as runs
from rolecall.train.fit import Fitted, Watch, fit
from rolecall.train.metrics import Epoch
from rolecall.train.pool import cut, open_pool
from rolecall.train.predict import predict
from rolecall.train.settings import FitConfig

pytestmark = pytest.mark.train


def at(settings: FitConfig, run: Path, **changes: object) -> FitConfig:
    return settings.model_copy(update={"run": run, **changes})


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model.safetensors")


def same(first: Path, second: Path) -> bool:
    one, two = weights(first), weights(second)
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


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


def test_the_same_settings_give_the_same_weights_and_another_seed_others(
    fitted: Fitted, settings: FitConfig, tmp_path: Path
) -> None:
    again = fit(at(settings, tmp_path / "again"))
    assert same(fitted.path, again.path)
    assert again.epochs == fitted.epochs
    other = fit(at(settings, tmp_path / "other", seed=1))
    assert not same(fitted.path, other.path)


def test_the_kept_epoch_is_the_one_that_did_best(settings: FitConfig, tmp_path: Path, dataset: Path) -> None:
    best = fit(at(settings, tmp_path / "best", epochs=4, learning_rate=5e-4))
    f1 = [epoch.f1 or 0.0 for epoch in best.epochs]
    assert best.kept == max(epoch for epoch, value in enumerate(f1, 1) if value == max(f1))
    run = runs.open_run(best.path)
    gold = {a.article: a for a in jsonl.read(dataset / "validation" / "gold.jsonl", Annotation)}
    articles = jsonl.read(dataset / "validation" / "articles.jsonl", Article)
    found = predict(run, runs.load_tagger(run, "cpu"), articles)
    correct = sum(len({s.key for s in a.spans} & {s.key for s in gold[a.article].spans}) for a in found)
    assert correct == sum(counts.correct for counts in best.epochs[best.kept - 1].counts.values())
    last = fit(at(settings, tmp_path / "last", epochs=4, learning_rate=5e-4, keep="last"))
    assert last.kept == 4
    assert [epoch.loss for epoch in last.epochs] == [epoch.loss for epoch in best.epochs]


def test_without_a_validation_split_the_last_epoch_is_kept(settings: FitConfig, tmp_path: Path, dataset: Path) -> None:
    pool, alone = open_pool(dataset, ["train"]), tmp_path / "dataset"
    cut(pool, pool.rows["id"], alone)
    fitted = fit(at(settings, tmp_path / "run", dataset=alone))
    assert fitted.kept == 2
    assert [epoch.f1 for epoch in fitted.epochs] == [None, None]


def test_an_interrupted_run_goes_on_to_the_same_weights(
    fitted: Fitted, settings: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = at(settings, tmp_path / "run")

    def stop(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(interrupted, watch=Watch(epoch=stop))
    assert not interrupted.run.exists()
    with pytest.raises(InputError, match="an interrupted run is here"):
        fit(interrupted)
    with pytest.raises(InputError, match="was begun with something else: epochs, seed"):
        fit(at(interrupted, interrupted.run, epochs=3, seed=4), resume=True)
    monkeypatch.setattr(runs, "version", lambda name: "0.1" if name == "tokenizers" else version(name))
    with pytest.raises(InputError, match=r"was begun with something else: tokenizers \(was .+, is 0\.1\)\n"):
        fit(interrupted, resume=True)
    monkeypatch.undo()
    seen: list[int] = []
    resumed = fit(interrupted, resume=True, watch=Watch(epoch=lambda epoch: seen.append(epoch.epoch)))
    assert seen == [2]
    assert same(fitted.path, resumed.path)
    assert resumed.epochs == fitted.epochs
    assert not list(tmp_path.glob(".*"))


def test_a_signal_ends_a_run_behind_its_step_and_nothing_is_lost(
    fitted: Fitted, settings: FitConfig, tmp_path: Path
) -> None:
    stopped = at(settings, tmp_path / "run")

    def send(done: int, total: int) -> None:
        if done == total - 3:  # the mean of weights has begun
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt, match=r"step \d+ of \d+"):
        fit(stopped, watch=Watch(step=send))
    [checkpoint] = (tmp_path / ".run.part").glob("checkpoint-*")
    state = msgspec.json.decode((checkpoint / "trainer_state.json").read_bytes())
    step = state["global_step"]
    assert checkpoint.name == f"checkpoint-{step}"
    assert state["epoch"] % 1
    assert state["max_steps"] - 3 <= step <= state["max_steps"] - 2
    assert (tmp_path / ".run.part" / f"average-{step}.safetensors").is_file()
    seen: list[int] = []
    resumed = fit(stopped, resume=True, watch=Watch(step=lambda done, _: seen.append(done)))
    assert seen[0] == step + 1
    assert same(fitted.path, resumed.path)
    assert resumed.epochs == fitted.epochs
    assert not list(tmp_path.glob(".*"))
    assert steps_logged(resumed.path) == steps_logged(fitted.path)


def steps_logged(run: Path) -> list[int]:
    """Return the steps whose losses TensorBoard shows."""
    events: Any = EventAccumulator(str(run / "logs"), size_guidance={"scalars": 0})
    events.Reload()
    return [event.step for event in events.Scalars("train/loss")]


def test_a_second_signal_ends_it_at_once(tiny: FitConfig, tmp_path: Path) -> None:
    def send(done: int, total: int) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        fit(at(tiny, tmp_path / "run"), watch=Watch(step=send))
    assert not list(tmp_path.iterdir())  # there was nothing to go on from
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_windows_at_any_position_go_on_as_they_were(tiny: FitConfig, tmp_path: Path) -> None:
    shifted = at(tiny, tmp_path / "run", epochs=1, shift=True, keep="last", track=())

    def send(done: int, total: int) -> None:
        if done == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt, match=r"step [23] of"):
        fit(shifted, watch=Watch(step=send))
    resumed = fit(shifted, resume=True)
    assert same(resumed.path, fit(at(shifted, tmp_path / "unbroken")).path)


def test_training_ends_when_no_epoch_gets_better(tiny: FitConfig, tmp_path: Path) -> None:
    still = at(tiny, tmp_path / "run", epochs=6, patience=2, learning_rate=1e-9, head_learning_rate=1e-9)
    fitted = fit(still)
    assert [epoch.f1 for epoch in fitted.epochs] == [0.0] * 3  # the first one, and two that were no better
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
    last = fitted.epochs[-1]
    assert steps_logged(fitted.path) == list(range(1, last.step + 1))
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


def test_an_interrupted_run_without_its_mean_is_not_gone_on_with(settings: FitConfig, tmp_path: Path) -> None:
    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    settings = at(settings, tmp_path / "run", epochs=3, average=0.75)
    with pytest.raises(KeyboardInterrupt):
        fit(settings, watch=Watch(epoch=stop))
    for path in (tmp_path / ".run.part").glob("average-*.safetensors"):
        path.unlink()
    with pytest.raises(InputError, match=r"the mean of its weights is lost\n.*--overwrite"):
        fit(settings, resume=True)


def test_a_killed_run_goes_on_to_the_same_weights(settings: FitConfig, tmp_path: Path) -> None:
    longer = at(settings, tmp_path / "killed", epochs=4)
    (tmp_path / "settings.yaml").write_text(config.dump(longer))
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["train", "fit", str(tmp_path / "settings.yaml")]
    with subprocess.Popen([sys.executable, "-c", line, *arguments], stderr=subprocess.DEVNULL) as process:
        part = tmp_path / ".killed.part"
        while not list(part.glob("checkpoint-*/trainer_state.json")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    resumed = fit(longer, resume=True)
    unbroken = fit(at(longer, tmp_path / "unbroken"))
    assert same(resumed.path, unbroken.path)
    assert resumed.epochs == unbroken.epochs


def test_a_half_written_checkpoint_is_passed_over(fitted: Fitted, settings: FitConfig, tmp_path: Path) -> None:
    interrupted = at(settings, tmp_path / "run")

    def stop(epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(interrupted, watch=Watch(epoch=stop))
    checkpoints = sorted((tmp_path / ".run.part").glob("checkpoint-*"), key=os.path.getmtime)
    state = checkpoints[-1] / "trainer_state.json"
    state.write_bytes(state.read_bytes()[:100])
    resumed = fit(interrupted, resume=True)
    assert same(fitted.path, resumed.path)


def test_a_run_is_replaced_on_request_only(settings: FitConfig, tmp_path: Path) -> None:
    settings = at(settings, tmp_path / "run", epochs=1)
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


def test_a_run_that_was_to_replace_another_goes_on(settings: FitConfig, tmp_path: Path) -> None:
    settings = at(settings, tmp_path / "run")
    settings.run.mkdir()
    (settings.run / runs.MARK).write_text("an older run")

    def stop(epoch: Epoch) -> None:
        with pytest.raises(InputError, match="run: is being made by another run"):
            fit(settings, overwrite=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(settings, overwrite=True, watch=Watch(epoch=stop))
    assert (settings.run / runs.MARK).read_text() == "an older run"
    resumed = fit(settings, resume=True)
    assert runs.open_run(resumed.path).info.epoch == resumed.kept
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_nothing_to_resume(settings: FitConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="was not interrupted"):
        fit(at(settings, tmp_path / "run"), resume=True)


def test_a_part_that_says_nothing_of_itself(settings: FitConfig, tmp_path: Path) -> None:
    (tmp_path / ".run.part").mkdir()
    with pytest.raises(InputError, match="begin again: --overwrite"):
        fit(at(settings, tmp_path / "run"), resume=True)


def test_threads_are_set_for_the_run_alone(settings: FitConfig, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    fitted = fit(at(settings, tmp_path / "run", epochs=1, threads=1))
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
