"""The process of a local Label Studio: started apart from this one, watched through a lock, stopped with SIGINT.

The server inherits a locked file and holds it until it dies. So "is it running?" is asked of the lock, never of a
process number, which the system may have given to another program since.
"""

import fcntl
import importlib.metadata
import ipaddress
import os
import re
import signal
import site
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

from rolecall.core.errors import InputError, ServiceError

HOST = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- never unless told
LOG = "studio.log"
DATA = "data"
_LOCK = ".server.lock"
_ADDRESS = re.compile(r"Starting development server at (http://\S+?)/?\s")
_TAKEN = re.compile(r"\* Port (\d+) is in use")


def running(directory: Path) -> bool:
    """Tell whether the server of this directory is alive; raise InputError for who may not know."""
    try:
        lock = os.open(directory / _LOCK, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise InputError(
            f"does not let you see whether its server runs: {error.strerror}",
            path=directory,
            remedy="be the user who started it",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def wait(directory: Path) -> None:
    """Return when the server of this directory has died."""
    lock = os.open(directory / _LOCK, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def spawn(directory: Path, host: str, port: int, email: str, password: str) -> int:
    """Start Label Studio and return its process id at once; its first user is made from `email` and `password`.

    Call it only while no server of this directory runs.
    """
    data = (directory / DATA).resolve()
    data.mkdir(mode=0o700, exist_ok=True)
    # -P: a folder named core, users or tasks in the working directory must not hide Label Studio's own.
    options = f"start --no-browser --internal-host {host} --port {port}".split()
    arguments = [sys.executable, "-P", "-m", "label_studio.server", *options]
    lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock, True)
        return os.posix_spawn(
            sys.executable,
            arguments,
            _environment(data, email, password),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, directory / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # Ctrl-C in the terminal that started it does not reach it
            setsigdef=[signal.SIGINT],  # a shell's background job ignores SIGINT, and so would the server
        )
    finally:
        os.close(lock)


def version() -> str:
    """Return which Label Studio is installed; raise ServiceError where none is."""
    try:
        return importlib.metadata.version("label-studio")
    except importlib.metadata.PackageNotFoundError:
        raise ServiceError("Label Studio is not installed", remedy="pip install 'rolecall[studio]'") from None


def _environment(data: Path, email: str, password: str) -> dict[str, str]:
    """Settle every setting here: Label Studio also reads bare names such as DEBUG, PORT, HOST and USERNAME."""
    inherited = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in inherited if name in os.environ} | {
        "HOME": str(data),  # it leaves a file in the home directory
        "PYTHONUSERBASE": site.getuserbase(),  # where `pip install --user` put things under the real home
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": email,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }


def await_healthy(directory: Path, patience: float) -> str:
    """Return the URL of the server once it answers; `patience` is in seconds.

    The URL is what the server itself tells in its log: when its port is taken meanwhile it silently takes the next
    one. Raises ServiceError with the end of the log when the server dies or takes too long.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not running(directory):
            if taken := _TAKEN.search(_log(directory)):  # and so was the next one, where it went by itself
                raise port_taken(int(taken[1]))
            raise ServiceError(
                f"Label Studio died while it started. The end of {directory / LOG}:\n{_tail(directory)}",
                remedy=f"read the log; where {directory / DATA} is damaged, start in a new --dir",
            )
        address = _ADDRESS.search(_log(directory))
        if address and _healthy(found := reachable(address[1])):
            return found
        time.sleep(0.25)
    raise ServiceError(
        f"Label Studio did not answer within {patience:.0f} s. The end of {directory / LOG}:\n{_tail(directory)}",
        remedy="start again when the machine is less busy: what has been set up is kept",
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    return ipaddress.ip_address(host).is_loopback


def reachable(url: str) -> str:
    """Return the URL by which this machine reaches a server: 0.0.0.0 is no address to go to."""
    return url.replace(f"//{EVERYWHERE}:", f"//{HOST}:")


def port_taken(port: int) -> ServiceError:
    """Say that another program has the port."""
    return ServiceError(f"port {port} is taken by another program", remedy="leave --port away, or name a free one")


def _healthy(url: str) -> bool:
    try:
        return bool(httpx.get(f"{url}/health", timeout=5).json().get("status") == "UP")
    except (httpx.HTTPError, ValueError):
        return False


def _log(directory: Path) -> str:
    """Return the opening of the log, where the start is told; every request adds to it afterwards."""
    with (directory / LOG).open(encoding="utf-8", errors="replace") as log:
        return log.read(1_000_000)


def _tail(directory: Path) -> str:
    return "\n".join(f"  | {line}" for line in _log(directory).splitlines()[-15:])


def kill(directory: Path, pid: int, patience: float = 20) -> None:
    """End the server of this directory, with SIGKILL where SIGINT does not within `patience` seconds."""
    for signum in (signal.SIGINT, signal.SIGKILL):
        if running(directory):
            with suppress(ProcessLookupError):
                os.kill(pid, signum)
        deadline = time.monotonic() + patience
        while running(directory) and time.monotonic() < deadline:
            time.sleep(0.05)
    if running(directory):
        raise ServiceError(f"Label Studio (process {pid}) does not stop", remedy="end it by hand")
    with suppress(ChildProcessError):  # it is this process's child only if this process started it
        os.waitpid(pid, 0)


def check_host(host: str) -> None:
    """Raise InputError for what is no address that a server of this machine can listen on."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise InputError(
            f"{host!r} is no IPv4 address to listen on",
            remedy=f"name {EVERYWHERE} for every interface, or the address of one",
        ) from None
    try:
        _bind(host, 0)
    except OSError as error:
        raise InputError(
            f"this machine cannot listen on {host}: {error.strerror}",
            remedy=f"name the address of one of its interfaces, or {EVERYWHERE} for every one",
        ) from error


def free_port(preferred: int | None = None, host: str = HOST) -> int:
    """Return the preferred port where nothing listens on it, else one that the system picks."""
    return preferred if preferred and not busy(preferred, host) else _bind(host, 0)


def busy(port: int, host: str = HOST) -> bool:
    """Tell whether something listens on a port, there or on loopback: Label Studio asks on loopback alone."""
    try:
        for address in {HOST, host}:
            _bind(address, port)
    except OSError:
        return True
    return False


def _bind(host: str, port: int) -> int:
    """Take a port for a moment, where 0 is any, and return it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])
