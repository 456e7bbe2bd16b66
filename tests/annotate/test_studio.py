"""A real Label Studio, started and stopped as users do it."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rolecall.annotate import server, studio
from rolecall.annotate.studio import Studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError


@pytest.fixture
def copied(copy_studio: Callable[[Path], None], tmp_path: Path) -> Iterator[Path]:
    """A directory whose server has run and does not now; whatever runs there after the test is stopped."""
    directory = tmp_path / "studio"
    copy_studio(directory)
    yield directory
    if (directory / studio.STATE).exists() and studio.running(directory):
        studio.stop(directory)


def state(directory: Path) -> Any:
    return json.loads((directory / studio.STATE).read_text(encoding="utf-8"))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


# --- the session's server: nothing here stops it


def test_only_this_machine_reaches_it(studio: Studio) -> None:
    assert urlsplit(studio.url).hostname == "127.0.0.1"
    assert httpx.get(f"{studio.url}/health").json() == {"status": "UP"}
    # All of 127.0.0.0/8 is this machine: a server bound to every address would answer here too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port_of(studio.url)), timeout=5)


def test_what_holds_passwords_is_for_its_owner_alone(studio_dir: Path, studio: Studio) -> None:
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in studio_dir.iterdir()}
    assert modes["studio.json"] == modes["studio.log"] == "0o600"
    assert modes["data"] == "0o700"
    assert (studio_dir / ".gitignore").read_text(encoding="utf-8") == "*\n"
    log = (studio_dir / "studio.log").read_text(encoding="utf-8")
    assert not [name for name, account in studio.accounts.items() if account.password in log or account.token in log]


def test_members_see_one_project_and_own_what_they_enter(studio: Studio) -> None:
    def call(token: str, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Token {token}"}
        return httpx.request(method, studio.url + path, headers=headers, json=body or None).raise_for_status().json()

    page = '<View><Labels name="l" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/></View>'
    project = call(studio.token, "POST", "/api/projects", title="Owners", label_config=page)["id"]
    task = call(studio.token, "POST", "/api/tasks", project=project, data={"text": "x"})["id"]
    for name in ("ana", "ben"):
        token = studio.accounts[name].token
        assert project in [one["id"] for one in call(token, "GET", "/api/projects")["results"]]
        call(token, "POST", f"/api/tasks/{task}/annotations", result=[])
    authors = call(studio.token, "GET", f"/api/tasks/{task}")["annotations"]
    assert {one["completed_by"]["email"] for one in authors} == {"ana@studio.invalid", "ben@studio.invalid"}


def test_starting_what_runs_adds_annotators(
    studio_dir: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["annotate", "studio", "start", "--dir", str(studio_dir), "--annotators", "dora, ana"]
    assert run(line) == 0
    told = capsys.readouterr()
    assert told.out == f"{studio.url}\n"
    assert "runs already; accounts: ana, ben, dora, gold" in told.err
    found = state(studio_dir)
    assert found["pid"] == studio.pid
    assert found["accounts"]["ana"]["token"] == studio.accounts["ana"].token
    assert not [one for one in found["accounts"].values() if one["password"] in told.err or one["token"] in told.err]
    assert found["accounts"]["dora"]["token"]


def test_status_and_accounts(studio_dir: Path, studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "studio", "status", "--dir", str(studio_dir)]) == 0
    assert capsys.readouterr().out == f"running at {studio.url}\n"
    assert run(["annotate", "studio", "status", "--json", "--dir", str(studio_dir)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["running"], told["url"], told["pid"]) == (True, studio.url, studio.pid)
    assert told["accounts"][:2] == ["ana", "ben"]
    assert run(["annotate", "studio", "accounts", "--dir", str(studio_dir)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["admin", "admin@studio.invalid"]
    assert lines[1].split() == ["ana", "ana@studio.invalid", studio.accounts["ana"].password]
    assert run(["annotate", "studio", "accounts", "--json", "--dir", str(studio_dir)]) == 0
    ben = studio.accounts["ben"]
    assert json.loads(capsys.readouterr().out)["ben"] == {"email": ben.email, "password": ben.password}


def test_a_running_server_does_not_move(studio_dir: Path, studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    other = str(server.free_port())
    assert run(["annotate", "studio", "start", "--dir", str(studio_dir), "--port", other]) == 2
    assert f"runs already at {studio.url}\n  remedy: leave --port away" in capsys.readouterr().err


# --- servers of a test's own


def test_life(copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = state(copied)
    for name in ("DEBUG", "PORT", "HOST", "USERNAME", "LABEL_STUDIO_PORT"):
        monkeypatch.setenv(name, "surprise")
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(studio.start, [copied, copied])
    assert first == second == studio.read_state(copied)
    after = state(copied)
    assert (after["admin"], after["accounts"]) == (before["admin"], before["accounts"])

    assert run(["annotate", "studio", "stop", "--dir", str(copied)]) == 0
    assert capsys.readouterr().err == "Label Studio has stopped\n"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first.url}/health")
    assert run(["annotate", "studio", "stop", "--dir", str(copied)]) == 0
    assert capsys.readouterr().err == "Label Studio was not running\n"
    assert run(["annotate", "studio", "status", "--json", "--dir", str(copied)]) == 1
    assert json.loads(capsys.readouterr().out) == {"running": False}
    with pytest.raises(ServiceError, match=r"is not running\n  remedy: start it: rolecall annotate studio start"):
        studio.read_state(copied)
    assert studio.logins(copied)["ana"].password == before["accounts"]["ana"]["password"]


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_foreground(copied: Path, signum: signal.Signals) -> None:
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    options = ["annotate", "studio", "start", "--foreground", "--dir", str(copied)]
    with subprocess.Popen([sys.executable, "-c", line, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{studio.read_state(copied).url}\n"
        process.send_signal(signum)
        assert process.wait(30) == 0
    assert not studio.running(copied)


def test_a_port_taken_while_it_starts(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "busy", lambda port: False)  # it was free when we looked
    with socket.create_server((server.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} is taken by another program"):
            studio.start(copied, port=port)
    assert not studio.running(copied)


def test_a_port_taken_while_it_starts_and_the_next_one_too(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "busy", lambda port: False)
    with neighbours() as port, pytest.raises(ServiceError, match=f"port {port} is taken by another program"):
        studio.start(copied, port=port)
    assert not studio.running(copied)


@contextmanager
def neighbours() -> Iterator[int]:
    """Two ports in a row on which something listens: to the second, Label Studio would go by itself."""
    while True:
        with ExitStack() as stack:
            port = stack.enter_context(socket.create_server((server.HOST, 0))).getsockname()[1]
            try:
                stack.enter_context(socket.create_server((server.HOST, port + 1)))
            except OSError:
                continue
            yield port
            return


def test_a_port_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((server.HOST, 0)) as listener:
        port = str(listener.getsockname()[1])
        assert run(["annotate", "studio", "start", "--dir", str(tmp_path), "--port", port]) == 2
    assert f"port {port} is taken by another program\n  remedy: leave --port away" in capsys.readouterr().err


def test_a_server_that_dies_shows_its_last_words(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "data" / "label_studio.sqlite3").write_bytes(b"no database at all\n" * 100)
    assert run(["annotate", "studio", "start", "--dir", str(copied)]) == 2
    told = capsys.readouterr().err
    assert "Label Studio died while it started" in told
    assert "  | django.db.utils.DatabaseError: file is not a database\n" in told
    assert "remedy: read the log" in told


def test_accounts_that_the_server_does_not_know(copied: Path) -> None:
    found = state(copied)
    found["admin"] |= {"password": "another password", "token": ""}
    (copied / studio.STATE).write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(ServiceError, match=r"does not let admin@studio\.invalid in"):
        studio.start(copied)
    assert not studio.running(copied)


def test_an_interrupted_start_leaves_nothing_running(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(directory: Path, patience: float) -> str:
        assert studio.running(directory)
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "await_healthy", interrupt)
    with pytest.raises(KeyboardInterrupt):
        studio.start(copied)
    assert not studio.running(copied)
    assert studio.stop(copied) is False


# --- directories that are no studio's, or a broken one's: no server is started


def test_a_process_that_took_over_the_number_is_left_alone(copied: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        (copied / studio.STATE).write_text(json.dumps(state(copied) | {"pid": innocent.pid}), encoding="utf-8")
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
    with pytest.raises(InputError, match="file: cannot be a studio's directory: File exists"):
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
