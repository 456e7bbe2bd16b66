from pathlib import Path

from rolecall.evaluate.agreement_files import compare
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.side_by_side import ArticleSides, Label, Names, place
from tests.evaluate.differing import ALIKE, STRIKE, opened
from tests.evaluate.material import SCHEME


def sided(folder: Path, name: str = "strike", **what: object) -> ArticleSides:
    read = opened(folder, **what)  # type: ignore[arg-type]
    assert read.texts is not None
    found = [each for each in compare(read) if each.article == name]
    pairs = sorted({(each.first, each.second) for each in found})
    readers, roles = ("ana", "ben", "cy"), SCHEME.roles
    names = Names(*({name: at for at, name in enumerate(each)} for each in (readers, pairs, roles)))  # type: ignore[arg-type]
    readings = read.own[name]
    return place(read.texts[name], readings, read.gold.get(name), found, counts=Counts(), scheme=SCHEME, names=names)


def text(sides: ArticleSides, number: int) -> str:
    return "".join(piece.text for line in sides.lines for piece in line.sides[number])


def test_every_reader_has_the_whole_text(tmp_path: Path) -> None:
    sides = sided(tmp_path)
    assert [(reader.name, reader.number, reader.gold) for reader in sides.readers] == [
        ("ana", 0, False),
        ("ben", 1, False),
        ("cy", 2, False),
        ("gold", 3, True),
    ]
    assert {text(sides, number) for number in range(4)} == {STRIKE}


def test_lines_on_which_all_agree_are_told_apart(tmp_path: Path) -> None:
    sides = sided(tmp_path)
    assert [(line.same, line.annotators, line.blank) for line in sides.lines] == [
        (False, False, False),
        (False, False, False),
        (True, True, True),
        (True, True, False),
    ]
    first = sides.lines[0].sides
    marks = [(mark.role, mark.verdict) for piece in first[0] for mark in piece.opens]
    assert marks == [("PARTICIPANT", "agreed"), ("PROTEST", "agreed"), ("TIME", "disputed"), ("PLACE", "disputed")]


def test_where_only_gold_differs_the_annotators_are_alike(tmp_path: Path) -> None:
    read = {"strike": dict.fromkeys(("ana", "ben"), ALIKE)}
    (first, *_) = sided(tmp_path, read=read, gold={"strike": (*ALIKE, ("Jarkul", "PLACE"))}).lines
    assert (first.same, first.annotators) == (False, True)


def test_marks_say_in_which_differences_they_are(tmp_path: Path) -> None:
    sides = sided(tmp_path)
    listed = [(each.found.kind, each.found.first, each.found.second, each.classes) for each in sides.differences]
    time, place_, facility = (f"f{[*SCHEME.roles].index(role)}" for role in ("TIME", "PLACE", "FACILITY"))
    assert listed[:3] == [
        ("boundary", "ana", "ben", f"e0 p0 {time}"),
        ("role", "ana", "ben", f"e1 p0 {facility} {place_}"),
        ("missed", "ana", "ben", f"e4 p0 f{[*SCHEME.roles].index('DETAINEE')}"),
    ]
    line = sides.lines[0]
    on_monday = next(mark for piece in line.sides[0] for mark in piece.opens if mark.role == "TIME")
    # On Monday: number 0 against ben, number 4 against cy; both lead here, to the first of the two readers.
    assert sides.label(line, 0, on_monday) == Label(("boundary",), (0, 4), (0, 4))
    alike = next(mark for piece in line.sides[0] for mark in piece.opens if mark.role == "PROTEST")
    assert sides.label(line, 0, alike) == Label()


def test_each_difference_leads_to_one_place_that_is_shown(tmp_path: Path) -> None:
    read = {"strike": dict.fromkeys(("ana", "ben", "cy"), ALIKE)}
    links = {"ana": ((1, 0), (2, 3)), "ben": ((2, 0), (2, 3)), "cy": ((1, 0), (1, 3))}
    sides = sided(tmp_path, read=read, links=links, gold={})
    assert [each.found.kind for each in sides.differences] == ["link"] * 4
    shown = [
        anchor
        for line in sides.lines
        for number in range(1 if line.same else 3)
        for piece in line.sides[number]
        for mark in piece.opens
        for anchor in sides.label(line, number, mark).anchors
    ]
    assert sorted(shown) == [0, 1, 2, 3]
