"""Who reaches a real Label Studio, and who reads its passwords and tokens."""

import ipaddress
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from rolecall.annotate import server
from rolecall.annotate.studio import STATE, Studio
from rolecall.core.cli import run

TCP = Path("/proc/net/tcp")


def keys(directory: Path) -> set[str]:
    """Every password and token of a directory."""
    found = json.loads((directory / STATE).read_text(encoding="utf-8"))
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


def test_only_this_machine_reaches_it(studio: Studio) -> None:
    assert urlsplit(studio.url).hostname == "127.0.0.1"
    assert httpx.get(f"{studio.url}/health").json() == {"status": "UP"}
    # All of 127.0.0.0/8 is this machine: a server bound to every address would answer here too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port_of(studio.url)), timeout=5)


@pytest.mark.skipif(not TCP.exists(), reason="there is no /proc/net/tcp")
def test_nothing_beyond_loopback_listens(studio: Studio) -> None:
    assert listening(port_of(studio.url)) == {"127.0.0.1"}


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


def test_what_holds_passwords_is_for_its_owner_alone(studio_dir: Path, studio: Studio) -> None:
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in studio_dir.iterdir()}
    assert modes["studio.json"] == modes["studio.log"] == "0o600"
    assert modes["data"] == "0o700"
    assert (studio_dir / ".gitignore").read_text(encoding="utf-8") == "*\n"
    log = (studio_dir / "studio.log").read_text(encoding="utf-8")
    assert not [name for name, account in studio.accounts.items() if account.password in log or account.token in log]


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
