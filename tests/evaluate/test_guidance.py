from pathlib import Path

from rolecall.evaluate.agreement_files import compare
from rolecall.evaluate.dissent import sum_up
from rolecall.evaluate.guidance import Advice, advise
from rolecall.evaluate.guidelines import passages
from tests.evaluate.differing import ALIKE, GUIDELINES, MARCH, opened
from tests.evaluate.material import SCHEME


def advice(folder: Path, guidelines: str | None = GUIDELINES, **what: object) -> tuple[Advice, ...]:
    read = opened(folder, **what)  # type: ignore[arg-type]
    found = None if guidelines is None else tuple(passages(guidelines))
    return advise(sum_up(compare(read), read.texts), SCHEME, found)


def test_what_is_asked_and_where_the_guidelines_speak_of_it(tmp_path: Path) -> None:
    time, role, detainee, facility = advice(tmp_path)
    assert time.sentences == (
        "2 spans of TIME have other bounds with some readers.",
        "In 2 of 2, some take in the preposition before it and others do not (ana 2): "
        "say whether «on Friday» or «Friday» is the span.",
        "Gold sides with ben in 1, with cy in 1 of 2.",
    )
    assert time.definitions == {"TIME": SCHEME.roles["TIME"].definition}
    assert [each.line for each in time.passages] == [4]
    assert time.found == "Line 4 may speak of it: add one of these cases to it as an example."
    assert role.sentences[0] == (
        "1 phrase is FACILITY to some and PLACE to others (FACILITY to ben 1): "
        "say what decides between them, as in «Jarkul»."
    )
    assert role.found == "No line speaks of FACILITY and PLACE together: add one."
    assert detainee.sentences[0] == (
        "1 span of DETAINEE is marked by 2 of 3, not by ben: say whether «two men» counts."
    )
    assert detainee.found == "Line 9 names DETAINEE: if it decides these cases, show one there; if not, add the rule."
    assert facility.found == "Line 13 names FACILITY: if it decides these cases, show one there; if not, add the rule."


def test_two_readers_are_named(tmp_path: Path) -> None:
    read = {"march": {"ana": (("on Friday", "TIME"),), "ben": (("Friday", "TIME"),)}}
    (time,) = advice(tmp_path, None, texts={"march": MARCH}, read=read, gold={})
    assert time.sentences == (
        "1 span of TIME has other bounds with each reader.",
        "In 1 of 1, ana takes in the preposition before it and ben does not: "
        "say whether «on Friday» or «Friday» is the span.",
    )
    assert (time.found, time.passages) == (None, ())


def test_of_three_readers_a_span_counts_once(tmp_path: Path) -> None:
    held, men, police = ("held", "ARREST"), ("men", "DETAINEE"), ("Police", "AUTHORITY")
    read = {
        "a": {"ana": (held, men), "ben": (held, men, police), "cy": (men,)},
        "b": {"ana": (held, men), "ben": (men,), "cy": (men,)},
    }
    found = advice(tmp_path, None, texts=dict.fromkeys("ab", "Police held men."), read=read, gold={})
    assert [(each.roles, each.number, each.sentences[0]) for each in found] == [
        (
            ("ARREST",),
            2,
            "2 spans of ARREST are marked by some readers only (2 of 3, not by cy: 1; 1 of 3, not by ben or cy: 1): "
            "say whether «held» and their like count.",
        ),
        (("AUTHORITY",), 1, "1 span of AUTHORITY is marked by 1 of 3, not by ana or cy: say whether «Police» counts."),
    ]


def test_where_gold_follows_one_reader_the_other_is_to_be_told(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d")
    text = "Police held men."
    held, police = ("held", "ARREST"), ("Police", "AUTHORITY")
    read = {name: {"ana": (held, police), "ben": (held,)} for name in names}
    what = {"texts": dict.fromkeys(names, text), "read": read, "gold": dict.fromkeys(names, (held,))}
    (found,) = advice(tmp_path, "AUTHORITY: who acts.\n", **what)
    assert found.sentences[1:] == ("Gold sides with ben in 4 of 4.",)
    assert found.found == "Gold follows ben: if line 1 decides these cases, tell ana; if not, add one of them."


def test_guidelines_may_be_silent_or_general(tmp_path: Path) -> None:
    time, *_ = advice(tmp_path, "Say nothing.\n")
    assert time.found == "No line names TIME: write one."
    time, *_ = advice(tmp_path, "No preposition.\n")
    assert time.found == "No line names TIME; line 1 has a rule in general: write one."
    time, *_ = advice(tmp_path, "TIME: when.\n\nNo preposition.\n")
    assert time.found == "Only the rule in line 3 may speak of it, without naming TIME: repeat it there with a case."


def test_links_and_events_are_asked_about(tmp_path: Path) -> None:
    read = {"strike": dict.fromkeys(("ana", "ben"), ALIKE)}
    links = {"ana": ((1, 0), (2, 3)), "ben": ((2, 0), (2, 3))}
    what = {"read": read, "links": links, "gold": {}}
    (found,) = advice(tmp_path, "Link each argument to the trigger that governs it.\n", **what)
    assert found.sentences == (
        "1 argument of role PARTICIPANT that both mark is linked otherwise.",
        "In 1 of 1 it hangs on other triggers («struck» or «held»): say which trigger governs an argument.",
    )
    assert found.found == "Line 1 has a rule: add one of these cases to it."
    (found,) = advice(tmp_path, "TIME: when.\n", **what)
    assert found.found == "No line has a rule: write one."
