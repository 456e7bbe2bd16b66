"""Jobs of a CI service, and the templates that they run."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

CHECKOUT = Path(__file__).parents[2]
ACTION = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((CHECKOUT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))[".rolecall-gate"]
GATE = CHECKOUT / "ci" / "gate.sh"
ROLECALL = Path(sys.executable).parent / "rolecall"
MADE = ["errors.jsonl", "junit.xml", "report.html", "report.md", "scorecard.json", "scores.csv"]
LABELS = {"gold": "gold.jsonl", "predictions": "predictions.jsonl", "articles": "articles.jsonl"}
HOSTILE = """ it's "$(touch pwned)" `touch pwned`; touch pwned & $HOME * """


class Job(NamedTuple):
    """What a job left: the exit code of its last script, and what it printed, put out and summarised."""

    code: int
    printed: str
    outputs: Mapping[str, str] = {}
    summary: str = ""


def command(path: Path, script: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def bash(script: str, folder: Path, variables: Mapping[str, str]) -> Job:
    """Run a script as both services do: bash that stops at the first failure, from a file, with nothing of ours set."""
    file = folder.parent / "script.sh"
    file.write_text(script, encoding="utf-8")
    environment = {
        "PATH": f"{folder.parent / 'bin'}:/usr/bin:/bin",
        "HOME": str(folder.parent),
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(folder.parent),
        **variables,
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Job(done.returncode, done.stdout)
