import pytest

from rolecall.annotate.cleaning.fused import labels_in

STORY = "Hundreds gathered on Sunday to protest against the reforms."
TEXT = f"Farmers rise\n\nIn Merrow the farmers have had enough of the land law.\n\n{STORY}"


@pytest.mark.parametrize(
    ("line", "label"),
    [
        (f"merrow land law 1{STORY}", "merrow land law 1"),
        (f"merrow land law 1 {STORY}", "merrow land law 1"),
        (f"{STORY}merrow land law 2", "merrow land law 2"),
        (f"{STORY} merrow land law 2", "merrow land law 2"),
        (f"{STORY} \u00a0merrow land law 2", "merrow land law 2"),
        ("merrow land law 3", "merrow land law 3"),
        (f"merrow protest{STORY}", "merrow protest"),
        (f"Advertisement{STORY}", "Advertisement"),
        (f"Share this articleShare on Facebook{STORY}", "Share this articleShare on Facebook"),
        (f"ADVERTISEMENT {STORY}", "ADVERTISEMENT"),
        ("PoliticsThe president signed the law on Sunday, at noon.", "Politics"),
        (f"{STORY}Read more: The law explained", "Read more: The law explained"),
        (f"{STORY} Read more: The law explained", "Read more: The law explained"),
        (f"{STORY} Photo: Ana Lima", "Photo: Ana Lima"),
    ],
)
def test_labels_at_the_seams_of_a_line(line: str, label: str) -> None:
    found = labels_in(line, f"{TEXT}\n\n{line}", opens=True)
    assert [line[each.start : each.end] for each in found] == [label]


def test_both_ends_may_have_one() -> None:
    line = f"merrow land law 1{STORY}merrow land law 2"
    assert [(each.start, each.end) for each in labels_in(line, TEXT, opens=True)] == [(0, 17), (76, 93)]


def test_a_series_of_labels_gives_itself_away() -> None:
    numbered = "\n\n".join(f"land law {number}" for number in (1, 2, 3))
    assert labels_in("land law 2", f"{TEXT}\n\n{numbered}", opens=True) != []
    assert labels_in("land law 2", f"{TEXT}\n\nland law 2", opens=True) == []


@pytest.mark.parametrize(
    "line",
    [
        f"under article 12 {STORY}",
        "iPhone footage of the shooting was played in court on Thursday.",
        "WorldBank money built the dam that drowned nine villages in 2016.",
        "PoliticsMax, a magazine, was closed by a court on Thursday at noon.",
        f"{STORY} they held until 14",
        "people wounded 31",
    ],
)
def test_other_lines_have_none(line: str) -> None:
    assert labels_in(line, f"{TEXT}\n\n{line}", opens=True) == []


def test_the_middle_of_a_sentence_opens_with_no_label() -> None:
    assert labels_in(f"merrow land law 1{STORY}", TEXT, opens=False) == []
