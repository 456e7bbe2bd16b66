"""Put a dataset folder on the Hugging Face Hub, exactly as it was shown before.

The whole folder goes, in one commit: every file that its manifest names, and the manifest. So what somebody downloads
can be checked as this folder can, and loads in every way that its card tells. The token is the Hub library's own: from
the environment (HF_TOKEN), else from its login file.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import yaml

from rolecall.annotate.manifest import Manifest
from rolecall.core.errors import InputError, ServiceError
from rolecall.core.jsonl import open_input
from rolecall.core.sealed import MANIFEST, REMEDY, find_faults, read_seal, sha256
from rolecall.core.wording import few

if TYPE_CHECKING:
    from huggingface_hub import HfApi

KIND = "dataset"
LOGIN = "set HF_TOKEN to a token that may write (huggingface.co/settings/tokens), or log in: hf auth login"


class Item(msgspec.Struct, frozen=True):
    """A file that is uploaded: its path inside the folder and on the Hub, its size, its SHA-256."""

    path: str
    bytes: int
    sha256: str


class Shipment(NamedTuple):
    """What would be uploaded; the licence that the card names, and the people whom the files name."""

    items: tuple[Item, ...]
    licence: str | None
    annotators: tuple[str, ...]


class Published(msgspec.Struct, frozen=True):
    """What came of it; `left` are files that were there before and are not of this dataset."""

    url: str
    commit: str
    left: list[str]


def survey(folder: Path) -> Shipment:
    """Return what would be uploaded of a folder; raise InputError where it is not what its manifest says."""
    seal = read_seal(folder)
    if faults := list(find_faults(folder, seal)):
        names = ", ".join(few(map(str, faults)))
        raise InputError(f"is not as its {MANIFEST} says, so nothing is uploaded: {names}", path=folder, remedy=REMEDY)
    digests = {**seal.files, MANIFEST: sha256(folder / MANIFEST)}
    items = tuple(Item(path, (folder / path).stat().st_size, digests[path]) for path in sorted(digests))
    with open_input(folder / MANIFEST) as file:
        try:
            manifest = msgspec.json.decode(file.read(), type=Manifest)
        except msgspec.ValidationError as error:
            raise InputError(f"is not of this version: {error}", path=folder / MANIFEST, remedy=REMEDY) from error
    people = {name for counts in manifest.splits.values() for name in counts.annotators}
    return Shipment(items, _licence(folder / "README.md"), tuple(sorted(people)))


def _licence(card: Path) -> str | None:
    """Return the licence in the head of a card."""
    head = card.read_text(encoding="utf-8").split("---\n")[1] if card.is_file() else ""
    found = yaml.safe_load(head)
    return found.get("license") if isinstance(found, dict) else None


def check_repo(repo: str) -> None:
    """Raise InputError for what cannot be the name of a repository of somebody's."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9_][\w.-]{0,95}", repo, re.ASCII) or ".." in repo:
        raise InputError(f"--repo {repo!r} is no repository", remedy="write it like owner/name")


def publish(folder: Path, repo: str, items: Sequence[Item], *, public: bool, message: str) -> Published:
    """Upload these files of a folder in one commit, and look whether they are there.

    A repository that is not there is made, for its owner alone unless it is to be `public`; one that is there keeps
    the visibility that it has. Raises InputError without a token, for a repository that others can read where that was
    not said, or cannot where it was, and for a file that has changed since it was shown; ServiceError where the Hub
    refuses or does not answer.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    check_repo(repo)
    token = get_token()
    if not token:
        raise InputError("no token for the Hugging Face Hub", remedy=LOGIN)
    api = HfApi(token=token)
    with _told(token, api.endpoint):
        additions = [CommitOperationAdd(item.path, folder / item.path) for item in items]
        for item, addition in zip(items, additions, strict=True):
            if addition.upload_info.sha256.hex() != item.sha256:
                raise InputError("has changed since it was shown", path=folder / item.path, remedy=REMEDY)
        _open(api, repo, public=public)  # only now: a repository that is made is there, whatever comes after
        done = api.create_commit(repo, additions, commit_message=message, repo_type=KIND)
        tree = api.list_repo_tree(repo, recursive=True, repo_type=KIND, revision=done.oid)
        there = {entry.path: entry.size for entry in tree if hasattr(entry, "size")}
    if lacking := [item.path for item in items if there.get(item.path) != item.bytes]:
        raise ServiceError(
            f"the Hub has not taken {len(lacking):,} files: {', '.join(few(lacking))}",
            remedy="look for a .gitignore in the repository, and publish again",
        )
    left = sorted(set(there) - {item.path for item in items} - {".gitattributes"})
    return Published(str(done.commit_url), str(done.oid), left)


def _open(api: "HfApi", repo: str, *, public: bool) -> None:
    """Make a repository where there is none; raise InputError where it is not as public, or as private, as was said.

    The Hub's library sets the visibility of what it makes only, and this leaves it at that: one made public shows its
    whole history, of which only this commit was shown before.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = api.repo_info(repo, repo_type=KIND)
    except RepositoryNotFoundError:
        api.create_repo(repo, repo_type=KIND, private=not public)
        info = api.repo_info(repo, repo_type=KIND)  # an organisation's own rules may have the last word
    if not info.private and not public:
        raise InputError(f"{repo} is public", remedy="add --public if everybody may read this, or name another")
    if info.private and public:
        raise InputError(
            f"{repo} is private, and publishing does not change that",
            remedy="make it public on its settings page, with all that was ever in it; or leave --public away; or name "
            "another",
        )


@contextmanager
def _told(token: str, endpoint: str) -> Iterator[None]:
    """Turn what the Hub or the way to it says into an error of ours, without the token."""
    from huggingface_hub import errors

    hub: Any = errors  # the base of its errors is the HTTP library's, which has another name in each version
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise ServiceError("HF_HUB_OFFLINE keeps the Hub library offline", remedy="unset HF_HUB_OFFLINE") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        remedy = LOGIN if status in {401, 403} else "publish again: what is there already is not sent twice"
        raise ServiceError(_clean(f"the Hub answered {status}: {error}", token), remedy=remedy) from None
    except (hub.HTTPError, RuntimeError, ValueError, OSError) as error:
        raise ServiceError(
            _clean(f"{endpoint} cannot be reached, or broke off: {error}", token),
            remedy="check the network and HF_ENDPOINT, and publish again: what is there is not sent twice",
        ) from None


def _clean(words: str, token: str) -> str:
    return " ".join(words.replace(token, "***").split())
