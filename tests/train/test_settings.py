from pathlib import Path

import pytest

from rolecall.core import config, shipped
from rolecall.core.errors import ConfigError
from rolecall.train.settings import FitConfig

CONFIGS = shipped.shipped("train")


@pytest.mark.parametrize("name", CONFIGS)
def test_every_shipped_config_loads(name: str, tmp_path: Path) -> None:
    settings = config.load(FitConfig, CONFIGS[name])
    (tmp_path / "dumped.yaml").write_text(config.dump(settings))
    assert config.load(FitConfig, tmp_path / "dumped.yaml") == settings


def test_every_problem_is_told_at_once() -> None:
    wrong = ["epochs=many", "learning_rate=0", "wndow=128", "seed=-1", "batch"]
    with pytest.raises(ConfigError) as error:
        config.load(FitConfig, CONFIGS["default"], wrong)
    text = str(error.value)
    assert "5 problems" in text
    assert "wndow: is not a key of this config (did you mean window?)" in text
    assert "epochs: " in text
    assert "found 'many'" in text


def test_patience_goes_by_the_best_epoch() -> None:
    with pytest.raises(ConfigError, match="patience goes by the best epoch: leave it out, or set keep=best"):
        config.load(FitConfig, CONFIGS["default"], ["patience=2", "keep=last"])
    assert config.load(FitConfig, CONFIGS["default"], ["patience=2", "track=[]"]).track == ()


def test_an_overlap_of_most_of_the_window_is_refused() -> None:
    with pytest.raises(ConfigError, match="overlap 100 is more than half of window 128: lower it"):
        config.load(FitConfig, CONFIGS["default"], ["window=128", "overlap=100"])
