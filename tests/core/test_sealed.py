"""A sealed folder: what is missing, altered or added is named, and another scheme is an error."""

import json
from pathlib import Path

import pytest

from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.sealed import Fault, check_sealed, digests, find_faults, read_seal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files and their manifest."""
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "gold.jsonl").write_text("{}\n")
    (tmp_path / "README.md").write_text("# It\n")
    manifest = {"scheme": "s:1:0", "files": digests(tmp_path), "more": [1]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_what_is_as_it_was_passes(folder: Path) -> None:
    assert sorted(check_sealed(folder, "s:1:0").files) == ["README.md", "train/gold.jsonl"]


def test_each_fault_is_named(folder: Path) -> None:
    (folder / "README.md").write_text("# Another\n")
    (folder / "train" / "gold.jsonl").unlink()
    (folder / "train" / "more.jsonl").touch()
    (folder / "train" / "cache-1.arrow").touch()  # left there by datasets
    assert list(find_faults(folder, read_seal(folder))) == [
        Fault("README.md", "altered"),
        Fault("train/gold.jsonl", "missing"),
        Fault("train/more.jsonl", "added"),
    ]
    with pytest.raises(
        InputError, match=r"is not as its manifest\.json says: README\.md \(altered\), train/gold\.jsonl \(missing\)\n"
    ) as caught:
        check_sealed(folder)
    assert "build it anew" in caught.value.remedy


def test_what_was_added_does_no_harm_to_a_reader(folder: Path) -> None:
    (folder / "notes.txt").touch()
    check_sealed(folder)


def test_what_a_download_leaves_beside_the_files_is_not_added(folder: Path) -> None:
    for name in (".gitattributes", ".git/HEAD", ".cache/huggingface/download/README.md.metadata", ".cache/mine"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert list(find_faults(folder, read_seal(folder))) == [Fault(".cache/mine", "added")]


def test_another_scheme_is_an_error_with_the_way_out(folder: Path) -> None:
    with pytest.raises(SchemeMismatchError, match="'s:1:0', but the scheme in hand is 's:2:0'\n  remedy: name the"):
        check_sealed(folder, "s:2:0")


@pytest.mark.parametrize("text", ["", "[]", '{"scheme": "s"}', "\xff"])
def test_what_is_no_manifest_is_told(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"manifest\.json: is no manifest: "):
        check_sealed(folder)


def test_a_folder_without_a_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no manifest\.json\n  remedy: give a folder that rolecall annotate"):
        check_sealed(tmp_path)


def test_a_name_that_leads_outside_is_missing(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../outside"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder.parent / "outside").touch()
    assert list(find_faults(folder, read_seal(folder))) == [Fault("../outside", "missing")]
