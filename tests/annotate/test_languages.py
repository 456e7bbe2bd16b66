import json
from pathlib import Path

import pytest

from rolecall.annotate.languages import detect

SAMPLE = Path(__file__).parents[2] / "sample" / "articles.jsonl"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "Мұнайшылар жалақыны көтеруді талап етіп, үшінші күн жұмысқа шықпай отыр. Полиция тоғыз адамды ұстады."),
        ("kk", "Сот белсендіге он бес тәулік қамау жазасын тағайындады."),
        (
            "ru",
            "Нефтяники третий день не выходят на работу, требуя повышения зарплаты. Полиция задержала девятерых.",
        ),
        ("ru", "В городе сотни людей вышли на митинг против земельной реформы."),
        ("en", "Oil workers stayed off the job for a third day, demanding higher pay."),
        ("de", "Hunderte Menschen demonstrierten am Montag in Berlin gegen die Rentenreform."),
        ("ar", "تظاهر مئات الأشخاص في العاصمة احتجاجا على ارتفاع الأسعار واعتقلت الشرطة تسعة أشخاص."),
        ("uk", "У Києві сотні людей вийшли на мітинг проти земельної реформи."),
        ("ky", "Бишкекте жүздөгөн адамдар жер реформасына каршы митингге чыгышты."),
    ],
)
def test_a_paragraph_tells_its_language(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    "text",
    ["", "OK", "Rally", "Митинг", "12345 67890 12345 67890 12345", "😀" * 50, "https://example.org/police-detained-men",
     "Hello world. Привет мир, как дела", "LONDON PARIS BERLIN MADRID ROME", "Aaaaaaaaaa bbbbbbbbbbb cccccccccc"],
)  # fmt: skip
def test_what_is_short_or_undecided_has_none(text: str) -> None:
    assert detect(text) is None


def test_every_article_of_the_sample_is_english() -> None:
    texts = [json.loads(line)["text"] for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    assert [detect(text) for text in texts] == ["en"] * 40


def test_notices_at_the_ends_do_not_decide() -> None:
    article = "Мұнайшылар жалақыны көтеруді талап етіп, үшінші күн жұмысқа шықпай отыр. " * 20
    assert detect("We use cookies to improve your experience on this site. " * 4 + article) == "kk"
