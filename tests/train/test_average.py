"""The mean of weights: worked by hand, put in and taken out, and gone on with."""

from pathlib import Path

import pytest
import torch

from rolecall.train.average import Average, forget, read, trained, write


def network(weight: float) -> torch.nn.Linear:
    made = torch.nn.Linear(1, 1, bias=False)
    put(made, weight)
    return made


def put(into: torch.nn.Linear, weight: float) -> None:
    with torch.no_grad():
        into.weight.fill_(weight)


def value(of: torch.nn.Linear) -> float:
    return of.weight.item()


def test_each_step_counts_the_same() -> None:
    own = network(0)
    average = Average(own)
    for weight in (1.0, 2.0, 6.0):
        put(own, weight)
        average.add()
    with average.applied():
        assert value(own) == pytest.approx(3)
    assert value(own) == 6
    average.settle()
    assert value(own) == pytest.approx(3)


def test_without_a_step_the_network_keeps_its_own(tmp_path: Path) -> None:
    own = network(5)
    average = Average(own)
    with average.applied():
        assert value(own) == 5
    average.settle()
    average.save(tmp_path, 1)
    assert (value(own), list(tmp_path.iterdir())) == (5, [])


def test_the_weights_come_back_also_after_an_error() -> None:
    own = network(1)
    average = Average(own)
    average.add()
    put(own, 3)

    def fail() -> None:
        with average.applied():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert value(own) == 3


def test_it_goes_on_from_what_was_written(tmp_path: Path) -> None:
    own = network(0)
    average = Average(own)
    for step, weight in enumerate((1.0, 2.0, 6.0)):
        put(own, weight)
        average.add()
        average.save(tmp_path, step)
    assert {path.name for path in tmp_path.iterdir()} == {"average-1.safetensors", "average-2.safetensors"}
    other = network(9)
    resumed = Average(other)
    resumed.load(tmp_path, 1)
    put(other, 6)
    resumed.add()
    resumed.settle()
    assert value(other) == pytest.approx(3)
    with pytest.raises(FileNotFoundError):
        resumed.load(tmp_path, 0)


def test_what_a_checkpoint_needs_stays_however_often_training_is_killed(tmp_path: Path) -> None:
    average = Average(network(1))
    average.add()
    average.save(tmp_path, 2)  # a checkpoint follows
    for step in (8, 5, 6, 3):  # training is killed between the mean and the checkpoint
        average.save(tmp_path, step)
        assert {path.name for path in tmp_path.iterdir()} == {"average-2.safetensors", f"average-{step}.safetensors"}
        forget(tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["average-2.safetensors"]
    forget(tmp_path, 0)
    assert not list(tmp_path.iterdir())


def test_weights_come_back_as_written(tmp_path: Path) -> None:
    write(tmp_path / "own.safetensors", trained(network(4)))
    other = network(0)
    read(tmp_path / "own.safetensors", other)
    assert value(other) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["own.safetensors"]
