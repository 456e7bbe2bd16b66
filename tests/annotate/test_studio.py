"""A real Label Studio, started and stopped as users do it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rolecall.annotate import server, studio
from rolecall.annotate.studio import Studio
from rolecall.core.cli import run
from rolecall.core.errors import ServiceError


def state(directory: Path) -> Any:
    return json.loads((directory / studio.STATE).read_text(encoding="utf-8"))


# --- the session's server: nothing here stops it


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
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"running at {studio.url}"
    assert re.fullmatch(r"  Label Studio [\d.]+: \d+ projects?, \d+ tasks?, \d+ annotations?", second)
    assert run(["annotate", "studio", "status", "--json", "--dir", str(studio_dir)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["running"], told["url"], told["pid"]) == (True, studio.url, studio.pid)
    assert told["accounts"][:2] == ["ana", "ben"]
    assert (told["host"], told["directory"]) == ("127.0.0.1", str(studio_dir))
    assert told["label_studio"] == server.version()
    assert min(told["projects"], told["tasks"], told["annotations"]) >= 0
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
    assert run(["annotate", "studio", "start", "--dir", str(studio_dir), "--host", server.EVERYWHERE]) == 2
    assert "runs already and listens on 127.0.0.1\n  remedy: leave --host away" in capsys.readouterr().err


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
    assert run(["annotate", "studio", "stop", "--json", "--dir", str(copied)]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ('{"stopped": false}\n', "Label Studio was not running\n")
    assert run(["annotate", "studio", "status", "--json", "--dir", str(copied)]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "running": False,
        "directory": str(copied),
        "label_studio": server.version(),
        "projects": 0,
        "tasks": 0,
        "annotations": 0,
    }
    with pytest.raises(ServiceError, match=r"is not running\n  remedy: start it: rolecall annotate studio start"):
        studio.read_state(copied)
    assert studio.logins(copied)["ana"].password == before["accounts"]["ana"]["password"]


def test_a_killed_server_starts_again_with_all_it_had(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = studio.start(copied)
    page = '<View><Labels name="l" toName="t"><Label value="A"/></Labels><Text name="t" value="$text"/></View>'
    headers = {"Authorization": f"Token {first.accounts['ana'].token}"}
    with httpx.Client(base_url=first.url, headers=headers, timeout=60) as ana:
        project = ana.post("/api/projects", json={"title": "Kept", "label_config": page}).json()["id"]
        task = ana.post("/api/tasks", json={"project": project, "data": {"text": "x"}}).json()["id"]
        ana.post(f"/api/tasks/{task}/annotations", json={"result": []}).raise_for_status()
    os.kill(first.pid, signal.SIGKILL)
    os.waitpid(first.pid, 0)
    # As after a power cut: the old number stands in the file, and nobody holds the lock.
    assert state(copied)["pid"] == first.pid
    assert run(["annotate", "studio", "status", "--dir", str(copied)]) == 1
    assert capsys.readouterr().out.endswith(
        f"not running\n  Label Studio {server.version()}: 1 project, 1 task, 1 annotation\n"
    )
    second = studio.start(copied)
    assert second.pid != first.pid
    assert (second.token, second.accounts) == (first.token, first.accounts)
    found = httpx.get(f"{second.url}/api/tasks/{task}", headers=headers, timeout=60).json()
    assert [one["completed_by"]["email"] for one in found["annotations"]] == ["ana@studio.invalid"]


def test_a_killed_start_is_taken_up_by_the_next(copied: Path) -> None:
    line = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
    options = ["annotate", "studio", "start", "--dir", str(copied), "--annotators", "dora"]
    with subprocess.Popen([sys.executable, "-c", line, *options], stdout=subprocess.PIPE, text=True) as process:
        while not (studio.running(copied) and state(copied)["pid"]):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        assert process.communicate()[0] == "", "it was not killed before it was done"
    orphan = state(copied)["pid"]
    assert studio.read_state(copied).url == state(copied)["url"]
    started = studio.start(copied, ["dora"])
    assert started.pid == orphan
    assert started.accounts["dora"].token
    assert studio.stop(copied)


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
    monkeypatch.setattr(server, "busy", lambda port, host: False)  # it was free when we looked
    with socket.create_server((server.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} is taken by another program"):
            studio.start(copied, port=port)
    assert not studio.running(copied)


def test_a_port_taken_while_it_starts_and_the_next_one_too(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "busy", lambda port, host: False)
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
