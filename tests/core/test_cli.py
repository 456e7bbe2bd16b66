import json
import resource
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from rolecall.core import __version__, cli
from rolecall.core.cli import run


def test_schema_is_made_from_the_types(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "annotation"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["$defs"]) == {"Annotation", "Span"}
    assert schema["$defs"]["Span"]["required"] == ["start", "end", "role", "text"]


def test_misuse_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "sentence"]) == 2
    assert "'sentence' is none of article, annotation, ledger" in capsys.readouterr().err
    assert run(["no-such-command"]) == 2


def test_what_the_system_refuses_is_no_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, says in (
        (OSError(28, "No space left on device"), "error: No space left on device\n"),
        (PermissionError(13, "Permission denied", "a/.lock"), "error: a/.lock: Permission denied\n"),
    ):
        monkeypatch.setattr(cli, "app", Mock(side_effect=error))
        assert run(["configs"]) == 2
        assert capsys.readouterr().err.startswith(f"{says}  remedy: check the path")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_configs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["configs", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert Path(listed["schemes"]["protest"]).is_file()
    assert run(["configs"]) == 0
    assert "schemes    protest" in capsys.readouterr().out


def test_help_names_the_stages_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from rolecall.core.cli import run; assert run(['--help']) == 0;"
        "heavy = {'torch', 'transformers', 'datasets', 'label_studio_sdk', 'numpy', 'sklearn', 'httpx', 'jinja2'};"
        "found = heavy & set(sys.modules); assert not found, found"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert [stage for stage in ("annotate", "evaluate", "train") if f"\n  {stage}  " in done.stdout] == [
        "annotate", "evaluate", "train"
    ]  # fmt: skip
    # CPU time, not wall time: it does not depend on what else the machine does. Twice the goal, as a guard.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0


@pytest.mark.parametrize("stage", ["annotate", "train", "evaluate"])
def test_a_missing_extra_is_named(stage: str, tmp_path: Path) -> None:
    code = (
        "import sys; from rolecall.core import cli\n"
        "def gone(*a, **k): raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
        f"cli.app = gone; sys.exit(cli.run(['{stage}', 'x']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    if stage == "evaluate":
        assert done.returncode == 1
        assert "Traceback" in done.stderr
    else:
        assert done.returncode == 2
        assert f"pip install 'rolecall[{stage}]'" in done.stderr
