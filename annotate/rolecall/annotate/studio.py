"""A local Label Studio in a directory of its own: started, found again, stopped.

Its directory holds `data/` (the server's), `studio.log`, and `studio.json` with the address and every account; that
file holds passwords, so only its owner may read it.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from rolecall.annotate import accounts, database, server
from rolecall.annotate.accounts import ACCOUNT_DOMAIN, Account, person
from rolecall.annotate.database import Counts
from rolecall.core import jsonl
from rolecall.core.errors import InputError, ServiceError

__all__ = [
    "ACCOUNT_DOMAIN",
    "IGNORE",
    "STATE",
    "Account",
    "State",
    "Status",
    "Studio",
    "known",
    "load",
    "logins",
    "person",
    "read_state",
    "running",
    "save",
    "start",
    "status",
    "stop",
    "turn",
    "wait",
]

STATE = "studio.json"
IGNORE = ".gitignore"
_TURN = ".lock"
_START = "rolecall annotate studio start --dir {}"


class Studio(msgspec.Struct, frozen=True):
    """A running server: its address, process, the admin's API token, and the annotators' accounts by name.

    `url` reaches it from this machine, `host` is the address it listens on.
    """

    url: str
    pid: int
    token: str
    accounts: dict[str, Account]
    host: str = server.HOST


class State(msgspec.Struct, frozen=True):
    """What studio.json holds.

    `pid` is 0 while no server runs; `url`, `host` and `label_studio`, its version, are then those of the last one.
    """

    admin: Account
    accounts: dict[str, Account] = {}
    url: str = ""
    host: str = server.HOST
    pid: int = 0
    label_studio: str = ""


class Status(msgspec.Struct, frozen=True):
    """What is known of a studio; `studio` is None while no server runs, `counts` where there is no database yet."""

    studio: Studio | None
    label_studio: str
    counts: Counts | None


def start(
    directory: Path,
    annotators: Iterable[str] = (),
    port: int | None = None,
    host: str | None = None,
    patience: float = 600,
) -> Studio:
    """Start the server of a directory, or find it running, and make the accounts that are new.

    The first start of a directory takes a minute or so, and `patience` (seconds) bounds it. Without `port` it takes
    its last port again, or a free one. Without `host` it listens on loopback, wherever it listened last time. Raises
    InputError for a directory that holds something else, a name that cannot be an account's or an address that is not
    this machine's, ServiceError when the server cannot be started or reached.
    """
    names = list(dict.fromkeys(annotators))
    accounts.check_names(names)
    server.check_host(host or server.HOST)
    _claim(directory)
    with turn(directory):
        state = load(directory) or _new(directory)
        found = server.running(directory)
        if found:
            _check_running(directory, state, port, host)
        else:
            state = _launch(directory, state, port, host or server.HOST)
        try:
            url = server.await_healthy(directory, patience)
            _check_port(url, port)
            state = _enrol(directory, msgspec.structs.replace(state, url=url), names)
        except BaseException:
            if not found:
                server.kill(directory, state.pid)
            raise
    return _view(state)


def stop(directory: Path) -> bool:
    """Stop the server of a directory; return False where none was running."""
    known(directory)
    with turn(directory):
        state = known(directory)
        if not server.running(directory):
            return False
        _check_running(directory, state)
        server.kill(directory, state.pid)
        save(directory, msgspec.structs.replace(state, pid=0))
    return True


def wait(directory: Path) -> None:
    """Return when the server has been stopped; raise ServiceError when it ended by itself."""
    server.wait(directory)
    with turn(directory):
        state = load(directory)
    if state is not None and state.pid:
        raise ServiceError("Label Studio ended by itself", remedy=f"read {directory / server.LOG}")


def running(directory: Path) -> bool:
    """Tell whether the server of a directory is alive."""
    return server.running(directory)


def read_state(directory: Path) -> Studio:
    """Return how to reach the running server of a directory; raise ServiceError where none runs."""
    state = known(directory)
    if not server.running(directory):
        raise ServiceError(
            f"the Label Studio in {directory} is not running", remedy=f"start it: {_START.format(directory)}"
        )
    return _view(state)


def status(directory: Path) -> Status:
    """Return what is known of a studio, whether its server runs or not."""
    alive = server.running(directory)
    state = known(directory)
    try:
        counts = database.count(directory / server.DATA / database.NAME)
    except InputError:  # the first start has not come that far
        counts = None
    return Status(_view(state) if alive else None, state.label_studio, counts)


def logins(directory: Path) -> dict[str, Account]:
    """Return every account of a directory by name, the admin's first, whether its server runs or not."""
    state = known(directory)
    return {accounts.ADMIN: state.admin} | state.accounts


