from pathlib import Path

import msgspec
import pytest

from rolecall.annotate.cleaning.cuts import Cut
from rolecall.annotate.cleaning.files import Report
from rolecall.annotate.cleaning.ingested import check_made_before, clean_ingested, outputs_beside, uncut
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span

PAGE = "Harbour Voice, the voice of those who load"
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


def article(number: int, source: str | None = "Harbour Voice") -> Article:
    said = f"Day {number} of the strike, the {WORDS[number]}th pier, came and went without a deal."
    text = f"Strike {number}\n\nShare this story\n\n{said}\n\n{PAGE}"
    return Article.of(text, id=f"a{number}", source=source)


def made(out: Path) -> dict[str, Article]:
    return {each.id: each for each in jsonl.read(out, Article)}


def bring(out: Path, *numbers: int, labels: Path | None = None, overwrite: bool = False) -> Report:
    """Clean the articles of these numbers, with labels of the first where they have a place."""
    jsonl.write(uncut(out), map(article, numbers))
    if labels is not None:
        first = article(numbers[0])
        start = first.text.index("strike")
        spans = tuple(Span(start, start + 6, role, "strike") for role in ("TRIGGER", "MOVE"))
        reading = Annotation(article=first.id, hash=first.hash, by="ana", kind="human", scheme="s", spans=spans)
        jsonl.write(uncut(labels), [reading])
    return clean_ingested(out, labels=labels, overwrite=overwrite)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if ".uncut." not in path.name}


def test_corrected_labels_are_not_taken_back(tmp_path: Path) -> None:
    out, labels = tmp_path / "out.jsonl", tmp_path / "labels.jsonl"
    bring(out, 0, labels=labels)
    bring(out, 0, 1, labels=labels)
    assert len(made(out)) == 2
    (reading,) = jsonl.read(labels, Annotation)
    jsonl.write(labels, [msgspec.structs.replace(reading, spans=reading.spans[:1])])
    before = contents(tmp_path)
    with pytest.raises(InputError, match="1 of its records would be lost or changed: a0 by ana") as refused:
        bring(out, 0, 1, 2, labels=labels)
    assert (refused.value.path, contents(tmp_path)) == (labels, before)
    bring(out, 0, 1, 2, labels=labels, overwrite=True)
    assert list(jsonl.read(labels, Annotation)) == [reading]


def test_stories_stay_and_other_changes_are_not_taken_back(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    bring(out, 0, 1)
    found = [msgspec.structs.replace(each, story="a0") for each in made(out).values()]
    found[1] = msgspec.structs.replace(found[1], duplicate_of="a0")
    jsonl.write(out, found)
    bring(out, 2, 0, 1)
    assert [(each.id, each.story, each.duplicate_of) for each in made(out).values()] == [
        ("a2", None, None),
        ("a0", "a0", None),
        ("a1", "a0", "a0"),
    ]
    jsonl.write(out, [msgspec.structs.replace(each, published="2024-05-03") for each in made(out).values()])
    with pytest.raises(InputError, match="3 of its records would be lost or changed: a2, a0, a1"):
        bring(out, 2, 0, 1)


@pytest.mark.parametrize("lost", [(), ("cuts",), ("map",), ("cuts", "map")])
def test_earlier_texts_stay_though_more_articles_tell_what_repeats(tmp_path: Path, lost: tuple[str, ...]) -> None:
    out = tmp_path / "out.jsonl"
    assert bring(out, 0, 1, 2, 3).kept == 0
    earlier = made(out)
    assert all(PAGE in each.text for each in earlier.values())
    for name in lost:
        (tmp_path / f"out.{name}.jsonl").unlink()
    if len(lost) == 2:
        with pytest.raises(InputError, match="4 of its records would be lost or changed"):
            bring(out, *range(7))
        return
    report = bring(out, *range(7))
    now = made(out)
    assert (report.kept, [PAGE in now[f"a{number}"].text for number in (4, 5, 6)]) == (4, [False] * 3)
    assert {name: now[name] for name in earlier} == earlier
    maps = {each.article: each for each in jsonl.read(outputs_beside(out).map or out, OffsetMap)}
    assert {name: maps[name].apply(article(int(name[1:])).text) for name in now} == {n: a.text for n, a in now.items()}
    cuts = [each for each in jsonl.read(outputs_beside(out).cuts or out, Cut) if each.article == "a0"]
    assert [cut.text for cut in cuts] == ["Share this story"]
    before = contents(tmp_path)
    assert (bring(out, *range(7)).kept, contents(tmp_path)) == (4, before)
    assert bring(out, *range(7), overwrite=True).kept == 0
    assert all(PAGE not in each.text for each in made(out).values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("notes\n", "is no list of cuts of an earlier run, so it is not replaced"),
        ('{"id": "a0", "text": "x"}\n', "is no list of cuts of an earlier run"),
        ('{"article": "a0", "start": 0, "end": 1, "text": "S", "kind": "other"}\n', "is no list of cuts"),
        (
            '{"article": "a0", "start": 0, "end": 1, "text": "S", "kind": "other", "reason": "mine"}\n',
            "1 of its records would be lost or changed: a0",
        ),
    ],
)
def test_no_file_is_replaced_that_is_no_list_of_these_cuts(tmp_path: Path, content: str, said: str) -> None:
    out, notes = tmp_path / "out.jsonl", tmp_path / "notes.jsonl"
    jsonl.write(uncut(out), [article(0)])
    notes.write_text(content)
    with pytest.raises(InputError, match=said):
        clean_ingested(out, cuts=notes)
    assert (notes.read_text(), out.exists()) == (content, False)
    assert clean_ingested(out, cuts=notes, overwrite=True).changed == 1


def test_no_map_and_no_ledger_is_replaced_that_is_none(tmp_path: Path) -> None:
    out, labels = tmp_path / "out.jsonl", tmp_path / "labels.jsonl"
    for name, said in (("out.map.jsonl", "is no offset map"), ("labels.ledger.jsonl", "is no ledger")):
        other = tmp_path / name
        other.write_text("{}\n")
        with pytest.raises(InputError, match=said):
            check_made_before(out, labels)
        other.unlink()
    check_made_before(out, labels)
    assert list(tmp_path.iterdir()) == []
