"""The CI templates, run as their services run them: each script with bash, in the environment that it would have.

GitLab's job, the script by itself, and what is written about all of them; GitHub's action is in test_ci_github.py.
"""

import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from tests.e2e.jobs import ACTION, CHECKOUT, GATE, GITLAB, HOSTILE, LABELS, MADE, ROLECALL, Job, bash, command


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose tag v1 holds the script."""
    path = tmp_path / "repository"
    (path / "ci").mkdir(parents=True)
    (path / "ci" / "gate.sh").write_bytes(GATE.read_bytes())
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    person = ["-c", "user.name=ana", "-c", "user.email=ana@example.org"]
    for arguments in (["init", "-q"], ["add", "."], [*person, "commit", "-qm", "The script"], ["tag", "v1"]):
        subprocess.run(["git", "-C", str(path), *arguments], env=environment, check=True)
    return path


def extend(folder: Path, **variables: str) -> Job:
    """Run a job that extends the template with these variables."""
    assert variables.keys() <= GITLAB["variables"].keys()
    return bash("\n".join(GITLAB["script"]), folder, {"CI": "true", **GITLAB["variables"], **variables})


def labels(repository: Path) -> dict[str, str]:
    return {
        "ROLECALL_REPOSITORY": str(repository),
        "ROLECALL_REF": "v1",
        **{f"ROLECALL_{name.upper()}": file for name, file in LABELS.items()},
    }


@pytest.mark.parametrize(("config", "code"), [("", 0), ("strict.yaml", 1)])
def test_gitlab(folder: Path, commands: Path, repository: Path, config: str, code: int) -> None:
    job = extend(folder, **labels(repository), ROLECALL_ANNOTATORS="annotators.jsonl", ROLECALL_CONFIG=config)
    assert job.code == code, job.printed
    *options, installed = (commands / "pip.arguments").read_text().splitlines()
    assert options == ["install", "--quiet", "--disable-pip-version-check"]
    assert (Path(installed) / "ci" / "gate.sh").read_bytes() == GATE.read_bytes()
    artifacts = GITLAB["artifacts"]
    assert artifacts["when"] == "always"
    assert [sorted(path.name for path in (folder / name).iterdir()) for name in artifacts["paths"]] == [MADE]
    tests = ET.parse(folder / artifacts["reports"]["junit"]).getroot()  # noqa: S314  # made a moment ago
    assert len([*tests.iter("failure")]) == code


def test_gitlab_takes_a_commit_and_hostile_names(folder: Path, repository: Path) -> None:
    head = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    moved = repository.rename(repository.parent / f"repository{HOSTILE}")
    (folder / "gold.jsonl").rename(folder / f"-{HOSTILE}.jsonl")
    variables = {**labels(moved), "ROLECALL_REF": head.stdout.strip(), "ROLECALL_GOLD": f"-{HOSTILE}.jsonl"}
    job = extend(folder, **variables)
    assert job.code == 0, job.printed
    assert [*folder.parent.rglob("pwned")] == []


def test_gitlab_tells_a_missing_setting_and_a_failed_installation_from_a_failed_gate(
    folder: Path, commands: Path, repository: Path
) -> None:
    job = extend(folder, **{**labels(repository), "ROLECALL_REF": ""})
    assert (job.code, "ROLECALL_REF" in job.printed) == (2, True)
    command(commands / "pip", "exit 1")
    assert extend(folder, **labels(repository)).code == 2


# Any other CI, and what is written about all of them


def test_what_is_written_names_what_there_is(folder: Path, commands: Path, repository: Path) -> None:
    text = (CHECKOUT / "evaluate" / "README.md").read_text(encoding="utf-8")
    github, gitlab = (yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", text, flags=re.M | re.S))
    (step,) = (step for step in github if "rolecall" in step.get("uses", ""))
    assert step["uses"] == "OWNER/rolecall@TAG"
    required = {name for name, spec in ACTION["inputs"].items() if spec.get("required")}
    assert required <= step["with"].keys() <= ACTION["inputs"].keys()
    assert gitlab["gate"]["extends"] == ".rolecall-gate"
    assert required <= {name.removeprefix("ROLECALL_").lower() for name in gitlab["gate"]["variables"]}
    assert gitlab["gate"]["variables"].keys() <= GITLAB["variables"].keys()
    (script,) = re.findall(r"^```bash\n(.*?)^```", text, flags=re.M | re.S)
    job = bash(script.replace("ADDRESS", str(repository)).replace("TAG", "v1"), folder, {})
    assert job.code == 0, job.printed
    assert (commands / "pip.arguments").read_text().splitlines() == ["install", "./rolecall"]


def gate(folder: Path, **variables: str) -> Job:
    """Run the script by itself; lower case for its variables."""
    named = {f"ROLECALL_{name.upper()}": value for name, value in {**LABELS, **variables}.items()}
    return bash(f'exec bash "{GATE}"', folder, named)


def test_the_script_by_itself(folder: Path) -> None:
    assert gate(folder).code == 0
    assert sorted(path.name for path in (folder / "rolecall-report").iterdir()) == MADE
    assert gate(folder, config="strict.yaml").code == 1


def test_the_script_names_what_is_not_set(folder: Path) -> None:
    job = gate(folder, predictions="")
    assert job.code == 2
    assert job.printed.startswith("error: ROLECALL_PREDICTIONS is not set\n  remedy: ")
    assert not (folder / "rolecall-report").exists()


def test_no_input_is_removed_or_written_over(folder: Path) -> None:
    (folder / "rolecall-report").mkdir()
    baseline = folder / "rolecall-report" / "scorecard.json"
    baseline.write_text("{}")
    job = gate(folder, baseline=str(baseline), out="./rolecall-report/")
    assert job.code == 2
    assert f"{baseline} would be replaced by what is made from it" in job.printed
    assert baseline.read_text() == "{}"


def test_a_gate_that_breaks_has_not_judged(folder: Path, commands: Path) -> None:
    command(commands / "rolecall", f'[ "$2" != gate ] || exit 1\nexec "{ROLECALL}" "$@"')
    assert gate(folder).code == 2
    command(commands / "rolecall", "exit 1")
    assert gate(folder).code == 2
