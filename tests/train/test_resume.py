"""Runs that were stopped, killed or half written: what they go on from, and that they come to the same."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import msgspec
import pytest
import torch

from rolecall.core import config
from rolecall.core.errors import InputError
from rolecall.train import run as runs
from rolecall.train.fit import Fitted, Watch, fit
from rolecall.train.metrics import Epoch
from rolecall.train.settings import FitConfig
from tests.train.traces import logged, same

pytestmark = pytest.mark.train


def at(settings: FitConfig, run: Path, **changes: object) -> FitConfig:
    return settings.model_copy(update={"run": run, **changes})


def interrupt(settings: FitConfig, epoch: int = 1) -> Path:
    """Train up to an epoch's checkpoint, and return the folder of what is unfinished."""

    def stop(record: Epoch) -> None:
        if record.epoch == epoch:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(settings, watch=Watch(epoch=stop))
    return settings.run.with_name(f".{settings.run.name}.part")


@pytest.fixture(scope="module")
def unbroken(dropping: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fit(at(dropping, tmp_path_factory.mktemp("unbroken") / "run"))


def test_a_killed_run_goes_on_to_the_same_weights(fitted: Fitted, settings: FitConfig, tmp_path: Path) -> None:
    """With the real encoder, in a process of its own."""
    killed = at(settings, tmp_path / "killed")
    (tmp_path / "settings.yaml").write_text(config.dump(killed))
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["train", "fit", str(tmp_path / "settings.yaml")]
    with subprocess.Popen([sys.executable, "-c", line, *arguments], stderr=subprocess.DEVNULL) as process:
        part = tmp_path / ".killed.part"
        while not list(part.glob("checkpoint-*/trainer_state.json")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    seen: list[int] = []
    resumed = fit(killed, resume=True, watch=Watch(epoch=lambda epoch: seen.append(epoch.epoch)))
    assert seen == [2]
    assert same(fitted.path, resumed.path)
    assert resumed.epochs == fitted.epochs


def test_an_interrupted_run_goes_on_to_the_same_weights(unbroken: Fitted, dropping: FitConfig, tmp_path: Path) -> None:
    interrupted = at(dropping, tmp_path / "run")
    interrupt(interrupted)
    assert not interrupted.run.exists()
    seen: list[int] = []
    resumed = fit(interrupted, resume=True, watch=Watch(epoch=lambda epoch: seen.append(epoch.epoch)))
    assert seen == [2]
    assert same(unbroken.path, resumed.path)
    assert resumed.epochs == unbroken.epochs
    assert not list(tmp_path.glob(".*"))


def test_an_interrupted_run_goes_on_in_the_same_way_alone(
    tiny: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = at(tiny, tmp_path / "run")
    part = interrupt(interrupted)
    with pytest.raises(InputError, match="an interrupted run is here"):
        fit(interrupted)
    with pytest.raises(InputError, match="was begun with something else: epochs, seed"):
        fit(at(interrupted, interrupted.run, epochs=3, seed=4), resume=True)
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        with pytest.raises(InputError, match=rf"something else: threads \(was {before}, is {before + 1}\)\n"):
            fit(interrupted, resume=True)
    finally:
        torch.set_num_threads(before)
    monkeypatch.setattr(runs, "version", lambda name: "0.1" if name == "tokenizers" else version(name))
    with pytest.raises(InputError, match=r"was begun with something else: tokenizers \(was .+, is 0\.1\)\n"):
        fit(interrupted, resume=True)
    assert list(part.glob("checkpoint-*"))


def test_a_signal_ends_a_run_behind_its_step_and_nothing_is_lost(
    unbroken: Fitted, dropping: FitConfig, tmp_path: Path
) -> None:
    stopped = at(dropping, tmp_path / "run")

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
    assert same(unbroken.path, resumed.path)
    assert resumed.epochs == unbroken.epochs
    assert not list(tmp_path.glob(".*"))
    assert list(logged(resumed.path)) == list(logged(unbroken.path))


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


def test_an_interrupted_run_without_its_mean_is_not_gone_on_with(tiny: FitConfig, tmp_path: Path) -> None:
    settings = at(tiny, tmp_path / "run", epochs=3, average=0.75)
    for path in interrupt(settings, epoch=2).glob("average-*.safetensors"):
        path.unlink()
    with pytest.raises(InputError, match=r"the mean of its weights is lost\n.*--overwrite"):
        fit(settings, resume=True)


def test_a_half_written_checkpoint_is_passed_over(unbroken: Fitted, dropping: FitConfig, tmp_path: Path) -> None:
    interrupted = at(dropping, tmp_path / "run")
    part = interrupt(interrupted)
    [whole] = part.glob("checkpoint-*")
    half = shutil.copytree(whole, part / "checkpoint-1000") / "trainer_state.json"
    half.write_bytes(half.read_bytes()[:100])
    (part / "average-1000.safetensors").touch()
    seen: list[int] = []
    resumed = fit(interrupted, resume=True, watch=Watch(epoch=lambda epoch: seen.append(epoch.epoch)))
    assert seen == [2]
    assert same(unbroken.path, resumed.path)


def test_a_run_that_was_to_replace_another_goes_on(tiny: FitConfig, tmp_path: Path) -> None:
    settings = at(tiny, tmp_path / "run")
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


def test_nothing_to_resume(tiny: FitConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="was not interrupted"):
        fit(at(tiny, tmp_path / "run"), resume=True)


def test_a_part_that_says_nothing_of_itself(tiny: FitConfig, tmp_path: Path) -> None:
    (tmp_path / ".run.part").mkdir()
    with pytest.raises(InputError, match="begin again: --overwrite"):
        fit(at(tiny, tmp_path / "run"), resume=True)
