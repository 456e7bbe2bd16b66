"""The README's commands, run as they stand but for the length of training."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from rolecall.annotate.cli import app as annotate
from rolecall.annotate.columns import Columns
from rolecall.annotate.migration import MigrationConfig
from rolecall.core.scheme import Question

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
ANNOTATE = (CHECKOUT / "annotate" / "README.md").read_text(encoding="utf-8")
FIT = "rolecall train fit quick dataset=work/dataset run=work/runs/first"
COMMANDS = re.findall(r"^```bash\n(.*?)^```", README, flags=re.M | re.S)


def test_every_file_that_the_readme_names_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


@pytest.fixture
def folder(tmp_path: Path, copy_studio: Callable[[Path], None]) -> Iterator[Path]:
    """A folder with the sample, and a Label Studio whose slow first start is done."""
    (tmp_path / "sample").symlink_to(CHECKOUT / "sample")
    (tmp_path / "work").mkdir()
    copy_studio(tmp_path / "work" / "studio")
    yield tmp_path
    stop = "rolecall annotate studio stop --dir work/studio"
    subprocess.run(["bash", "-c", stop], cwd=tmp_path, env=environment(), capture_output=True, check=False)


def environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    threads = {name: value for name, value in os.environ.items() if name == "OMP_NUM_THREADS"}
    own = {"PATH": f"{scripts}:/usr/bin:/bin", "HOME": str(Path.home()), "HF_HUB_OFFLINE": "1", "LC_ALL": "C.UTF-8"}
    return own | threads


@pytest.mark.train
def test_the_commands_work_as_they_stand(folder: Path) -> None:
    """All of them, one after the other, with half of the training."""
    assert len(COMMANDS) == 6
    script = "set -euo pipefail\n" + "\n".join(COMMANDS)
    assert script.count(FIT) == 1
    script = script.replace(FIT, f"{FIT} epochs=2 least_steps=50")
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "1,885" in done.stdout or "1885" in done.stdout
    page = (folder / "work" / "report" / "report.html").read_text(encoding="utf-8")
    assert "Oil workers down tools" in page or "<article" in page


def commands_of(text: str) -> list[list[str]]:
    """The rolecall commands of a text, as words."""
    blocks = "\n".join(re.findall(r"^```bash\n(.*?)^```", text, flags=re.M | re.S))
    return [shlex.split(line)[1:] for line in blocks.splitlines() if line.startswith("rolecall ")]


def parse(words: list[str]) -> None:
    """Have the command line read a command, without running it; raises for what it does not know."""
    command: Any = typer.main.get_command(annotate)
    assert words[0] == "annotate"
    words = words[1:]
    while words and hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("rolecall", words)


def test_the_commands_of_the_stage_s_readme_are_spelled_right() -> None:
    found = commands_of(ANNOTATE)
    assert len(found) >= 6
    for words in found:
        parse(words)
    with pytest.raises(Exception, match="No such option"):  # typer has a click of its own
        parse([*found[1], "--no-such-option"])


def test_the_settings_of_the_stage_s_readme_are_read() -> None:
    blocks = [yaml.safe_load(part) for part in re.findall(r"^```yaml\n(.*?)^```", ANNOTATE, flags=re.M | re.S)]
    (questions,) = (block for block in blocks if "questions" in block)
    (migration,) = (block for block in blocks if {"source", "target"} <= set(block))
    (columns,) = (block for block in blocks if "text" in block)
    assert Columns.model_validate_json(json.dumps(columns)).text == ("Lead", "Story")
    assert [Question.model_validate_json(json.dumps(one)).name for one in questions["questions"]] == ["relevance"]
    fates = MigrationConfig.model_validate_json(json.dumps(migration)).roles
    assert {role: fate.role for role, fate in fates.items()} == {
        "ORGANIZER": "LEADER",
        "FACILITY": "PLACE",
        "TARGET": "TARGET",
        "DEMAND": None,
    }
