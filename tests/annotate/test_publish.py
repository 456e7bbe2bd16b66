"""What goes to the Hub is what was shown, byte for byte; a stand-in takes its place."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.dataset import build, load
from rolecall.annotate.manifest import Options
from rolecall.annotate.publish import check_repo, survey
from rolecall.core.errors import InputError
from tests.annotate.corpus import PROTEST, small
from tests.annotate.hub import COMMIT, TOKEN, Hub, running


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("built")
    articles, labels = small(place, None, None, None, None)
    build(articles, labels, PROTEST, place / "dataset", Options(parquet=True, licence="cc0-1.0"))
    return place / "dataset"


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the dataset for one test to alter."""
    return shutil.copytree(built, tmp_path / "dataset")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running() as hub:
        yield hub


COMMAND = "from rolecall.core.cli import main; main()"


def publish(
    folder: Path, hub: str, *options: str, token: str | None = TOKEN, code: str = COMMAND, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command, or other code, as somebody does who can reach the hub."""
    gone = {"HF_HUB_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}
    environment = {name: value for name, value in os.environ.items() if name not in gone}
    environment |= {"HF_ENDPOINT": hub, "HF_HOME": str(folder.parent / "home"), "HF_HUB_DISABLE_XET": "1"} | more
    if token is not None:
        environment["HF_TOKEN"] = token
    words = [sys.executable, "-c", code, "annotate", "publish", str(folder), "--repo", "ana/news", *options]
    return subprocess.run(words, capture_output=True, text=True, env=environment, check=False, timeout=120)


def shown(words: str) -> dict[str, tuple[int, str]]:
    """Read size and SHA-256 by path from JSON that was printed."""
    return {one["path"]: (one["bytes"], one["sha256"]) for one in json.loads(words)["files"]}


def test_what_arrives_is_what_was_shown(folder: Path, hub: Hub) -> None:
    seen = publish(folder, hub.url, "--json")
    assert (seen.returncode, hub.requests) == (0, [])  # nothing is asked before you say so
    assert json.loads(seen.stdout)["uploaded"] is None
    done = publish(folder, hub.url, "--json", "--yes")
    assert done.returncode == 0, done.stderr
    assert shown(done.stdout) == shown(seen.stdout)
    there = dict(hub.files["ana/news"])
    del there[".gitattributes"]
    assert {path: (len(content), hashlib.sha256(content).hexdigest()) for path, content in there.items()} == shown(
        seen.stdout
    )
    assert there == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    assert (hub.private, hub.commits) == ({"ana/news": True}, ["Dataset built by rolecall"])
    assert json.loads(done.stdout)["uploaded"] == {
        "url": f"{hub.url}/datasets/ana/news/commit/{COMMIT}",
        "commit": COMMIT,
        "left": [],
    }


def test_a_download_is_as_it_was_built(folder: Path, hub: Hub, tmp_path: Path) -> None:
    assert publish(folder, hub.url, "--yes", "--public", "--message", "First").returncode == 0
    assert (hub.private, hub.commits) == ({"ana/news": False}, ["First"])
    for path, content in hub.files["ana/news"].items():
        (tmp_path / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / path).write_bytes(content)
    assert load(tmp_path / "copy", PROTEST)["train"]["id"][:] == load(folder)["train"]["id"][:]


def test_the_view_tells_people_what_they_give_away(folder: Path, hub: Hub) -> None:
    said = publish(folder, hub.url).stdout.splitlines()
    card = (folder / "README.md").read_bytes()
    assert f"{len(card):12,} {hashlib.sha256(card).hexdigest()} README.md" in said
    assert said[-4].endswith(" bytes, for ana/news: made private if it is new, refused if it is public")
    assert said[-3:] == [
        "licence: cc0-1.0",
        "names of annotators in the files: ana",
        "nothing was sent: add --yes to upload exactly this",
    ]


def test_what_others_can_read_is_not_given_away_unasked(folder: Path, hub: Hub) -> None:
    hub.private["ana/news"], hub.files["ana/news"] = False, {"old/data.parquet": b"old"}
    refused = publish(folder, hub.url, "--yes")
    assert (refused.returncode, hub.commits) == (2, [])
    assert "error: ana/news is public\n  remedy: add --public" in refused.stderr
    done = publish(folder, hub.url, "--yes", "--public")
    assert done.returncode == 0, done.stderr
    assert "left there, not of this dataset: old/data.parquet\n" in done.stdout
    assert hub.files["ana/news"]["old/data.parquet"] == b"old"


def test_what_is_private_is_not_opened_by_publishing(folder: Path, hub: Hub) -> None:
    hub.private["ana/news"], hub.files["ana/news"] = True, {"old/names.parquet": b"old"}
    refused = publish(folder, hub.url, "--yes", "--public")
    assert refused.returncode == 2
    assert ": made public if it is new, refused if it is private\n" in refused.stdout
    assert "error: ana/news is private, and publishing does not change that\n  remedy: make it pub" in refused.stderr
    assert (hub.private, hub.commits) == ({"ana/news": True}, [])
    assert hub.files["ana/news"] == {"old/names.parquet": b"old"}
    assert publish(folder, hub.url, "--yes").returncode == 0
    assert (hub.private, hub.commits) == ({"ana/news": True}, ["Dataset built by rolecall"])


def test_a_repository_that_comes_out_otherwise_gets_no_file(folder: Path, hub: Hub) -> None:
    hub.closed = True
    refused = publish(folder, hub.url, "--yes", "--public")
    assert (refused.returncode, hub.commits) == (2, [])
    assert "error: ana/news is private" in refused.stderr


def test_a_folder_that_is_not_as_it_was_built_is_refused(folder: Path, hub: Hub) -> None:
    (folder / "train" / "notes.txt").touch()
    with (folder / "README.md").open("a") as file:
        file.write("more\n")
    for options in ([], ["--yes"]):
        refused = publish(folder, hub.url, *options)
        assert (refused.returncode, hub.requests) == (2, [])
        assert "so nothing is uploaded: README.md (altered), train/notes.txt (added)\n  remedy: " in refused.stderr


def test_a_file_that_changes_after_it_was_shown_leaves_no_repository(folder: Path, hub: Hub) -> None:
    code = f"""
from pathlib import Path
from rolecall.annotate.publish import publish, survey
folder = Path({str(folder)!r})
items = survey(folder).items
(folder / "README.md").write_text("other")
publish(folder, "ana/news", items, public=False, message="First")
"""
    refused = publish(folder, hub.url, code=code)
    assert f"{folder / 'README.md'}: has changed since it was shown" in refused.stderr
    assert (refused.returncode, hub.files, hub.commits) == (1, {}, [])


def test_a_file_that_the_hub_leaves_out_is_told(folder: Path, hub: Hub) -> None:
    hub.ignored = {"splits.jsonl"}
    done = publish(folder, hub.url, "--yes")
    assert done.returncode == 2
    assert "error: the Hub has not taken 1 files: splits.jsonl\n  remedy: look for a .gitignore" in done.stderr


@pytest.mark.parametrize(
    ("token", "more", "says"),
    [
        (None, {}, "no token for the Hugging Face Hub\n  remedy: set HF_TOKEN"),
        ("hf_" + "b" * 34, {}, "the Hub answered 401"),
        (
            TOKEN,
            {"HF_HUB_OFFLINE": "1"},
            "HF_HUB_OFFLINE keeps the Hub library offline\n  remedy: unset HF_HUB_OFFLINE",
        ),
    ],
)
def test_without_a_way_in_it_says_what_to_do(
    folder: Path, hub: Hub, token: str | None, more: dict[str, str], says: str
) -> None:
    done = publish(folder, hub.url, "--yes", token=token, **more)
    assert done.returncode == 2
    assert says in done.stderr
    assert "\n  remedy: " in done.stderr
    assert "Traceback" not in done.stderr
    assert token is None or token not in done.stdout + done.stderr
    assert hub.files == {}


def test_a_hub_that_cannot_be_reached_is_told(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = publish(folder, nobody, "--yes")
    assert done.returncode == 2
    assert f"error: {nobody} cannot be reached, or broke off: " in done.stderr
    assert "\n  remedy: check the network and HF_ENDPOINT" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_the_login_of_the_hubs_own_tool_does(folder: Path, hub: Hub) -> None:
    (folder.parent / "home").mkdir()
    (folder.parent / "home" / "token").write_text(TOKEN)
    assert publish(folder, hub.url, "--yes", token=None).returncode == 0
    assert hub.commits == ["Dataset built by rolecall"]


@pytest.mark.parametrize("repo", ["news", "a/b/c", "../x", "a/..", "a b/c", "", "-a/b"])
def test_what_is_no_repository_is_refused(repo: str) -> None:
    with pytest.raises(InputError, match="is no repository\n  remedy: write it like owner/name"):
        check_repo(repo)


def test_a_folder_of_nothing_is_no_dataset(tmp_path: Path) -> None:
    found: Any = pytest.raises(InputError, match=r"holds no manifest\.json")
    with found:
        survey(tmp_path)
