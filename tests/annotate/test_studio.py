"""A real Label Studio, started and stopped as users do it."""

import ipaddress
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rolecall.annotate import server, studio
from rolecall.annotate.studio import Studio
from rolecall.core.cli import run
from rolecall.core.errors import InputError, ServiceError

TCP = Path("/proc/net/tcp")


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


def keys(directory: Path) -> set[str]:
    """Every password and token of a directory."""
    found = state(directory)
    everyone = [found["admin"], *found["accounts"].values()]
    kept = {one[kind] for one in everyone for kind in ("password", "token")}
    assert len(kept) == 2 * len(everyone)
    assert min(map(len, kept)) >= 16
    return kept


def listening(port: int) -> set[str]:
    """The addresses of this machine on which something listens at a port."""
    found = set()
    for line in TCP.read_text().splitlines()[1:] + TCP.with_name("tcp6").read_text().splitlines()[1:]:
        local, status = line.split()[1], line.split()[3]
        address, number = local.split(":")
        if status == "0A" and int(number, 16) == port:
            found.add(str(ipaddress.ip_address(bytes.fromhex(address)[::-1])))
    return found


def command_lines() -> Iterator[str]:
    """The command line of every process, as anyone may read it."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")


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


@pytest.mark.skipif(not TCP.exists(), reason="there is no /proc/net/tcp")
def test_nothing_beyond_loopback_listens(studio: Studio) -> None:
    assert listening(port_of(studio.url)) == {"127.0.0.1"}


@pytest.mark.skipif(not TCP.exists(), reason="there is no /proc")
def test_keys_are_in_no_output_log_or_process_list(
    studio_dir: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("start", "status"):
        for form in ([], ["--json"]):
            assert run(["annotate", "studio", command, "--dir", str(studio_dir), *form]) == 0
    assert run(["annotate", "studio", "start", "--dir", str(studio_dir), "--port", "1024"]) == 2
    told = capsys.readouterr()
    log = (studio_dir / "studio.log").read_text(encoding="utf-8")
    processes = "\n".join(command_lines())
    assert f"label_studio.server start --no-browser --internal-host 127.0.0.1 --port {port_of(studio.url)}" in processes
    assert [
        place for place in (told.out, told.err, log, processes) if any(key in place for key in keys(studio_dir))
    ] == []


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


@pytest.mark.skipif(not TCP.exists(), reason="there is no /proc/net/tcp")
def test_beyond_loopback_when_told_and_not_the_next_time(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["annotate", "studio", "start", "--json", "--dir", str(copied)]
    assert run([*line, "--host", server.EVERYWHERE]) == 0
    answer = capsys.readouterr()
    told = json.loads(answer.out)
    assert (told["started"], told["host"], told["accounts"]) == (True, server.EVERYWHERE, ["ana", "ben", "gold"])
    assert "warning: it listens on 0.0.0.0: whoever reaches this machine" in answer.err
    port = port_of(told["url"])
    assert told["url"] == f"http://127.0.0.1:{port}"
    assert listening(port) == {server.EVERYWHERE}
    for address in ("127.0.0.1", "127.0.0.2"):
        assert httpx.get(f"http://{address}:{port}/health").json() == {"status": "UP"}

    assert run(line) == 0  # it runs already: where it listens stays, and is told again
    answer = capsys.readouterr()
    assert json.loads(answer.out) == told | {"started": False}
    assert "warning: it listens on 0.0.0.0" in answer.err

    assert run(["annotate", "studio", "stop", "--json", "--dir", str(copied)]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": True}
    assert run(line) == 0
    answer = capsys.readouterr()
    assert json.loads(answer.out)["host"] == "127.0.0.1"
    assert "warning" not in answer.err
    assert listening(port) == {"127.0.0.1"}


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


# --- directories that are no studio's, or a broken one's: no server is started


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
