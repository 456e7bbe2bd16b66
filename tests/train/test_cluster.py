"""Labelling on a Ray cluster: the bytes of one process, whoever is killed meanwhile, and an error where it cannot be.

The cluster is a real one of this machine, with two CPUs. Commands that use it run in processes of their own, as Ray's
warnings, threads and signal handlers are not ours to hold tests to.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest

from rolecall.core import jsonl
from rolecall.core.cli import run as command
from rolecall.core.config import read_yaml
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.shipped import find
from rolecall.train import run as runs
from rolecall.train.cluster import Room, find_room, joined
from rolecall.train.labelling import label
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from rolecall.train.threads import limited

pytestmark = pytest.mark.train
SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"
LINE = "import sys; from rolecall.core.cli import run; sys.exit(run(sys.argv[1:]))"
BATCH = 64
"""Sub-tokens a batch, so that a chunk is 4,096 characters: two reports or three."""
LONG = 180
"""Seconds to wait for what should come in ten, on a busy machine."""
parquet: Any = pyarrow.parquet  # untyped


class Cluster(NamedTuple):
    address: str
    pid: int


def environment() -> dict[str, str]:
    """What keeps Ray to this machine and out of the home folder."""
    return {
        **os.environ,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


TOKEN = secrets.token_hex(32)


def until(true: Callable[[], Any], process: subprocess.Popen[Any]) -> Any:
    """Wait until something is true, while a process works, and return it."""
    end = time.monotonic() + LONG
    while not (found := true()):
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def whole_group(words: list[str], **more: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a process as the head of a group, of which nothing is left in the end."""
    with subprocess.Popen(words, start_new_session=True, text=True, env=environment(), **more) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    log = tmp_path_factory.mktemp("cluster") / "log"
    port = free_port()
    words = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--num-cpus=2", f"--port={port}"]
    words += ["--node-ip-address=127.0.0.1", f"--ray-client-server-port={free_port()}", "--include-dashboard=false"]
    with log.open("w") as file, whole_group(words, stdout=file, stderr=file) as process:
        until(lambda: "Ray runtime started" in log.read_text(), process)
        yield Cluster(f"127.0.0.1:{port}", process.pid)


class Corpus(NamedTuple):
    """The same articles as lines and as rows, and the bytes that one process makes of them."""

    lines: Path
    rows: Path
    whole: bytes
    size: int


