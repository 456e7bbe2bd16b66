"""Unfinished work: what stays, what goes, and what is gone on with."""

import fcntl
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.core.errors import InputError
from rolecall.train.unfinished import LOCK, MARK, check_free, folder_of, held


class Started(msgspec.Struct, frozen=True, kw_only=True):
    settings: dict[str, Any]
    conditions: dict[str, str]
    dataset: str
    splits: tuple[str, ...] = ("train",)
    keep_models: bool = False


NOW = Started(settings={"epochs": 2, "seed": 0}, conditions={"torch": "2.9", "device": "cpu"}, dataset="abc")


def work(
    out: Path,
    now: Started = NOW,
    *,
    error: BaseException | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> list[str]:
    """Leave a file and stop with an error, or end well; return what was there at first. Files are worth a resume."""
    with held(out, "bet", now, lambda part, _: (part / "done").exists(), resume=resume, overwrite=overwrite) as part:
        before = sorted(path.name for path in part.iterdir())
        if isinstance(error, KeyboardInterrupt):
            (part / "done").touch()
        if error is not None:
            raise error
    return before


def interrupt(out: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        work(out, error=KeyboardInterrupt())


def test_it_goes_when_all_is_done(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert folder_of(out) == tmp_path.resolve() / "deep" / ".out.part"
    assert work(out) == [LOCK, MARK]
    assert not list(out.parent.iterdir())


def test_it_stays_where_there_is_something_to_go_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ValueError, match="nothing done"):
        work(out, error=ValueError("nothing done"))
    assert not list(tmp_path.iterdir())
    interrupt(out)
    with pytest.raises(
        InputError, match=r"\.out\.part: an interrupted bet is here\n  remedy: .*--resume; .*--overwrite"
    ):
        work(out)
    assert work(out, resume=True) == ["done", LOCK, MARK]
    assert not list(tmp_path.iterdir())
    interrupt(out)
    assert work(out, overwrite=True) == [LOCK, MARK]


def test_what_was_to_replace_something_does_so_when_it_is_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "out"
    interrupt(out)
    (out / "deep").mkdir(parents=True)
    (out / "run.json").touch()
    with pytest.raises(InputError, match="out: exists already"):  # made meanwhile: nobody asked to replace it
        check_free(out, mark="run.json", resume=True, overwrite=False)
    with pytest.raises(KeyboardInterrupt):
        work(out, error=KeyboardInterrupt(), overwrite=True)
    check_free(out, mark="run.json", resume=True, overwrite=False)
    with pytest.raises(InputError, match="out: exists already"):
        check_free(out, mark="run.json", resume=False, overwrite=False)
    (out / "run.json").unlink()
    with pytest.raises(InputError, match=r"out: is not replaced: it holds no run\.json"):
        check_free(out, mark="run.json", resume=True, overwrite=False)


@pytest.mark.parametrize(("resume", "overwrite"), [(False, False), (True, False), (False, True)])
def test_one_run_at_a_time(resume: bool, overwrite: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    interrupt(out)
    before = sorted(path.name for path in folder_of(out).iterdir())
    with (folder_of(out) / LOCK).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="out: is being made by another run\n  remedy: wait for it"):
            work(out, resume=resume, overwrite=overwrite)
    assert sorted(path.name for path in folder_of(out).iterdir()) == before
    work(out, overwrite=True)


def test_nothing_in_the_folder_is_nothing_begun(tmp_path: Path) -> None:
    out = tmp_path / "out"
    folder_of(out).mkdir()
    assert work(out) == [LOCK, MARK]
    (folder_of(out) / "deep").mkdir(parents=True)
    (folder_of(out) / "deep" / "file").touch()
    assert work(out, overwrite=True) == [LOCK, MARK]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"settings": {"epochs": 3, "seed": 1}}, "epochs, seed"),
        ({"settings": {"epochs": 2, "seed": 0, "more": 1}}, "more"),
        ({"conditions": {"torch": "2.10", "device": "cpu"}}, r"torch \(was 2\.9, is 2\.10\)"),
        ({"conditions": {"torch": "2.9", "device": "cuda", "crfsuite": "1"}},
         r"device \(was cpu, is cuda\), crfsuite \(was None, is 1\)"),
        ({"dataset": "abd", "keep_models": True, "splits": ("test",)}, "the dataset's content, splits, keep-models"),
    ],
)  # fmt: skip
def test_it_goes_on_in_the_same_way_alone(now: dict[str, Any], said: str, tmp_path: Path) -> None:
    interrupt(tmp_path / "out")
    with pytest.raises(InputError, match=rf"was begun with something else: {said}\n  remedy: go on with the same"):
        work(tmp_path / "out", msgspec.structs.replace(NOW, **now), resume=True)
    assert (tmp_path / ".out.part" / "done").exists()


def test_what_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="out: was not interrupted\n  remedy: begin it without --resume"):
        work(tmp_path / "out", resume=True)
    interrupt(tmp_path / "out")
    (tmp_path / ".out.part" / MARK).write_text('{"settings":')
    with pytest.raises(InputError, match="cannot be gone on with\n  remedy: begin again: --overwrite"):
        work(tmp_path / "out", resume=True)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory\n  remedy: check the folder"):
        work(tmp_path / "file" / "out")
