"""Label on all machines of a Ray cluster, to the bytes that one process writes.

The file is cut where `predict` cuts it, so every batch that goes through the model is the same. A row of the Ray
dataset names a part of the file; actors with a model each label them, and the labels come back in the file's order.
Ray starts a worker that died again and gives it its parts again. Neither the driver nor Ray's store holds the corpus.
"""

import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core.errors import InputError, RolecallError, ServiceError
from rolecall.core.records import Annotation
from rolecall.train import run as runs
from rolecall.train.exported import is_exported
from rolecall.train.labelling import Engine, Job
from rolecall.train.parts import Part, Work, Worker, cut, read
from rolecall.train.run import Run

PARTS = 32
"""Into how many parts a worker's share is cut, if it has so many chunks: all end at about the same time."""
MOST = 4
"""Chunks in a part, at most: what is done again when a worker dies."""
WEIGHTS = ("*.safetensors", "*.onnx")
DEVICES = {"cpu": "cpu", "cuda": "cuda:0"}


class Room(NamedTuple):
    """How a cluster is used: so many workers, on a device, with so many CPU threads each."""

    workers: int
    device: str
    threads: int


@contextmanager
def joined(
    run: Run,
    *,
    address: str | None = None,
    workers: int | None = None,
    threads: int | None = None,
    device: str = "auto",
    half: bool = False,
) -> Iterator[Engine]:
    """Join a cluster, and leave it when the block ends; without an address (or RAY_ADDRESS) one is started here.

    `threads` are the CPUs of a worker, 1 if nothing is said; `workers` are as many as the cluster has room for; `half`
    has them compute in bfloat16. Raises InputError where it has no room for them, or no such device, where the run
    cannot compute so, and where Ray or the model's weights lack; ServiceError where the cluster cannot be reached.
    """
    if not any(path for pattern in WEIGHTS for path in run.path.glob(pattern)):
        raise InputError("holds no weights", path=run.path, remedy="train the run again")
    if device == "cuda" and is_exported(run.path):
        raise InputError("is an exported run, which computes on CPUs", path=run.path, remedy="use --device auto")
    numbers = runs.precision(run, half=half)
    address = address or os.environ.get("RAY_ADDRESS") or None
    if address:
        _check(address)
    ray = _import(alone=address is None)
    with redirect_stdout(sys.stderr):  # Ray prints there when a worker dies, and results are not to be mixed with it
        _connect(ray, address)
        try:
            nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            room = find_room(nodes, workers, threads, "cpu" if device == "auto" and is_exported(run.path) else device)
            yield _engine(ray, run, room, numbers)
        finally:
            ray.shutdown()


def _engine(ray: Any, run: Run, room: Room, precision: str) -> Engine:
    def annotate(job: Job, articles: Path, done: int) -> Iterator[Annotation]:
        return _annotate(ray, room, Work(run.path.resolve(), articles.resolve(), job, room.threads), done)

    place = DEVICES[room.device]
    return Engine(place, room.threads if place == "cpu" else 0, precision, annotate)


def find_room(
    nodes: Iterable[Mapping[str, float]], workers: int | None, threads: int | None, device: str = "auto"
) -> Room:
    """Say how nodes with these resources are used; raise InputError where there is no room."""
    nodes = list(nodes)
    gpus = [int(node.get("GPU", 0)) for node in nodes]
    if device == "auto":
        device = "cuda" if any(gpus) else "cpu"
    if device not in DEVICES:
        raise InputError(f"device {device!r} is none for a cluster", remedy="use --device auto, cpu or cuda")
    cpus = [int(node.get("CPU", 0)) for node in nodes]
    if device == "cuda":
        threads = threads or max(1, min((cpu // gpu for cpu, gpu in zip(cpus, gpus, strict=True) if gpu), default=1))
        most, of = sum(gpus), "workers with a GPU"
    else:
        threads = threads or 1
        most, of = sum(cpu // threads for cpu in cpus), f"workers of {threads} CPU{'s' * (threads > 1)}"
    if most < (workers or 1):
        raise InputError(
            f"the cluster has room for {most} {of}, not {workers or 1}",
            remedy="ask for fewer --workers or --threads, or add nodes",
        )
    return Room(workers or most, device, threads)


def _import(*, alone: bool) -> Any:
    """Import Ray, which reads its environment then; `alone` it serves nobody outside this machine."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
    if alone:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # Ray would else keep one in ~/.ray
        # The switch by which Ray listens on 127.0.0.1 alone; it leaves it off on Linux, whatever address it is given.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise InputError(
            f"--engine ray needs {error.name or 'ray'}, which is not installed", remedy="pip install 'rolecall[ray]'"
        ) from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is raised too
    return ray


def _check(address: str) -> None:
    """Raise InputError for what is no address, and ServiceError where nobody listens: Ray would wait for minutes."""
    if address.startswith("ray://"):
        raise InputError(
            "is an address for Ray Client, which cannot do this",
            path=address,
            remedy="run the command on a node of the cluster, with --address auto",
        )
    if address == "auto":  # it is in a file of this node
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise InputError(
            "is no address of a cluster", path=address, remedy="give HOST:PORT, as `ray start` says it, or auto"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, getattr(error, "strerror", None) or str(error)) from error


def _unreachable(address: str | None, why: str) -> ServiceError:
    return ServiceError(
        f"Ray at {address or 'this machine'}: {why}",
        remedy="check --address (or RAY_ADDRESS), and that the cluster runs: ray status",
    )


def _connect(ray: Any, address: str | None) -> None:
    """Connect to a cluster, or start one of this machine."""
    said = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    try:
        if address is None:
            ray.init("local", include_dashboard=False, _node_ip_address="127.0.0.1", **said)
        else:
            ray.init(address, **said)
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        raise _unreachable(address, _last(error)) from error


def _annotate(ray: Any, room: Room, work: Work, done: int) -> Iterator[Annotation]:
    """Yield the annotations of the articles behind the first `done`, in order."""
    number = sum(1 for _ in cut(work.articles, done, work.job.batch, 1))
    most = max(1, min(MOST, number // (PARTS * room.workers)))
    parts = list(cut(work.articles, done, work.job.batch, most))
    if not parts:
        return
    try:
        for row in _spread(ray, parts, work, room).iter_rows():
            if row["problem"]:
                raise InputError(f"a worker gave up on {row['problem']}")
            yield from read(row["labels"])
    except RolecallError:
        raise
    except (RuntimeError, ray.exceptions.RayError, ray.data.exceptions.ExecutionTimeoutError) as error:
        raise ServiceError(
            f"Ray: {_last(error)}", remedy="see Ray's logs; what is labelled stays: the same command goes on with it"
        ) from error


def _spread(ray: Any, parts: list[Part], work: Work, room: Room) -> Any:
    """Return a Ray dataset of the labels of the parts, in their order."""
    share = {"num_gpus": 1} if room.device == "cuda" else {"num_cpus": room.threads}
    data = ray.data.from_items([part._asdict() for part in parts], override_num_blocks=len(parts)).map_batches(
        Worker,
        fn_constructor_args=(work,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=min(room.workers, len(parts))),
        **share,
    )
    data.context.execution_options.preserve_order = True
    data.context.print_on_execution_start = False
    return data


def _last(error: BaseException) -> str:
    """Return the last line of what Ray says, which names the cause."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
