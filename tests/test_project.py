"""What the project says of itself holds together: dependencies, versions, configs."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from rolecall.core import __version__
from rolecall.core.config import read_yaml

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def dependencies() -> set[str]:
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    names = {re.split(r"[\[<>=!~ ]", item)[0] for items in lists for item in items}
    return names - {"rolecall"}


def test_every_dependency_has_its_reason() -> None:
    text = (CHECKOUT / "CONTRIBUTING.md").read_text()
    table = text[text.index("## Dependencies") :]
    named = {name.strip() for row in re.findall(r"^\| ([a-z0-9, -]+) \|", table, flags=re.M) for name in row.split(",")}
    known = {name.removeprefix("types-") for name in dependencies()}
    assert known - named == set()
    assert named - known - {"package"} == set()


def test_every_dependency_is_pinned() -> None:
    lines = (CHECKOUT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    assert {name.lower() for name in dependencies()} - pinned == set()


def test_changelog_and_version_agree() -> None:
    newest = re.search(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), flags=re.M)
    assert newest is not None
    assert newest[1] == PROJECT["version"] == __version__


CONFIGS = sorted((CHECKOUT / "configs").rglob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_config_opens_with_its_purpose_and_its_command(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
    assert len(head) >= 2
    assert any("rolecall " in line for line in head)
    assert read_yaml(path)


def test_shipped_configs_are_plain_yaml() -> None:
    assert len(CONFIGS) >= 5
    for path in CONFIGS:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)
