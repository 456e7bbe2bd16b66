"""Reaching a server, being refused, and trying again only where that does no harm."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
import stamina

from rolecall.annotate.access import Access, access
from rolecall.annotate.failures import UncertainError
from rolecall.annotate.labelstudio import PAGE, LabelStudio, connect
from rolecall.annotate.studio import Studio
from rolecall.core.errors import InputError, ServiceError

KEY = "0123456789abcdef0123456789abcdef01234567"


class Stub(HTTPServer):
    """A server that answers what it is told to, one answer a request, and counts."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        status, body = self.server.answers.pop(0) if self.server.answers else (200, {"id": 1, "email": "a@b.c"})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET  # noqa: N815  # the base class's name

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def stub() -> Iterator[Any]:
    made: list[Stub] = []

    def make(*answers: tuple[int, Any]) -> Stub:
        made.append(Stub(*answers))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()
        one.server_close()


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Four attempts, as always, without the pauses between them."""
    with stamina.set_testing(True, attempts=4):
        yield


WHO = (200, {"id": 1, "email": "admin@studio.invalid"})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_reading_is_tried_again(stub: Any, status: int) -> None:
    server = stub(WHO, (status, {}), (status, b"<html>busy</html>"), (200, [{"id": 7, "email": "x@y.z"}]))
    with connect(Access(server.url, KEY)) as studio:
        assert studio.people() == {7: "x@y.z"}
    assert len(server.asked) == 4


def test_reading_gives_up_in_the_end(stub: Any) -> None:
    server = stub(WHO, *[(503, b"<html>maintenance</html>")] * 9)
    with connect(Access(server.url, KEY)) as studio, pytest.raises(ServiceError, match="answers 503: a web") as caught:
        studio.people()
    assert len(server.asked) == 5
    assert "run it again" in str(caught.value)


def test_writing_is_not_tried_again_unless_nothing_arrived(stub: Any) -> None:
    server = stub(WHO, (502, {}), (200, {"task_count": 1}))
    with connect(Access(server.url, KEY)) as studio, pytest.raises(UncertainError, match="answers 502"):
        studio.import_tasks(1, [{"data": {"text": "x"}}])
    assert len(server.asked) == 2
    server = stub(WHO, (429, {}), (201, {"task_ids": [8]}))
    with connect(Access(server.url, KEY)) as studio:
        assert studio.import_tasks(1, [{"data": {"text": "x"}}]) == [8]
    assert len(server.asked) == 3


def test_an_import_that_was_taken_in_part_is_an_error(stub: Any) -> None:
    server = stub(WHO, (201, {"task_ids": [8]}))
    with connect(Access(server.url, KEY)) as studio, pytest.raises(UncertainError, match="took 1 of 2 tasks"):
        studio.import_tasks(1, [{"data": {"text": "x"}}] * 2)


def test_tasks_come_by_pages_and_a_missing_one_is_noticed(stub: Any) -> None:
    pages = [[{"id": at, "draft_exists": False} for at in range(PAGE)], [{"id": PAGE, "draft_exists": False}]]
    total = {"total": PAGE + 1, "total_annotations": 0, "total_predictions": 0}
    server = stub(WHO, *[(200, {"tasks": page, **total}) for page in pages])
    with connect(Access(server.url, KEY)) as studio:
        assert len(list(studio.tasks(3))) == PAGE + 1
    assert "page=2" in server.asked[2]
    server = stub(
        WHO, (200, {"tasks": pages[0], **total}), (200, {"tasks": [{"id": 0, "draft_exists": False}], **total})
    )
    with connect(Access(server.url, KEY)) as studio, pytest.raises(ServiceError, match="100 of 101 tasks arrived"):
        list(studio.tasks(3))


def refusal(url: str, match: str, key: str = KEY) -> str:
    with pytest.raises(ServiceError, match=match) as caught, connect(Access(url, key)):
        pytest.fail("was let in")
    assert caught.value.__cause__ is None
    assert key not in str(caught.value)
    return str(caught.value)


def test_a_refused_key_is_named_but_never_shown(stub: Any) -> None:
    said = refusal(stub((401, {"detail": f"Invalid token {KEY}."})).url, "refuses the key: Invalid token")
    assert "copy your access token again" in said
    assert KEY not in repr(Access("http://x", KEY))


def test_an_old_personal_access_token_is_refused() -> None:
    token = jwt.encode({"exp": 1}, "any secret, long enough for its purpose")
    said = refusal("http://127.0.0.1:1", "refuses the key: API key has expired", token)
    assert "http://127.0.0.1:1" in said


@pytest.mark.parametrize("body", [b"<html>hello</html>", {"hello": 1}, []])
def test_another_web_server_is_no_label_studio(stub: Any, body: Any) -> None:
    url = stub((200, body)).url
    assert url in refusal(url, "is not a Label Studio")


def test_a_wrong_path_on_a_server(stub: Any) -> None:
    said = refusal(stub((404, b"<!doctype html><html>")).url, "has no such thing: a web page")
    assert "check that the address is Label Studio's own" in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
def test_a_dead_server(url: str) -> None:
    assert "rolecall annotate studio start" in refusal(url, "cannot be reached")


def test_one_server_must_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", f"{KEY}\n")
    assert access(url="http://x/") == Access("http://x", KEY)
    with pytest.raises(InputError, match="name one Label Studio"):
        access()
    monkeypatch.setenv("LABEL_STUDIO_URL", "https://labels.invalid/")
    assert access() == Access("https://labels.invalid", KEY)
    assert access(url="http://x") == Access("http://x", KEY)
    with pytest.raises(ServiceError, match="there is no studio"):  # what is named goes before the environment
        access(tmp_path)
    monkeypatch.delenv("LABEL_STUDIO_URL")
    with pytest.raises(InputError, match="name one Label Studio"):
        access(tmp_path, "http://x")
    with pytest.raises(InputError, match="is no address"):
        access(url="localhost:8080")
    with pytest.raises(InputError, match="holds a name or a password") as caught:
        access(url="http://ana:s3cret@localhost:8080/x")
    assert "s3cret" not in str(caught.value)


def test_a_key_file_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABEL_STUDIO_API_KEY", raising=False)
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o640)
    with pytest.raises(InputError, match=r"others can read this key \(mode 640\)") as caught:
        access(url="http://x", key_file=path)
    assert f"chmod 600 {path}" in str(caught.value)
    path.chmod(0o600)
    assert access(url="http://x", key_file=path).key == KEY
    path.write_text("ключ")
    with pytest.raises(InputError, match="holds no key"):
        access(url="http://x", key_file=path)
    path.write_text("two\nlines")
    with pytest.raises(InputError, match="no usable key"):
        access(url="http://x", key_file=path)
    with pytest.raises(InputError, match="cannot be read"):
        access(url="http://x", key_file=tmp_path / "none")
    with pytest.raises(InputError, match="no usable key in LABEL_STUDIO_API_KEY"):
        access(url="http://x")


def test_a_real_server_and_its_projects(server: LabelStudio, studio: Studio, sdk: Any, title: str) -> None:
    made = server.create_project(title, "<View/>")
    assert server.get_project(title) == made
    assert server.get_project(str(made.id)) == made
    assert server.find_project(title[:-1]) is None
    assert server.find_project("987654") is None
    assert list(server.tasks(made.id)) == []
    with pytest.raises(InputError, match="no project is called 'Nothing'"):
        server.get_project("Nothing")
    again = sdk.projects.create(title=title, label_config="<View/>").id
    with pytest.raises(InputError, match=f"2 projects are called .*: ids {made.id}, {again}"):
        server.get_project(title)
    assert set(server.people().values()) >= {"admin", "ana", "ben", "gold"}
    with pytest.raises(ServiceError, match=r"answers 400: .*label_config: "):
        server.create_project(title, "<View>")
    refusal(studio.url, "refuses the key: Invalid token")
