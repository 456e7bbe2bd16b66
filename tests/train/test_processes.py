"""One step whatever the number of processes and parts, in real processes that real launchers start, over gloo."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from rolecall.core import config
from rolecall.core.errors import InputError
from rolecall.train import processes
from rolecall.train import run as runs
from rolecall.train.fit import Watch, fit
from rolecall.train.metrics import Epoch
from rolecall.train.processes import LeaderFailedError, Team
from rolecall.train.settings import FitConfig
from tests.train.traces import logged

pytestmark = pytest.mark.train

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
ACCELERATE = [
    sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no",
]  # fmt: skip


@pytest.fixture(scope="module")
def mixed(tiny: FitConfig, tmp_path_factory: pytest.TempPathFactory) -> FitConfig:
    """Steps of a few windows, some of fewer than there are parts; dropout would make each part's own.

    In float32, whatever the machine multiplies: bfloat16 rounds the sums of each part, by more than is allowed here.
    """
    folder = tmp_path_factory.mktemp("runs")
    return at(
        tiny, folder / "alone", batch_tokens=160, learning_rate=1e-3, head_learning_rate=1e-2, threads=1,
        precision="float32",
    )  # fmt: skip


@pytest.fixture(scope="module")
def alone(mixed: FitConfig) -> Path:
    return fit(mixed).path


def launch(launcher: list[str], settings: FitConfig, *options: str) -> "subprocess.Popen[str]":
    """Start `rolecall train fit` in two processes."""
    path = settings.run.parent / f"{settings.run.name}.yaml"
    path.write_text(config.dump(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = [] if launcher is TORCHRUN else ["--main_process_port", str(free.getsockname()[1])]
    line = [*launcher, *port, "-m", "rolecall.train", "fit", str(path), *options]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def at(settings: FitConfig, run: Path, **changes: object) -> FitConfig:
    return settings.model_copy(update={"run": run, **changes})


def check_same(run: Path, other: Path) -> None:
    first, second = logged(run, "loss"), logged(other, "loss")
    assert list(first) == list(second) == list(range(1, len(first) + 1))
    assert len(first) > 8
    assert first == pytest.approx(second, abs=1e-4)
    # AdamW would take the same steps by gradients that are all twice as large.
    assert logged(run, "grad_norm") == pytest.approx(logged(other, "grad_norm"), rel=1e-3)
    one, two = load_file(run / "model.safetensors"), load_file(other / "model.safetensors")
    # A key's bias moves all scores of a query alike, so its gradient is noise, and Adam steps by the noise's sign.
    moved = [name for name in one if not name.endswith("key.bias")]
    assert all(torch.allclose(one[name], two[name], atol=1e-4) for name in moved)


@pytest.mark.parametrize(("launcher", "accumulation"), [(TORCHRUN, 1), (ACCELERATE, 2)], ids=["torchrun", "accelerate"])
def test_two_processes_take_the_steps_of_one(
    launcher: list[str], accumulation: int, mixed: FitConfig, alone: Path, tmp_path: Path
) -> None:
    own = at(mixed, tmp_path / "run", accumulation=accumulation)
    with launch(launcher, own) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert out.count("kept epoch") == 1
    assert err.count("epoch 1/2  loss ") == 1
    check_same(alone, own.run)
    assert runs.open_run(own.run).info.processes == 2
    assert len(list((own.run / "logs").iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run.yaml"]


def test_parts_of_a_step_are_the_step(mixed: FitConfig, alone: Path, tmp_path: Path) -> None:
    check_same(alone, fit(at(mixed, tmp_path / "parts", accumulation=3)).path)


@pytest.mark.soak
def test_two_processes_end_by_a_signal_and_go_on(mixed: FitConfig, alone: Path, tmp_path: Path) -> None:
    own = at(mixed, tmp_path / "run")
    with launch(TORCHRUN, own) as process:
        part = tmp_path / ".run.part"
        while not any(path.stat().st_size > 1000 for path in part.glob("logs/*")):  # behind the first step
            assert process.poll() is None
            time.sleep(0.02)
        workers = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        os.kill(workers[1], signal.SIGTERM)  # either of them
        _, err = process.communicate(timeout=240)
    assert process.returncode == 1, err
    assert "interrupted; --resume goes on after step " in err
    assert len(list(part.glob("checkpoint-*"))) == 1
    with launch(TORCHRUN, own, "--resume") as process:
        _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    check_same(alone, own.run)


@pytest.mark.soak
def test_what_is_wrong_is_said_once_and_ends_all(mixed: FitConfig, tmp_path: Path) -> None:
    with launch(TORCHRUN, at(mixed, tmp_path / "run", encoder=str(tmp_path))) as process:
        _, err = process.communicate(timeout=240)
    assert process.returncode == 1
    assert err.count("holds no config.json") == 1
    assert "exitcode  : 2" in err
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


def test_a_process_that_follows_ends_where_the_leader_failed() -> None:
    class Told(Team):
        def _flag(self, value: bool) -> bool:
            return False

    follower = Told(1, 2)
    with pytest.raises(LeaderFailedError), follower.first():
        raise AssertionError
    with pytest.raises(LeaderFailedError), follower.together():
        pass
    with pytest.raises(LeaderFailedError), follower.together():
        raise ValueError("the same trouble")


def test_processes_that_see_other_files_do_not_go_on(
    tiny: FitConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Apart(Team):
        """The leader of two, of which the other one sees no checkpoint."""

        def sum(self, numbers: Sequence[int]) -> list[int]:
            return list(numbers)

        def _flag(self, value: bool) -> bool:
            return value

    def stop(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    settings = at(tiny, tmp_path / "run")
    monkeypatch.setattr(processes, "join", lambda _: Apart(0, 2))
    with pytest.raises(KeyboardInterrupt):
        fit(settings, watch=Watch(epoch=stop))
    said = r"\.run\.part: is not the same for all processes: they would go on after steps \d+, 0\n  remedy: .*storage"
    with pytest.raises(InputError, match=said):
        fit(settings, resume=True)
    assert list((tmp_path / ".run.part").glob("checkpoint-*"))


def test_alone_nobody_is_asked() -> None:
    team = Team()
    with team.first(), team.together():
        assert team.sum([3, 4]) == [*team.gather(3), 4]
    with pytest.raises(ValueError, match="own"), team.together():
        raise ValueError("own")