@pytest.fixture(scope="module")
def corpus(opened: Run, tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return write(tmp_path_factory.mktemp("corpus"), repeated(4), opened, tagger)


def repeated(times: int) -> list[Article]:
    """The sample so many times, as what works for some seconds can be killed meanwhile."""
    known = list(jsonl.read(SAMPLE, Article))
    return [msgspec.structs.replace(article, id=f"{article.id}-{turn}") for turn in range(times) for article in known]


def write(folder: Path, made: list[Article], opened: Run, tagger: Tagger) -> Corpus:
    jsonl.write(folder / "a.jsonl", made)
    table = pa.table({"id": [article.id for article in made], "text": [article.text for article in made]})
    parquet.write_table(table, folder / "a.parquet", row_group_size=7)
    with limited(1):
        label(opened, tagger, folder / "a.jsonl", folder / "whole.jsonl", batch=BATCH)
    return Corpus(folder / "a.jsonl", folder / "a.parquet", (folder / "whole.jsonl").read_bytes(), len(made))


@contextmanager
def predicting(run: Path, articles: Path, out: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    words = ["predict", str(run), str(articles), "--out", str(out), "--batch", str(BATCH), "--device", "cpu"]
    line = [sys.executable, "-c", LINE, "train", *words, "--engine", "ray", "--json", *more]
    with whole_group(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process


def workers_of(cluster: Cluster) -> dict[int, str]:
    """Name the processes of a cluster that have a model, and what they call themselves while they work."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            pid, parent = int(path.name), int((path / "stat").read_text().rpartition(")")[2].split()[1])
            parents[pid], names[pid] = parent, (path / "cmdline").read_text().strip("\0 ")
        except (FileNotFoundError, ProcessLookupError):
            continue

    def is_own(pid: int) -> bool:
        while pid > 1 and pid != cluster.pid:
            pid = parents.get(pid, 0)
        return pid == cluster.pid

    return {pid: name for pid, name in names.items() if name.startswith("ray::MapWorker") and is_own(pid)}


def test_a_worker_that_is_killed_costs_nothing(opened: Run, corpus: Corpus, cluster: Cluster, tmp_path: Path) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.part"
    with predicting(opened.path, corpus.lines, out, "--address", cluster.address) as process:
        until(lambda: part.exists() and part.stat().st_size, process)
        before = workers_of(cluster)
        assert len(before) == 2
        busy = until(lambda: [pid for pid, name in workers_of(cluster).items() if ".submit" in name], process)
        os.kill(busy[0], signal.SIGKILL)
        again = until(lambda: workers_of(cluster).keys() - before.keys(), process)
        said, problems = process.communicate(timeout=LONG)
    assert process.returncode == 0, problems
    assert len(again) == 1
    assert "infinite retries remaining" in problems  # Ray's own word that a task was lost and is done again
    assert json.loads(said)["articles"] == corpus.size
    assert out.read_bytes() == corpus.whole


def test_workers_compute_in_the_numbers_that_are_asked_for(
    opened: Run, corpus: Corpus, cluster: Cluster, tmp_path: Path
) -> None:
    expected, out = tmp_path / "expected.jsonl", tmp_path / "out.jsonl"
    with limited(1):
        label(opened, runs.load_tagger(opened, "cpu", half=True), corpus.lines, expected, batch=BATCH)
    options = ["--address", cluster.address, "--precision", "bfloat16"]
    with predicting(opened.path, corpus.lines, out, *options) as process:
        _, problems = process.communicate(timeout=LONG)
    assert process.returncode == 0, problems
    assert out.read_bytes() == expected.read_bytes() != corpus.whole


class StopError(Exception):
    pass


@pytest.mark.soak
def test_a_command_that_is_killed_is_gone_on_with_whatever_engine_began(
    opened: Run, tagger: Tagger, cluster: Cluster, tmp_path: Path
) -> None:
    out, part = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.part"
    corpus = write(tmp_path, repeated(12), opened, tagger)

    def step(done: int, _: int) -> None:
        if done == 6:
            raise StopError

    with limited(1), pytest.raises(StopError):
        label(opened, tagger, corpus.rows, out, batch=BATCH, step=step)
    own = part.stat().st_size
    with predicting(opened.path, corpus.rows, out, "--address", cluster.address, "--workers", "1") as process:
        until(lambda: part.stat().st_size > own, process)
        process.kill()
        process.wait()
    assert not out.exists()
    assert part.read_bytes() in [corpus.whole[:size] for size in range(own + 1, len(corpus.whole))]
    with predicting(opened.path, corpus.rows, out, "--address", cluster.address, "--workers", "1") as process:
        said, problems = process.communicate(timeout=LONG)
    assert process.returncode == 0, problems
    done = json.loads(said)
    assert done["articles"] == corpus.size
    assert 0 < done["before"] < corpus.size
    assert out.read_bytes() == corpus.whole


@pytest.mark.soak
def test_what_a_worker_cannot_do_ends_a_cluster_that_was_started_for_it(
    opened: Run, corpus: Corpus, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(opened.path, tmp_path / "run"))
    (run / "tokenizer.json").write_text("{")
    with predicting(run, corpus.lines, tmp_path / "out.jsonl", "--workers", "1") as process:
        _, problems = process.communicate(timeout=LONG)
        with pytest.raises(ProcessLookupError):  # nothing of it is left
            os.killpg(process.pid, 0)
    assert process.returncode == 2
    assert f"error: a worker gave up on {socket.gethostname()}: encoder 'run' cannot be loaded: " in problems
    assert "remedy: train the run again" in problems


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"run": "none"}, "none: holds no run\n  remedy: make one: rolecall train fit"),
        ({"lines": '{"id":"a"}\n'}, "a.jsonl:1: not a record of kind article"),
        ({"columns": {"name": ["a"], "text": ["A."]}}, "a.parquet: has no column id"),
        ({"without": "model.safetensors"}, "run: holds no weights\n  remedy: train the run again"),
        ({"more": ["--address", "ray://head:10001"]}, "ray://head:10001: is an address for Ray Client"),
        ({"more": ["--address", "127.0.0.1:1"]}, "Ray at 127.0.0.1:1: Connection refused\n  remedy: check --address"),
        ({"more": ["--address", "head"]}, "head: is no address of a cluster\n  remedy: give HOST:PORT, as `ray start`"),
        ({"more": ["--engine", "local", "--workers", "2"]}, "--workers and --address are for --engine ray"),
    ],
)
def test_what_is_wrong_is_said_before_a_cluster_is_asked(
    given: Mapping[str, Any], said: str, opened: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Path(shutil.copytree(opened.path, tmp_path / "run"))
    articles = tmp_path / "a.jsonl"
    jsonl.write(articles, [Article.of("Miners march.", id="a")])
    if "without" in given:
        (run / given["without"]).unlink()
    if "lines" in given:
        articles.write_text(given["lines"])
    if "columns" in given:
        articles = tmp_path / "a.parquet"
        parquet.write_table(pa.table(given["columns"]), articles)
    words = [str(tmp_path / given.get("run", "run")), str(articles), "--out", str(tmp_path / "out.jsonl")]
    assert command(["train", "predict", *words, "--engine", "ray", *given.get("more", [])]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


def test_without_ray_it_says_what_to_install(opened: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("RAY_AUTH_TOKEN", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, "0")
    with (
        pytest.raises(InputError, match=r"needs ray, which .*\n  remedy: pip install 'rolecall\[ray\]'"),
        joined(opened),
    ):
        pass


def test_the_room_of_a_cluster() -> None:
    small = [{"CPU": 4.0, "memory": 1.0}, {"CPU": 3.0}, {"node": 1.0}]
    assert find_room(small, None, None) == Room(7, "cpu", 1)
    assert find_room(small, None, 2) == Room(3, "cpu", 2)
    assert find_room(small, 2, 2) == Room(2, "cpu", 2)
    with pytest.raises(InputError, match="has room for 3 workers of 2 CPUs, not 4"):
        find_room(small, 4, 2)
    with pytest.raises(InputError, match="has room for 0 workers with a GPU, not 1"):
        find_room(small, None, None, "cuda")
    with pytest.raises(InputError, match="device 'mps' is none for a cluster"):
        find_room(small, None, None, "mps")
    large = [{"CPU": 8.0}, {"CPU": 16.0, "GPU": 2.0}, {"CPU": 4.0, "GPU": 1.0}]
    assert find_room(large, None, None) == Room(3, "cuda", 4)
    assert find_room(large, 2, 1) == Room(2, "cuda", 1)
    assert find_room(large, None, None, "cpu") == Room(28, "cpu", 1)


def test_the_shipped_cluster_file_is_one_for_ray() -> None:
    found = find_spec("ray")
    assert found is not None
    assert found.origin is not None
    schema = json.loads((Path(found.origin).parent / "autoscaler" / "ray-schema.json").read_bytes())
    shipped = read_yaml(find("cluster", "ray"))
    check: Any = import_module("jsonschema").validate  # untyped, and Ray's own means
    check(shipped, schema)
    assert shipped["head_node_type"] in shipped["available_node_types"]
