"""A stand-in for the Hugging Face Hub on this machine: it takes commits the way the Hub does, and keeps what came."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

TOKEN = "hf_" + "a" * 34
COMMIT = "c" * 40


class Hub:
    """What the hub has: repositories, whether they are private, their files; and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.private: dict[str, bool] = {}
        self.files: dict[str, dict[str, bytes]] = {}
        self.uploads: dict[str, bytes] = {}
        self.commits: list[str] = []
        self.requests: list[str] = []
        self.ignored: set[str] = set()
        self.closed = False  # as by an organisation's rule: whatever is made is private

    def answer(self, method: str, path: str, body: bytes, token: str | None) -> tuple[int, Any]:
        """Answer one request."""
        self.requests.append(f"{method} {path}")
        parts = path.partition("?")[0].strip("/").split("/")
        if parts[:1] == ["upload"] and method == "PUT":
            self.uploads[parts[1]] = body
            return 200, {}
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid username or password."}
        if parts[:2] == ["api", "validate-yaml"]:
            return 200, {"errors": [], "warnings": []}
        if parts[:3] == ["api", "repos", "create"]:
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}"
            self.private[repo] = self.closed or asked.get("private", asked.get("visibility") == "private")
            self.files[repo] = {".gitattributes": b"*.arrow filter=lfs\n"}
            return 200, {"url": f"{self.url}/datasets/{repo}"}
        at = 1 if parts[0] == "datasets" else 2
        repo = f"{parts[at]}/{parts[at + 1]}".removesuffix(".git")
        if repo not in self.files:
            return 404, {"error": "Repository not found"}
        return 200, self._of_repo(repo, parts[at + 2 :], body)

    def _of_repo(self, repo: str, rest: list[str], body: bytes) -> Any:
        match rest:
            case []:
                return {"id": repo, "private": self.private[repo], "sha": COMMIT, "siblings": [], "tags": []}
            case ["preupload", *_]:
                asked = json.loads(body)["files"]
                return {"files": [self._mode(one["path"]) for one in asked]}
            case ["info", "lfs", *_]:
                asked = json.loads(body)["objects"]
                return {"transfer": "basic", "objects": [self._lfs(one) for one in asked]}
            case ["commit", *_]:
                self._commit(repo, [json.loads(line) for line in body.splitlines()])
                url = f"{self.url}/datasets/{repo}/commit/{COMMIT}"
                return {"commitUrl": url, "commitOid": COMMIT, "success": True}
            case ["tree", *_]:
                return [
                    {"type": "file", "path": path, "size": len(content), "oid": "0" * 40}
                    for path, content in self.files[repo].items()
                ]
            case _:
                raise AssertionError(rest)

    def _mode(self, path: str) -> dict[str, Any]:
        lfs = path.endswith((".arrow", ".parquet"))
        return {"path": path, "uploadMode": "lfs" if lfs else "regular", "shouldIgnore": path in self.ignored}

    def _lfs(self, one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "actions": {"upload": {"href": f"{self.url}/upload/{one['oid']}"}}}

    def _commit(self, repo: str, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    self.commits.append(value["summary"])
                case "file":
                    self.files[repo][value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    content = self.uploads[value["oid"]]
                    assert hashlib.sha256(content).hexdigest() == value["oid"]
                    self.files[repo][value["path"]] = content
                case other:
                    raise AssertionError(other)


@contextmanager
def running() -> Iterator[Hub]:
    """Run a hub on a free port."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def handle_all(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else self._chunks()
            status, answer = hub.answer(self.command, self.path, body, self.headers.get("Authorization"))
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _chunks(self) -> bytes:
            body = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            return body

        do_GET = do_POST = do_PUT = handle_all  # noqa: N815  # names that http.server looks for

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
