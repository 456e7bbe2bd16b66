"""Ways into the session's Label Studio, through rolecall's client and around it through the bare SDK.

And studios of a test's own, none of them running yet.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from rolecall.annotate import archive, studio
from rolecall.annotate.access import access
from rolecall.annotate.labelstudio import LabelStudio, connect
from rolecall.annotate.push import Delivery, Pushed, push
from rolecall.annotate.studio import Studio
from rolecall.core import jsonl
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from tests.annotate.archives import upload

_numbers = itertools.count(100)


def send(server: LabelStudio, articles: Iterable[Article], scheme: Scheme, title: str, **options: Any) -> Pushed:
    """Push articles to one project, each with suggestions if there are any."""
    texts = {article.id: article for article in articles}
    hashes = {article.id: article.hash for article in texts.values()}
    return push(server, texts, scheme, Delivery(title, hashes, hashes), **options)


SAMPLE = Path(__file__).parents[2] / "sample"


@pytest.fixture(scope="session")
def server(studio_dir: Path) -> Iterator[LabelStudio]:
    """The session's server, entered as its admin."""
    with connect(access(studio_dir)) as server:
        yield server


@pytest.fixture(scope="session")
def sdk(studio: Studio) -> Iterator[Any]:
    """The same server by way of the bare SDK, which checks nothing."""
    import label_studio_sdk

    make: Any = label_studio_sdk.LabelStudio
    with httpx.Client(timeout=60) as http:
        yield make(base_url=studio.url, api_key=studio.token, httpx_client=http, max_retries=0)


@pytest.fixture
def copied(copy_studio: Callable[[Path], None], tmp_path: Path) -> Iterator[Path]:
    """A directory whose server has run and does not now; whatever runs there after the test is stopped."""
    directory = tmp_path / "studio"
    copy_studio(directory)
    yield directory
    if (directory / studio.STATE).exists() and studio.running(directory):
        studio.stop(directory)


@pytest.fixture
def packed(copied: Path, tmp_path: Path) -> Path:
    """The archive of a studio with an upload."""
    upload(copied, "1/photo.png", b"a photograph")
    upload(copied, f"2/{'Алматы ' * 10}.txt", "шахтёры".encode())
    archive.backup(copied, tmp_path / "packed.tar.gz")
    return tmp_path / "packed.tar.gz"


@pytest.fixture
def title(request: pytest.FixtureRequest) -> str:
    """A project title of this test's own."""
    return f"{request.node.originalname[:40]} {next(_numbers)}"


@pytest.fixture(scope="session")
def some_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five sample articles, among them one with awkward characters."""
    path = tmp_path_factory.mktemp("some") / "articles.jsonl"
    articles = list(jsonl.read(SAMPLE / "articles.jsonl", Article))
    awkward = [article for article in articles if any(ord(letter) > 0xFFFF for letter in article.text)]
    chosen = {article.id: article for article in [*articles[:4], *awkward[:1]]}
    jsonl.write(path, chosen.values())
    return path


@pytest.fixture(scope="session")
def some_annotations(some_articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ana, ben and gold say about these articles, with links and events, and some of it unsure."""
    chosen = set(jsonl.ArticleFile(some_articles))
    records = [r for r in jsonl.read(SAMPLE / "annotations.jsonl", Annotation) if r.article in chosen]
    first = records[0]
    doubted = (msgspec.structs.replace(first.spans[0], unsure=True), *first.spans[1:])
    records[0] = msgspec.structs.replace(first, spans=doubted, seconds=61.5)
    path = tmp_path_factory.mktemp("some") / "annotations.jsonl"
    jsonl.write(path, records)
    return path
