import os
from pathlib import Path

import pytest

from rolecall.core.errors import InputError
from rolecall.core.staging import staged


def make(path: Path, text: str, *, overwrite: bool = False) -> None:
    with staged(path, mark="mark.json", overwrite=overwrite) as folder:
        (folder / "mark.json").write_text(text)
        (folder / "sub").mkdir()


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out"
    with staged(path, mark="mark.json") as folder:
        assert folder.parent == path.parent
        assert not path.exists()
        (folder / "a").write_text("x")
    assert [file.name for file in path.iterdir()] == ["a"]
    assert [entry.name for entry in path.parent.iterdir()] == ["out"]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    make(tmp_path / "out", "old")
    with pytest.raises(TypeError):
        make(tmp_path / "out", 7, overwrite=True)  # type: ignore[arg-type]  # fails when the folder is half made
    assert (tmp_path / "out" / "mark.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_only_a_folder_of_its_own_is_replaced_and_only_when_told(tmp_path: Path) -> None:
    make(tmp_path / "out", "old")
    with pytest.raises(InputError, match=r"out: exists already\n  remedy: .*--overwrite"):
        make(tmp_path / "out", "new")
    make(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / "mark.json").read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("precious")
    with pytest.raises(InputError, match=r"thesis: is not replaced: it holds no mark\.json"):
        make(tmp_path / "thesis", "new", overwrite=True)
    with pytest.raises(InputError, match="chapter: is a file"):
        make(tmp_path / "thesis" / "chapter", "new", overwrite=True)
    assert (tmp_path / "thesis" / "chapter").read_text() == "precious"


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    make(Path(), "new")
    assert (tmp_path / "out" / "mark.json").read_text() == "new"


def test_a_parent_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file/out: cannot be written"):
        make(tmp_path / "file" / "out", "new")
