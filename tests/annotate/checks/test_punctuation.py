import pytest
from hypothesis import given

from rolecall.annotate.checks.abbreviations import closes_abbreviation
from rolecall.annotate.checks.punctuation import complaints
from tests.strategies import texts


def found(phrase: str, after: str = " and", before: str = "so ", allow: str = "") -> list[str]:
    text = before + phrase + after
    return list(complaints(text, len(before), len(before) + len(phrase), allow))


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("May 10,", "ends with ','"),
        ("rally;", "ends with ';'"),
        ("Freedom!", "ends with '!'"),
        ("anti-", "ends with '-'"),
        ("-government", "begins with '-'"),
        (", Jarkul", "begins with ','"),
        ("“free them”", "stands in quotation marks"),
        ("'Stormers'", "stands in quotation marks"),
        ("«Нур Отан»", "stands in quotation marks"),
        ("(Reuters)", "stands in brackets"),
        ("“free them", "has a quotation mark without its partner"),
        ('free them"', "has a quotation mark without its partner"),
        ("‘free them", "has a quotation mark without its partner"),
        ("Party of Power (PP", "opens '(' without closing it"),
        ("PP)", "closes ')' without opening it"),
        ("「自由", "opens '「' without closing it"),
    ],
)
def test_what_is_wrong(phrase: str, says: str) -> None:
    assert found(phrase) == [says]


@pytest.mark.parametrize(
    "phrase",
    [
        "rally",
        "Party of Power (PP)",
        "(Free) Workers' Union",
        "“Dawn” movement",
        'the movement "Dawn"',
        "Nurses’",
        "'90s",
        "’90s",
        "-5",
        "$40m",
        "40%",
        "#MeToo",
        "O'Brien",
        "“one” and “two”",
        "5'10\" tall",
        "„Freiheit“ und „Brot“",
        "«Нур Отан» партиясы",
    ],
)
def test_what_is_fine(phrase: str) -> None:
    assert found(phrase) == []


def test_a_mark_inside_quotation_marks_belongs_to_the_name() -> None:
    assert found("Алга!", before="партия «", after="» вышла") == []
    assert found("Yahoo!", before='at "', after='" offices') == []
    assert found("Yahoo!", before="at ‘", after="’ offices") == []
    assert found("Алга!", before="партия «", after=" и") == ["ends with '!'"]
    assert found("rally,", before="the “", after="” he") == ["ends with ','"]


def test_a_scheme_may_allow_marks() -> None:
    assert found("Freedom!", allow="!?") == []
    assert found("Freedom.", after=" He", allow="!?") == ["ends with a full stop"]


@pytest.mark.parametrize(
    ("phrase", "after"),
    [
        ("U.S.", " Embassy"),
        ("5 p.m.", ""),
        ("Free Harbour Inc.", " The"),
        ("defendant Ahmed K.", " He"),
        ("Rancho Mirage, Calif.", "\n"),
        ("2019 г.", " Полиция"),
        ("2019 ж.", " Полиция"),
        ("2018–2019 жж.", " Полиция"),
        ("ХХ ғ.", " Басында"),
        ("Абай көш.", " Полиция"),
        ("Алматы обл.", " Полиция"),
        ("Айдар т.б.", " Полиция"),
        ("approx.", " fifty"),  # the sentence goes on
        ("Bhd.", ", a firm"),
    ],
)
def test_full_stops_of_abbreviations_may_stay(phrase: str, after: str) -> None:
    assert found(phrase, after) == []


@pytest.mark.parametrize(
    ("phrase", "after"), [("May 10.", " Police"), ("rally.", ""), ("полиция.", " Он"), ("in 2010.", "\n")]
)
def test_full_stops_of_sentences_may_not(phrase: str, after: str) -> None:
    assert found(phrase, after) == ["ends with a full stop"]


def test_an_abbreviation_wants_its_last_stop() -> None:
    says = ["leaves out the last full stop of an abbreviation"]
    assert found("U.S", ". Embassy") == says
    assert found("5 p.m", ".") == says
    assert found("Jarkul", ". Police") == []
    assert found("plan B", ".") == []


@given(texts)
def test_any_text_gets_an_answer(text: str) -> None:
    assert all(isinstance(words, str) for words in complaints(text, 0, len(text)))
    assert closes_abbreviation(text, len(text)) in (True, False)
