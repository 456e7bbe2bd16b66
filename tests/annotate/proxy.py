"""A proxy that does harm: before a real server it delays, cuts, refuses, doubles and repeats, by a seeded plan.

An answer comes again only for the very same method and address, query included, as a cache would have it.
"""

import http.client
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import numpy as np

Fault = Literal[
    "delayed",  # some milliseconds before the request is passed on
    "cut answer",  # the server does what it is asked to, and a part of its answer arrives
    "cut answer of unknown length",  # the same, where only the content can tell that it is not whole
    "cut request",  # the server never hears of it, and no answer arrives
    "left alone",  # no answer arrives, and the server goes on working on it meanwhile
    "lost answer",  # the server does what it is asked to, and 500 or 502 arrives
    "too many",  # 429, and the server never hears of it
    "overloaded",  # 500 or 502, and the server never hears of it
    "delivered twice",  # the second answer arrives
    "repeated answer",  # an earlier answer to the same question arrives, and the server never hears of it
]
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]
_ENDS = {"connection", "content-length", "date", "host", "keep-alive", "server", "transfer-encoding"}
"""Headers that are about one connection."""


class Request(NamedTuple):
    """What somebody asks for."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What the server, or the proxy in its place, says."""

    status: int
    headers: dict[str, str]
    body: bytes


class Proxy(ThreadingHTTPServer):
    """Passes requests on, and draws for each of those under `only` whether one of these faults befalls it.

    `done` counts the faults that happened, `asked` the requests.
    """

    daemon_threads = True

    def __init__(self, server: str, faults: Sequence[Fault], rate: float, seed: int, *, only: str = "/") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.place = urlsplit(server).netloc
        self.faults, self.rate, self.only = faults, rate, only
        self.done: Counter[Fault] = Counter()
        self.asked = 0
        self._random = np.random.default_rng(seed)
        self._answers: dict[tuple[str, str], Answer] = {}
        self._lock = threading.Lock()
        self._working: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def draw(self, request: Request) -> Fault | None:
        """Decide what befalls a request."""
        with self._lock:
            self.asked += 1
            if self._random.random() >= self.rate or not request.path.startswith(self.only):
                return None
            known = (request.method, request.path) in self._answers
            possible = [fault for fault in self.faults if known or fault != "repeated answer"]
            if not possible:
                return None
            fault = possible[self._random.integers(len(possible))]
            self.done[fault] += 1
            return fault

    def below(self, limit: int) -> int:
        """Draw a number from 0 to `limit` - 1."""
        with self._lock:
            return int(self._random.integers(limit))

    def remembered(self, request: Request) -> Answer:
        """Return an earlier answer to the same request."""
        with self._lock:
            return self._answers[request.method, request.path]

    def forget(self) -> None:
        """Repeat no answer of before."""
        with self._lock:
            self._answers.clear()

    def forward(self, request: Request) -> Answer:
        """Ask the server."""
        connection = http.client.HTTPConnection(self.place, timeout=60)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            found = connection.getresponse()
            headers = {name: value for name, value in found.getheaders() if name.lower() not in _ENDS}
            answer = Answer(found.status, headers, found.read())
        finally:
            connection.close()
        if answer.status < 500:
            with self._lock:
                self._answers[request.method, request.path] = answer
        return answer

    def leave(self, request: Request) -> None:
        """Have the server work on a request with nobody waiting for it."""
        thread = threading.Thread(target=self.forward, args=[request])
        with self._lock:
            self._working.append(thread)
        thread.start()

    def handle_error(self, *_: object) -> None:
        """Pass over those who have hung up, and tell of anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*_)  # type: ignore[arg-type]

    def settle(self) -> None:
        """Wait until the server has done all that it was asked to."""
        while self._working:
            self._working.pop().join()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer in one piece

    def do_GET(self) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _ENDS}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, headers, body)
        fault = self.server.draw(request)
        match fault:
            case "delayed":
                time.sleep(self.server.below(50) / 1000)
                self._tell(self.server.forward(request))
            case "cut answer" | "cut answer of unknown length":
                self._tell_half(self.server.forward(request), told=fault == "cut answer")
            case "cut request":
                self._hang_up()
            case "left alone":
                self.server.leave(request)
                time.sleep(self.server.below(100) / 1000)
                self._hang_up()
            case "lost answer":
                self.server.forward(request)
                self._refuse((500, 502)[self.server.below(2)])
            case "too many":
                self._refuse(429)
            case "overloaded":
                self._refuse((500, 502)[self.server.below(2)])
            case "delivered twice":
                self.server.forward(request)
                self._tell(self.server.forward(request))
            case "repeated answer":
                self._tell(self.server.remembered(request))
            case None:
                self._tell(self.server.forward(request))

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815  # the base class's names

    def _tell(self, answer: Answer) -> None:
        self._head(answer, str(len(answer.body)))
        self.wfile.write(answer.body)

    def _tell_half(self, answer: Answer, *, told: bool) -> None:
        """Send less than the whole answer; `told` lets the reader know how long it should have been."""
        self.close_connection = True
        self._head(answer, str(len(answer.body)) if told and answer.body else None)
        self.wfile.write(answer.body[: self.server.below(len(answer.body) or 1)])

    def _head(self, answer: Answer, length: str | None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", length)
        self.end_headers()

    def _refuse(self, status: int) -> None:
        headers = {"Content-Type": "text/html"} | ({"Retry-After": "1"} if status == 429 else {})
        self._tell(Answer(status, headers, f"<html><h1>{status}</h1></html>".encode()))

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def proxy(server: str, faults: Sequence[Fault], rate: float, seed: int, *, only: str = "/") -> Iterator[Proxy]:
    """Run a proxy before a server for the length of a block."""
    with Proxy(server, faults, rate, seed, only=only) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            made.settle()
            made.shutdown()
            thread.join()
