import pytest

from rolecall.annotate.checks import edges
from rolecall.annotate.checks.determiners import determiners_of
from rolecall.annotate.checks.edges import ArticleOptions, HalfWordOptions, PunctuationOptions
from rolecall.annotate.checks.reading import Options
from tests.annotate.checks.marked import reading


def articles(marked: str, lang: str | None = "en", assume: str | None = None) -> list[str]:
    hits = edges.edge_article(reading(marked, lang=lang), ArticleOptions(assume=assume))
    return [hit.span.text for hit in hits if hit.span]


def test_half_words_are_named_with_the_whole_one() -> None:
    (hit,) = edges.half_word(reading("Police {detaine|ARREST}d him"), HalfWordOptions())
    assert (hit.message, hit.severity) == ("ends inside 'detained'", None)
    (hit,) = edges.half_word(reading("Police de{tained|ARREST} him"), HalfWordOptions())
    assert hit.message == "begins inside 'detained'"
    assert list(edges.half_word(reading("anti-{government|TARGET} {rally|PROTEST}"), HalfWordOptions())) == []


def test_a_name_without_its_ending_is_a_hint_where_words_take_endings() -> None:
    text = "Кеше {Алматы|PLACE}да митинг өтті"
    (hit,) = edges.half_word(reading(text, lang="kk"), HalfWordOptions())
    assert (hit.message, hit.severity) == ("ends inside 'Алматыда'", "hint")
    (hit,) = edges.half_word(reading(text, lang="ru"), HalfWordOptions())
    assert hit.severity is None
    (hit,) = edges.half_word(reading(text, lang="kk"), HalfWordOptions(suffixing=()))
    assert hit.severity is None
    (hit,) = edges.half_word(reading("{서울|PLACE}에서 시위", lang=None), HalfWordOptions())
    assert hit.severity == "hint"
    (hit,) = edges.half_word(reading("في ال{قاهرة|PLACE} اليوم", lang=None), HalfWordOptions())
    assert (hit.message, hit.severity) == ("begins inside 'القاهرة'", "hint")


def test_white_space_and_invisible_characters_at_an_edge() -> None:
    text = "The { rally|PROTEST} in {Jarkul\u200b|PLACE} and {Osh\n|PLACE} on {May\u00a010|TIME} {👩\u200d🚒|VICTIM}"
    hits = list(edges.edge_space(reading(text), Options()))
    assert [hit.message for hit in hits] == [
        "begins with white space",
        "ends with an invisible character",
        "ends with white space",
    ]
    (hit,) = edges.edge_space(reading("A {\x07rally |PROTEST}"), Options())
    assert hit.message == "begins with an invisible character and ends with white space"
    (hit,) = edges.edge_space(reading("A { rally |PROTEST}"), Options())
    assert hit.message == "begins and ends with white space"


def test_spans_without_a_word() -> None:
    marked = "One{, |PLACE}two {—|TIME} {5|CROWD_SIZE} {🎉|PROTEST}"
    assert [hit.span.text for hit in edges.wordless(reading(marked), Options()) if hit.span] == [", ", "—"]
    assert list(edges.edge_space(reading(marked), Options())) == []
    assert list(edges.edge_punctuation(reading(marked), PunctuationOptions())) == []


def test_spans_across_paragraphs() -> None:
    assert [hit.message for hit in edges.across_paragraphs(reading("{One.\nTwo|DEMAND}"), Options())] == [
        "runs from one paragraph into another"
    ]
    assert len(list(edges.across_paragraphs(reading("{One\n\nTwo|DEMAND}"), Options()))) == 1
    # A line that is broken inside a sentence is one paragraph still.
    assert list(edges.across_paragraphs(reading("{cut in\nfuel prices|DEMAND}"), Options())) == []


def test_punctuation_is_told_in_one_finding_a_span() -> None:
    (hit,) = edges.edge_punctuation(reading("He said {, (stop|DEMAND}"), PunctuationOptions())
    assert hit.message == "opens '(' without closing it; begins with ','"
    (hit,) = edges.edge_punctuation(reading("on { May 10, |TIME}he"), PunctuationOptions())
    assert hit.message == "ends with ','"


def test_articles_are_found_by_language() -> None:
    assert articles("Police broke up {the rally|PROTEST} of {an opposition|ORGANIZER}.") == [
        "the rally",
        "an opposition",
    ]
    assert articles("Es war {die Kundgebung|PROTEST}", "de") == ["die Kundgebung"]
    assert articles("contre {l'État|TARGET} et {la police|AUTHORITY}", "fr-FR") == ["l'État", "la police"]
    assert articles("{митинг|PROTEST} и {a rally|PROTEST}", "ru") == []
    assert articles("{the rally|PROTEST} {a rally|PROTEST} {die Kundgebung|PROTEST}", None) == ["the rally"]
    assert articles("{the rally|PROTEST} {a rally|PROTEST}", None, assume="en") == ["the rally", "a rally"]


def test_articles_of_names_may_stay() -> None:
    assert articles("In court at {The Hague|PLACE} on Monday") == []
    assert articles("A march. {The Hague|PLACE} was calm. The mayor of The Hague said") == []
    assert articles("A march. {The Interior Ministry|AUTHORITY} was calm.") == ["The Interior Ministry"]
    assert articles("“{The Interior Ministry|AUTHORITY} is calm.”") == ["The Interior Ministry"]
    assert articles("A march. “{The Interior Ministry|AUTHORITY} is calm.”") == ["The Interior Ministry"]
    assert articles("{The ministry|AUTHORITY} was calm.") == ["The ministry"]
    assert articles("Hubo una marcha. {La Paz|PLACE} arde.", "es") == []
    assert articles("{La Policía|AUTHORITY} llegó, dijo la Policía.", "es") == ["La Policía"]


@pytest.mark.parametrize(
    ("text", "lang", "severity"),
    [
        ("A march. {The Hague|PLACE} was quiet.", "en", "hint"),
        ("{The Hague|PLACE} was quiet.", None, "hint"),
        ("A march. {The Police|AUTHORITY} came, and the Police left.", "en", None),
        ("A march. {The police|AUTHORITY} came.", "en", None),
        ("A march of {the Police|AUTHORITY}.", "en", None),
        ("{La Policía|AUTHORITY} llegó, dijo la Policía.", "es", None),
    ],
)
def test_an_article_that_may_be_of_a_name_is_a_hint(text: str, lang: str | None, severity: str | None) -> None:
    (hit,) = edges.edge_article(reading(text, lang=lang), ArticleOptions())
    assert hit.severity == severity


def test_articles_of_quantities_may_stay() -> None:
    assert articles("{A few|CROWD_SIZE} came, {a hundred|DETAINED_COUNT} went, {a day later|TIME}") == []
    assert articles("He got {a year in prison|PENALTY} and {a fine|PENALTY} and {the 40|CROWD_SIZE}") == [
        "a fine",
        "the 40",
    ]


@pytest.mark.parametrize(
    ("lang", "known"), [("en-GB", True), ("EN", True), ("pt_BR", True), ("ru", False), ("", False)]
)
def test_language_codes(lang: str, known: bool) -> None:
    assert (determiners_of(lang) is not None) == known
