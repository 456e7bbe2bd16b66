from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import config
from rolecall.core.config import Config
from rolecall.core.errors import ConfigError, InputError


class Optimiser(Config):
    rate: float = 2e-4
    """Step size at the
    start."""
    steps: int | None = None


class Fit(Config):
    dataset: Path
    epochs: int = 3
    keep: Literal["last", "best"] = "last"
    optimiser: Optimiser = Optimiser()


def problems(text: str, tmp_path: Path, *overrides: str) -> list[str]:
    path = tmp_path / "fit.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        config.load(Fit, path, overrides)
    assert str(caught.value).startswith(f"{path}: {len(caught.value.problems)} problem")
    return [str(problem) for problem in caught.value.problems]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = "epoch: 3\nepochs: two\noptimiser:\n  rte: 1\nkeep: first\n"
    assert problems(text, tmp_path, "optimiser.steeps=3", "nonsense", "epochs.x=1", "dataset=[") == [
        "optimiser.steeps: is not a key of this config (did you mean steps?)",
        "nonsense: is no override (write key=value)",
        "epochs.x: epochs holds a single value",
        "dataset: '[' is not a YAML value (quote it)",
        "dataset: missing (add it)",
        "epochs: Input should be a valid integer; found 'two'",
        "keep: Input should be 'last' or 'best'; found 'first'",
        "optimiser.rte: unknown key (did you mean rate?)",
        "epoch: unknown key (did you mean epochs?)",
    ]


def test_a_wrong_value_is_told_what_the_key_means(tmp_path: Path) -> None:
    assert problems("dataset: d\noptimiser: {rate: fast}\n", tmp_path) == [
        "optimiser.rate: Input should be a valid number; found 'fast' (Step size at the start)"
    ]


@pytest.mark.parametrize("override", ["epochs=2.5", "epochs=true", "epochs='2'", "optimiser.rate=fast", "keep=1"])
def test_an_override_keeps_its_type(tmp_path: Path, override: str) -> None:
    assert override.partition("=")[0] in problems("dataset: d\n", tmp_path, override)[0]


def test_overrides_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "fit.yaml"
    path.write_text("dataset: d\noptimiser: {rate: 1e-5}\n")
    fit = config.load(Fit, path, ["epochs=7", "optimiser.steps=9", "dataset=e"])
    assert fit == Fit(dataset=Path("e"), epochs=7, optimiser=Optimiser(rate=1e-5, steps=9))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "must hold keys and values at the top"),
        ("a: 1\nb: [\n", r"fit\.yaml:3: is not valid YAML: .*\n  remedy: mend this line or the one before"),
        ("epochs: 1\nepochs: 2\n", r"fit\.yaml:2: is not valid YAML: key 'epochs' stands twice"),
        ("a: !!python/object/apply:os.getcwd []\n", "is not valid YAML: could not determine a constructor"),
        ("2026-01-01: a\n", r"fit\.yaml:1: is not valid YAML: key datetime\.date\(2026, 1, 1\) is no word"),
        ("[a]: b\n", r"fit\.yaml:1: is not valid YAML: key \['a'\] is no word"),
        ("dataset: &a [*a]\n", r"an alias \(\*name\) stands inside what it names\n  remedy: write it out"),
        ("dataset: " + "[" * 9999, "is nested too deeply"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "fit.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        config.load(Fit, path)


def test_what_cannot_be_read_is_told_with_a_way_out(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(InputError, match=r"cannot be read: .*\n  remedy: check the path and its permissions"):
            config.load(Fit, path)


def test_bytes_that_are_not_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fit.yaml"
    path.write_bytes(b"dataset: d\xff\n")
    with pytest.raises(InputError, match="is not UTF-8 at byte 10"):
        config.load(Fit, path)


@given(st.integers(1, 99), st.floats(1e-9, 1), st.sampled_from(["last", "best"]))
def test_a_dump_loads_back(tmp_path_factory: pytest.TempPathFactory, epochs: int, rate: float, keep: str) -> None:
    fit = Fit.model_validate({"dataset": Path("d"), "epochs": epochs, "keep": keep, "optimiser": {"rate": rate}})
    path = tmp_path_factory.mktemp("dump") / "fit.yaml"
    path.write_text(config.dump(fit))
    assert config.load(Fit, path) == fit
