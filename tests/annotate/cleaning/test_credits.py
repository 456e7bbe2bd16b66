import pytest

from rolecall.annotate.cleaning.credits import credit_at_end, judge_credit


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Photo: A. Luninsky / Nevod", "credit"),
        ("Photo: Marchers with umbrellas, 8 March. D. Ermekova / Kok Bazar", "credit"),
        ("Photo: the tribunal building (archive)", "caption"),
        ("(Photo: AFP)", "credit"),
        ("Photo by Ana Lima.", "credit"),
        ("Image source, Getty Images", "credit"),
        ("Image caption, The square at noon.", "caption"),
        ("© REUTERS / Ana Lima", "credit"),
        ("Ana Lima/Getty Images", "credit"),
        ("Фото: Азаттык", "credit"),
        ("Сурет: ашық дереккөз", "caption"),
        ("Illustrative photo. Source: gov", "credit"),
        ("Credit: Riot Games, ONE Esports", "credit"),
        ("harbour-strike 02.jpg", "credit"),
        ("Police stand at the gate of the port. (file photo)", "caption"),
        ("Police stand at the gate of the port on Monday, Jan. 5. (AP Photo/Ana Lima)", "caption"),
        ("Police stand at the gate of the port. REUTERS/Ana Lima", "caption"),
        ("Police stand at the gate of the port [File: Ana Lima/Reuters]", "caption"),
        ("Image sourceGetty Images", "credit"),
    ],
)
def test_credits_and_captions_under_a_label(line: str, kind: str) -> None:
    verdict = judge_credit(line)
    assert verdict is not None
    assert (verdict.kind, verdict.weight) == (kind, 3)


@pytest.mark.parametrize(
    "line",
    [
        "Photo: that one word was all the indictment said.",
        "Photos covered the fence of the ministry",
        "Video by a neighbour shows the canister",
        "Getty Images sues a firm",
        "Police stand at the gate of the port",
        "Credit: 40 million, repaid in May",
        "Reuters",
        "By Ana Lima",
    ],
)
def test_what_tells_the_story_is_none(line: str) -> None:
    assert judge_credit(line) is None


@pytest.mark.parametrize(
    "line", ["Photo: the port at dawn", "На фото: пустая площадь", "Суретте: бос алаң", "Фото Дины Ермековой"]
)
def test_what_may_be_a_heading_is_one_within_the_story(line: str) -> None:
    verdict = judge_credit(line)
    assert verdict is not None
    assert verdict.weight == 2


def test_a_credit_in_brackets_ends_a_line() -> None:
    line = "They marched to the port at noon. (Photo: Ana Lima)"
    assert credit_at_end(line) == (34, 51)
    assert line[34:51] == "(Photo: Ana Lima)"
    assert credit_at_end("They marched to the port at noon. (AP Photo/Ana Lima)") == (34, 53)
    assert credit_at_end("They marched to the port at noon. (Photo: A. Lima)") == (34, 50)
    assert credit_at_end("They marched to the port at noon. (Video shows them all.)") is None
    assert credit_at_end("They had one photo (the photo: lost) of him.") is None
