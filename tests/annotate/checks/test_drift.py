from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from rolecall.annotate.checks.course import Course, moment
from rolecall.annotate.checks.drift import DriftOptions, drift
from rolecall.core.records import Annotation, Article, Span
from tests.annotate.checks.marked import SCHEME, annotate

ROLES = ["PROTEST", "ARREST", "PLACE", "DEMAND"]
TEXT = "x " * 500


def world(
    *, shared: bool, drifts: str = "", news: str = "", stories: int = 240, seed: int = 0
) -> Iterator[tuple[Article, list[Annotation]]]:
    """Yield articles of 1,000 characters, an hour apart, read by ana and ben in turn or both.

    From the middle on, ana leaves out most labels of the role `drifts`, and reports have many more of the role `news`.
    """
    rng = np.random.default_rng(seed)
    for number in range(stories):
        late = number >= stories // 2
        article = Article.of(TEXT + str(number), id=str(number))
        true = [
            Span(at, at + 1, role, article.text[at])
            for role in ROLES
            for at in 2 * rng.choice(400, rng.poisson(4 * (1 + 2 * (late and role == news))), replace=False)
        ]
        readings = []
        for by in ("ana", "ben") if shared else (("ana", "ben")[number % 2],):
            kept = [
                span for span in true if rng.random() < (0.3 if late and by == "ana" and span.role == drifts else 0.9)
            ]
            when = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)
            readings.append(
                Annotation(
                    article=article.id,
                    hash=article.hash,
                    by=by,
                    kind="human",
                    scheme=SCHEME.fingerprint,
                    spans=tuple(Span(int(s.start), int(s.end), s.role, s.text) for s in kept),
                    created=when.isoformat(),
                )
            )
        yield article, readings


def find(articles: Iterator[tuple[Article, list[Annotation]]], **options: float) -> list[tuple[str, str | None, str]]:
    course = Course(ROLES)
    for article, readings in articles:
        course.add(article, readings)
    return [(by, hit.role, hit.message) for by, hit in drift(course, DriftOptions.model_validate(options))]


def test_a_role_that_somebody_gives_up_is_told_with_the_rates() -> None:
    found = find(world(shared=True, drifts="DEMAND", stories=80))
    told = {(by, role): words for by, role, words in found}
    assert ("ana", "DEMAND") in told
    assert ("ana", None) in told  # agreement has fallen, whoever moved
    words = told["ana", "DEMAND"]
    assert words.startswith("labels fewer DEMAND since 2024-01-02: ")
    assert "per 1,000 characters; the others, of the same articles, " in words
    assert "corrected for 12 tests)" in words  # 4 roles, all spans and agreement, for two people
    assert {role for by, role in told if by == "ana"} <= {"DEMAND", None}


def test_without_shared_articles_it_takes_more_of_them() -> None:
    found = find(world(shared=False, drifts="DEMAND"))
    # Two people are compared with each other: who has moved, the test cannot tell.
    assert [(by, role) for by, role, _ in found] == [("ana", "DEMAND"), ("ben", "DEMAND")]
    assert "labels fewer DEMAND" in found[0][2]
    assert "labels more DEMAND" in found[1][2]


@pytest.mark.parametrize("shared", [True, False])
def test_what_the_news_brings_is_no_drift(shared: bool) -> None:
    assert find(world(shared=shared, news="ARREST")) == []
    assert find(world(shared=shared, seed=1)) == []


def test_a_small_corpus_cries_no_wolf() -> None:
    assert find(world(shared=True, drifts="DEMAND", stories=39)) == []
    assert len(find(world(shared=True, drifts="DEMAND", stories=39), minimum=10)) > 0


def test_what_is_sure_but_small_is_not_told() -> None:
    told = [role for _, role, _ in find(world(shared=True, drifts="DEMAND", stories=80), change=9.0, fall=1.0)]
    assert told == []


def test_readings_from_suggestions_and_without_times_do_not_count() -> None:
    course = Course(ROLES)
    article = Article.of("one two", id="1")
    course.add(article, [annotate("{one|PLACE} two"), annotate("one two", by="ben", created="2024-01-01T10:00:00Z")])
    course.add(article, [annotate("one two", created="2024-01-02T10:00:00Z", from_prediction="m")])
    rows = course.rows()
    assert course.people == {"ben": 0}
    assert rows.agreement.tolist() == [0.0]
    assert rows.others[0].tolist() == pytest.approx([0, 0, 1000 / 7, 0, 1000 / 7])
    assert list(drift(course, DriftOptions())) == []
    assert list(drift(Course(ROLES), DriftOptions())) == []


def test_times_are_read_in_any_form_of_iso_8601() -> None:
    def when(**fields: str) -> float | None:
        return moment(annotate("one", **fields))

    assert when(created="2024-01-01T00:00:00Z") == when(created="2024-01-01T00:00:00") == 1704067200
    assert when(created="yesterday", updated="2024-01-01T01:00:00+01:00") == 1704067200
    assert when(created="yesterday") is None
    assert when() is None
