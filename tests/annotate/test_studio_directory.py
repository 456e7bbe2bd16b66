"""Directories that are no studio's, or a broken one's: no server is started."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rolecall.annotate import studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError


def test_a_start_killed_before_its_server_was_noted(copied: Path) -> None:
    holder = "import fcntl, sys; lock = open(sys.argv[1], 'w'); fcntl.flock(lock, fcntl.LOCK_EX); print(); input()"
    arguments = [sys.executable, "-c", holder, str(copied / ".server.lock")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for command in (studio.start, studio.stop):
            with pytest.raises(ServiceError, match=r"cut off before (?s:.*)remedy: end the process that holds"):
                command(copied)
        process.communicate(b"\n")


def test_a_process_that_took_over_the_number_is_left_alone(copied: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        studio.save(copied, msgspec.structs.replace(studio.known(copied), pid=innocent.pid))
        assert studio.stop(copied) is False
        assert innocent.poll() is None
        innocent.communicate(b"\n")
    assert innocent.returncode == 0


def test_a_directory_with_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.tex").touch()
    assert run(["annotate", "studio", "start", "--dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith(
        f"error: {tmp_path}: holds other files and no studio\n  remedy: name a new or an empty directory with --dir\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_for_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file: cannot be a studio's directory: File exists\n  remedy: name a new or"):
        studio.start(tmp_path / "file")
    with pytest.raises(ServiceError, match="there is no studio in"):
        studio.stop(tmp_path / "file")


def test_no_studio_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("stop", "accounts"):
        assert run(["annotate", "studio", command, "--dir", str(tmp_path / "typo")]) == 2
        told = capsys.readouterr().err
        assert f"there is no studio in {tmp_path / 'typo'}\n  remedy: start one: rolecall annotate studio" in told
    assert run(["annotate", "studio", "status", "--dir", str(tmp_path / "typo")]) == 1
    with pytest.raises(ServiceError, match="there is no studio in"):
        studio.read_state(tmp_path)
    assert capsys.readouterr().out == "not running\n"
    assert run(["annotate", "studio", "status", "--json", "--dir", str(tmp_path / "typo")]) == 1
    assert json.loads(capsys.readouterr().out) == {"running": False, "directory": str(tmp_path / "typo")}
    assert list(tmp_path.iterdir()) == []


def test_a_lost_state(copied: Path) -> None:
    (copied / studio.STATE).unlink()
    with pytest.raises(InputError, match=r"studio\.json is gone.*\n  remedy: put studio\.json back"):
        studio.start(copied)


@pytest.mark.parametrize("text", ["", "{}", '{"admin": 3}', "\x00"])
def test_a_broken_state(tmp_path: Path, text: str) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / studio.STATE).write_text(text, encoding="utf-8")
    for command in (studio.start, studio.stop, studio.read_state, studio.logins):
        with pytest.raises(InputError, match=r"studio\.json: is not the state of a studio: .*\n  remedy: "):
            command(tmp_path)


def test_bad_names_make_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["annotate", "studio", "start", "--dir", str(tmp_path / "new"), "--annotators", "ana,Ben"]
    assert run(line) == 2
    assert "'Ben' cannot be an annotator's name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
