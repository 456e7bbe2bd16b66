"""The server's process as it is watched and ended, on small processes of our own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rolecall.annotate import server
from rolecall.core.errors import ServiceError

HOLDER = """
import fcntl, signal, sys, time
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def holder(directory: Path, manner: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds a directory's lock, as a server does."""
    arguments = [sys.executable, "-c", HOLDER, str(directory / ".server.lock"), manner]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_running_is_holding_the_lock(tmp_path: Path) -> None:
    assert not server.running(tmp_path)
    assert not server.running(tmp_path / "nowhere")
    with holder(tmp_path, "meek") as process:
        assert server.running(tmp_path)
        process.kill()
        process.wait()
        assert not server.running(tmp_path)


@pytest.mark.parametrize(("manner", "ended_by"), [("meek", signal.SIGINT), ("stubborn", signal.SIGKILL)])
def test_kill(tmp_path: Path, manner: str, ended_by: signal.Signals) -> None:
    with holder(tmp_path, manner) as process:
        pid = os.fork()  # the one that kills is not the parent, as when another command line stops a server
        if pid == 0:
            server.kill(tmp_path, process.pid, patience=1)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert process.wait() == -ended_by


def test_wait_ends_with_the_server(tmp_path: Path) -> None:
    with holder(tmp_path, "meek") as process:
        process.send_signal(signal.SIGINT)
        server.wait(tmp_path)
        assert not server.running(tmp_path)


def test_a_busy_port_is_not_taken() -> None:
    with socket.create_server((server.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert server.busy(port)
        assert server.free_port(port) != port
    assert not server.busy(port)
    assert server.free_port(port) == port
    assert server.free_port() > 1023


def test_an_impatient_wait_shows_the_log(tmp_path: Path) -> None:
    lines = "".join(f"line {number}\n" for number in range(40))
    (tmp_path / server.LOG).write_text(lines, encoding="utf-8")
    with (
        holder(tmp_path, "meek"),
        pytest.raises(ServiceError, match=r"did not answer within 0 s(?s:.*)\| line 25\n(?s:.*)line 39\n  remedy: "),
    ):
        server.await_healthy(tmp_path, patience=0.4)


def test_settings_do_not_leak_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEBUG", "PORT", "HOST", "USERNAME", "LABEL_STUDIO_HOST", "PYTHONPATH", "DJANGO_DB"):
        monkeypatch.setenv(name, "surprise")
    environment = server._environment(tmp_path, "admin@studio.invalid", "secret")
    assert "surprise" not in environment.values()
    assert environment["HOME"] == environment["LABEL_STUDIO_BASE_DATA_DIR"] == str(tmp_path)
    assert environment["LABEL_STUDIO_COLLECT_ANALYTICS"] == "false"


def test_label_studio_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ServiceError, match=r"not installed\n  remedy: pip install 'rolecall\[studio\]'"):
        server.spawn(tmp_path, 8080, "admin@studio.invalid", "secret")
    assert list(tmp_path.iterdir()) == []