def _view(state: State) -> Studio:
    return Studio(url=state.url, pid=state.pid, token=state.admin.token, accounts=state.accounts, host=state.host)


def _launch(directory: Path, state: State, port: int | None, host: str) -> State:
    """Start the process and write down which it is."""
    if port and server.busy(port, host):
        raise server.port_taken(port)
    chosen = port or server.free_port(urlsplit(state.url).port, host)
    url = server.reachable(f"http://{host}:{chosen}")
    # Until the new process is known, no old number may stand in the file: it may be another program's by now.
    state = msgspec.structs.replace(state, url=url, host=host, pid=0, label_studio=server.version())
    save(directory, state)
    pid = server.spawn(directory, host, chosen, state.admin.email, state.admin.password)
    state = msgspec.structs.replace(state, pid=pid)
    save(directory, state)
    return state


def _enrol(directory: Path, state: State, names: Iterable[str]) -> State:
    """Make the accounts the server does not have yet, each written down before it is made."""
    known = {**{name: accounts.new(name) for name in names}, **state.accounts}
    state = msgspec.structs.replace(state, accounts=dict(sorted(known.items())))
    save(directory, state)
    admin = accounts.admit(state.url, state.admin)
    members = {name: accounts.admit(state.url, account, admin) for name, account in state.accounts.items()}
    state = msgspec.structs.replace(state, admin=admin, accounts=members)
    save(directory, state)
    return state


def _claim(directory: Path) -> None:
    """Make the directory, or see that it is empty or ours."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {path.name for path in directory.iterdir()}
    except OSError as error:
        raise InputError(
            f"cannot be a studio's directory: {error.strerror}",
            path=directory,
            remedy="name a new or an empty directory with --dir, where you may write",
        ) from error
    if names and _TURN not in names:
        raise InputError(
            "holds other files and no studio", path=directory, remedy="name a new or an empty directory with --dir"
        )


def _new(directory: Path) -> State:
    if (directory / server.DATA).exists():
        raise InputError(
            f"{STATE} is gone, and with it the accounts of the data beside it",
            path=directory,
            remedy=f"put {STATE} back, or start in a new --dir",
        )
    (directory / IGNORE).write_text("*\n", encoding="utf-8")  # passwords do not belong in a repository
    return State(admin=accounts.new(accounts.ADMIN))


def _check_running(directory: Path, state: State, port: int | None = None, host: str | None = None) -> None:
    if not state.pid:
        raise ServiceError(
            f"a Label Studio runs in {directory}, but its start was cut off before its process was noted",
            remedy=f"end the process that holds {directory.resolve() / server.DATA}, then start again",
        )
    if port and state.url and urlsplit(state.url).port != port:
        raise ServiceError(
            f"Label Studio runs already at {state.url}", remedy="leave --port away, or stop it first to move it"
        )
    if host and host != state.host:
        raise ServiceError(
            f"Label Studio runs already and listens on {state.host}",
            remedy="leave --host away, or stop it first to move it",
        )


@contextmanager
def turn(directory: Path) -> Iterator[None]:
    """Let one command at a time change a studio; others wait."""
    lock = os.open(directory / _TURN, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def known(directory: Path) -> State:
    """Return the state of a directory; raise ServiceError where there is no studio, InputError for a broken one."""
    state = load(directory)
    if state is None:
        raise ServiceError(f"there is no studio in {directory}", remedy=f"start one: {_START.format(directory)}")
    return state


def load(directory: Path) -> State | None:
    """Return the state of a directory, None where there is no studio; raise InputError for a broken one."""
    path = directory / STATE
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except msgspec.DecodeError as error:
        raise InputError(
            f"is not the state of a studio: {error}", path=path, remedy="put it right, or start in a new --dir"
        ) from error


def save(directory: Path, state: State) -> None:
    """Write the state atomically, readable by its owner from its first byte."""
    part = directory / f"{STATE}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(jsonl.to_json(state).encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(directory / STATE)


def _check_port(url: str, port: int | None) -> None:
    """See that the server did not move because its port was taken while it started."""
    if port and urlsplit(url).port != port:
        raise server.port_taken(port)
