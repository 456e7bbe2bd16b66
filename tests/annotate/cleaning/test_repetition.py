import pytest

from rolecall.annotate.cleaning.repetition import Repetition
from rolecall.core.records import Article

LINE = "Harbour Voice, the voice of those who load"


def article(number: int, *lines: str, source: str | None = "Harbour Voice", story: str | None = None) -> Article:
    text = "\n\n".join(
        (
            f"Headline {number}",
            f"Strike number {number} went on for another day, as all of those before it had.",
            *lines,
        )
    )
    return Article.of(text, id=f"{source} {number}", source=source, story=story)


def counted(*lines: str, times: int = 6, others: int = 0) -> Repetition:
    repeating = [article(number, *lines) for number in range(times)]
    return Repetition.of([*repeating, *(article(number) for number in range(100, 100 + others))])


def test_a_line_in_many_articles_of_a_source_is_none_of_a_story() -> None:
    repetition = counted(LINE)
    assert repetition.reason("Harbour Voice", LINE) == "stands in 6 of 6 stories of Harbour Voice"
    assert repetition.reason("Harbour Voice", LINE.lower()) == "stands in 6 of 6 stories of Harbour Voice"
    assert repetition.reason("Another", LINE) is None
    assert repetition.reason(None, LINE) is None


def test_it_takes_five_stories_and_a_quarter_of_all() -> None:
    assert counted(LINE, times=4).reason("Harbour Voice", LINE) is None
    assert counted(LINE, times=5, others=15).reason("Harbour Voice", LINE) is not None
    assert counted(LINE, times=5, others=16).reason("Harbour Voice", LINE) is None


def test_reports_of_one_story_count_once() -> None:
    one = Repetition.of(article(number, LINE, story="s1") for number in range(9))
    assert one.reason("Harbour Voice", LINE) is None
    report = "The dockers and the port met for the first time, and parted without a deal."
    again = Repetition.of(article(number, report, LINE) for number in range(9))
    assert again.reason("Harbour Voice", LINE) is None


def test_a_line_that_stands_twice_in_an_article_counts_once() -> None:
    assert Repetition.of(article(number, LINE, LINE) for number in range(3)).reason("Harbour Voice", LINE) is None


def test_what_tells_a_story_may_repeat() -> None:
    lines = (
        "The port has stood still since the shooting of 2011.",
        "Dockers have been on strike since spring, the union says.",
        "By Ana Lima, for Harbour Voice",
        "With reporting by Ana Lima",
        "Merrow Town",
        "MERROW",
        "“Give us back our port”",
        "Killed on 2 May",
    )
    repetition = counted(*lines)
    assert [line for line in lines if repetition.reason("Harbour Voice", line)] == []


NEWS = [
    *("Nobody was hurt.", "No arrests.", "Никто не пострадал.", "Сот жалғасуда.", "Суд продолжается."),
    *("Are you afraid?", "What do you think will happen next?", "Что вы об этом думаете?", "Сіз қорқасыз ба?"),
    *("Shame on you!", "We want our land back!", "Верните нам нашу землю!", "Жеріңізді сатпаңыз!"),
    *("The police did not reply to our request for comment.", "В полиции на наш запрос не ответили."),
    *("Police declined comment.", "Акимат нам не ответил.", "Can you comment on this?", "Our website was blocked."),
    *("What we know", "What happened next", "Что известно", "Что требуют рабочие", "Background", "Not one more"),
    *("Zhanaozen, Mangystau region", "Asel Sadykova, teacher", "Марат, водитель автобуса", "Aigerim, a teacher:"),
    *("National Security Committee of Kazakhstan (KNB)", "Republic of Kazakhstan v. Aliyev", "ПРЕСС-СЛУЖБА МВД"),
    *("Freedom for all political prisoners", "Отставка правительства", "Освобождение политзаключённых"),
    *(
        "Read the letter",
        "Reporter of Harbour Voice",
        "Комментарии экспертов",
        "мать двоих детей",
        "Тұтқындарға бостандық",
    ),
]


def in_the_story(number: int, *lines: str) -> Article:
    return article(number, *lines, f"The harbour closed for the {number + 2} hours that the wind blew.")


@pytest.mark.parametrize("line", NEWS)
def test_what_is_usual_in_news_may_repeat(line: str) -> None:
    repetition = Repetition.of(in_the_story(number, *[line] * (number % 3 == 0)) for number in range(20))
    assert repetition.reason("Harbour Voice", line) is None


def test_a_line_within_the_story_must_speak_of_pages_or_stand_in_most() -> None:
    of_pages, other = "more in our newsletter", "the news that the sea brings"
    some = Repetition.of(in_the_story(number, *[of_pages, other] * (number % 2)) for number in range(20))
    assert some.reason("Harbour Voice", of_pages) == "stands in 10 of 20 stories of Harbour Voice"
    assert some.reason("Harbour Voice", other) is None
    most = Repetition.of(in_the_story(number, *[other] * (number > 7)) for number in range(20))
    assert most.reason("Harbour Voice", other) == "stands in 12 of 20 stories of Harbour Voice"


def test_it_may_stand_beside_furniture_as_well() -> None:
    repetition = Repetition.of(
        in_the_story(number, "the news that the sea brings", "Share this") for number in range(6)
    )
    assert repetition.reason("Harbour Voice", "the news that the sea brings") is not None


def test_what_most_articles_of_a_source_have_is_no_main_line_of_a_story() -> None:
    blurb = "Harbour Voice is read by nine thousand people who load and unload the ships of all seas."
    repetition = Repetition.of(article(number, blurb, LINE) for number in range(10))
    assert repetition.reason("Harbour Voice", LINE) == "stands in 10 of 10 stories of Harbour Voice"


def test_what_speaks_to_readers_of_pages_or_names_the_source_may_not() -> None:
    lines = ("Harbour Voice", "Write to us about this website.", "the news that the sea brings")
    repetition = counted(*lines)
    assert [line for line in lines if repetition.reason("Harbour Voice", line)] == list(lines)


def test_articles_without_a_source_are_not_counted() -> None:
    repetition = Repetition.of(article(number, LINE, source=None) for number in range(9))
    assert repetition.reason("None", LINE) is None
    assert Repetition().reason("Harbour Voice", LINE) is None
