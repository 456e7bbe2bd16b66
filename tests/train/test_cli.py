"""The commands of the train stage: what they print, and what they say to wrong input."""

import json
import os
import re
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
import yaml

from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation
from rolecall.train.fit import Fitted
from rolecall.train.settings import FitConfig

pytestmark = pytest.mark.train


def test_a_run_and_its_predictions(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, out = tmp_path / "first", tmp_path / "predictions.jsonl"
    settings = [
        f"dataset={dataset}",
        f"run={model}",
        "epochs=1",
        "least_steps=10",
        "window=128",
        "overlap=32",
        "device=cpu",
    ]
    assert run(["train", "fit", "default", *settings]) == 0
    told = capsys.readouterr()
    assert f"{model}: kept epoch 1 of 1, validation F1 " in told.out
    assert "encode train: " in told.out
    assert "epoch 1/1  loss " in told.err
    articles = str(dataset / "test" / "articles.jsonl")
    assert run(["train", "predict", str(model), articles, "--out", str(out), "--device", "cpu"]) == 0
    assert capsys.readouterr().out == f"{out}: 1 articles labelled by first\n"
    assert [annotation.by for annotation in jsonl.read(out, Annotation)] == ["first"]


def test_a_run_as_json(tiny: FitConfig, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [f"encoder={tiny.encoder}", "epochs=1", "least_steps=0", "window=64", "overlap=16", "device=cpu"]
    settings = [f"dataset={dataset}", f"run={tmp_path / 'run'}", *small]
    assert run(["train", "fit", "default", *settings, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(tmp_path / "run")
    assert told["kept"] == 1
    assert told["epochs"][0]["counts"].keys() == {"event", "protest", "response", "setting"}
    assert [book["stage"] for book in told["books"]] == ["encode train", "encode validation"]


def test_every_setting_is_shown_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "fit", "default", "epochs=3", "--show-config"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["epochs"] == 3
    assert shown["learning_rate"] == 2e-4
    assert {"encoder", "window", "overlap", "batch_tokens", "seed", "keep", "threads", "device"} <= shown.keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fit", "defualt"], "is not among the shipped train"),
        (["fit", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["fit", "default", "epoch=3"], "epoch: is not a key of this config (did you mean epochs?)"),
        (["fit", "default", "dataset=nowhere"], "nowhere: holds no dataset"),
        (["fit", "default", "--resume", "--overwrite"], "choose one"),
        (["predict", "nowhere", "articles.jsonl", "--out", "out.jsonl"], "nowhere: holds no run"),
        (["predict", "nowhere", "articles.jsonl"], "Missing option '--out'"),
    ],
)
def test_wrong_input(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["train", *arguments]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


def test_a_dataset_that_is_not_as_its_manifest_says_is_not_trained_on(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(dataset, tmp_path / "copy")
    gold = (copy / "validation" / "gold.jsonl").read_text()
    (copy / "validation" / "gold.jsonl").write_text(gold.replace('"role":"PLACE"', '"role":"FACILITY"'))
    assert run(["train", "fit", "default", f"dataset={copy}", f"run={tmp_path / 'run'}"]) == 2
    told = capsys.readouterr().err
    assert f"{copy}: is not as its manifest.json says: validation/gold.jsonl (altered)\n  remedy: " in told
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_predict_names_the_bad_line_and_writes_nothing(
    fitted: Fitted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, out = tmp_path / "articles.jsonl", tmp_path / "out.jsonl"
    articles.write_text('{"id":"a"}\n')
    out.write_text("what was here\n")
    assert run(["train", "predict", str(fitted.path), str(articles), "--out", str(out)]) == 2
    assert f"{articles}:1: not a record of kind article" in capsys.readouterr().err
    assert out.read_text() == "what was here\n"
    assert run(["train", "predict", str(tmp_path / "no"), str(articles), "--out", str(out)]) == 2
    assert "holds no run" in capsys.readouterr().err


def test_sigterm_ends_a_run_with_the_exit_code_of_an_interrupt(
    tiny: FitConfig, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def send() -> None:
        while not any(log.stat().st_size > 1000 for log in tmp_path.glob(".run.part/logs/*")):  # behind the first step
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    small = [f"encoder={tiny.encoder}", "epochs=1", "least_steps=100", "window=64", "overlap=16", "device=cpu"]
    arguments = ["train", "fit", "default", f"dataset={dataset}", f"run={tmp_path / 'run'}", *small]
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    assert run(arguments) == 130
    thread.join()
    assert re.search(r"interrupted; --resume goes on after step \d+ of \d+$", capsys.readouterr().err.strip())
    assert run([*arguments, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["epochs"][0]["step"] >= 100


def test_an_interrupt_says_how_to_go_on_where_one_can(
    tiny: FitConfig,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    arguments = ["train", "fit", "default", f"dataset={dataset}", f"run={tmp_path / 'run'}", "device=cpu"]
    monkeypatch.setattr("rolecall.train.job.set_seed", stop)  # before the first epoch
    assert run(arguments) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted"
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("rolecall.train.fit.put", stop)  # behind the last one
    monkeypatch.setattr("rolecall.train.job.set_seed", lambda _: None)
    small = [f"encoder={tiny.encoder}", "epochs=1", "least_steps=0", "window=64", "overlap=16"]
    assert run([*arguments, *small]) == 130
    step = max(int(path.name[11:]) for path in tmp_path.glob(".run.part/checkpoint-*"))
    assert capsys.readouterr().err.splitlines()[-1] == f"interrupted; --resume goes on after step {step}"
    monkeypatch.undo()
    assert run([*arguments, *small, "--resume"]) == 0
