"""The server's process as it is watched and ended, on small processes of our own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from rolecall.annotate import server
from rolecall.core.errors import InputError, ServiceError

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


def test_label_studio_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    with pytest.raises(ServiceError, match=r"not installed\n  remedy: pip install 'rolecall\[studio\]'"):
        server.version()


def test_who_may_not_look_is_not_told_that_nothing_runs(tmp_path: Path) -> None:
    message = r"does not let you see .*: Permission denied\n  remedy: be the user"
    with holder(tmp_path, "meek"), powerless(tmp_path), pytest.raises(InputError, match=message):
        server.running(tmp_path)


@contextmanager
def powerless(directory: Path) -> Iterator[None]:
    """Nobody may look into a directory, and root becomes somebody whom that binds."""
    directory.chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o700)


@pytest.mark.parametrize("host", ["", "localhost", "::1", "0.0.0", "10.0.0.0/8", "127.0.0.1:80"])
def test_what_is_no_address(host: str) -> None:
    with pytest.raises(InputError, match=r"is no IPv4 address to listen on\n  remedy: name 0\.0\.0\.0 for every"):
        server.check_host(host)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(InputError, match=r"cannot listen on 192\.0\.2\.77: .*\n  remedy: name the address of one"):
        server.check_host("192.0.2.77")  # RFC 5737 keeps it for documentation


def test_a_port_is_busy_where_label_studio_would_find_it_so() -> None:
    with socket.create_server((server.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert server.busy(port, server.EVERYWHERE)
        assert server.busy(port, "127.0.0.2")  # free there, yet Label Studio asks on 127.0.0.1
        assert server.free_port(port, server.EVERYWHERE) != port


def test_which_addresses_stay_on_this_machine() -> None:
    assert server.is_loopback("127.0.0.1")
    assert server.is_loopback("127.0.0.2")
    assert not server.is_loopback(server.EVERYWHERE)
    assert not server.is_loopback("192.168.1.7")
    assert server.reachable("http://0.0.0.0:8080") == "http://127.0.0.1:8080"
    assert server.reachable("http://192.168.1.7:8080") == "http://192.168.1.7:8080"
