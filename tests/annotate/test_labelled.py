from pathlib import Path
from typing import Any

import pytest

from rolecall.annotate.formats.rows import Place
from rolecall.annotate.labelled import Labelling, annotate
from rolecall.core.errors import InputError
from rolecall.core.records import Article, Span
from rolecall.core.scheme import load_scheme

ARTICLE = Article.of("Nine men were held in Aktau.", id="a1")
ECB = load_scheme("ecbplus")
LABELLING = Labelling(Path("labels.jsonl"), ECB, "gold", "adjudicated")
PLACE = Place(Path("train.jsonl"), 5)


def test_labels_of_either_spelling_become_an_annotation() -> None:
    data = {
        "spans": [
            {"start": 14, "end": 18, "label": "ACTION", "score": 0.5},
            {"start": 22, "end": 27, "role": "LOC", "text": "Aktau", "unsure": True},
            {"start": 0, "end": 8, "role": "HUMAN_PART", "label": "HUMAN_PART"},
        ],
        "links": [[0, 1]],
        "events": [[0]],
    }
    annotation = annotate(ARTICLE, data, LABELLING, PLACE)
    assert annotation.spans == (
        Span(14, 18, "ACTION", "held", 0.5),
        Span(22, 27, "LOC", "Aktau", unsure=True),
        Span(0, 8, "HUMAN_PART", "Nine men"),
    )
    assert (annotation.links, annotation.events) == (((0, 1),), ((0,),))
    assert (annotation.article, annotation.hash, annotation.by, annotation.kind, annotation.scheme) == (
        "a1",
        ARTICLE.hash,
        "gold",
        "adjudicated",
        ECB.fingerprint,
    )


def test_no_labels_are_labels_too() -> None:
    assert annotate(ARTICLE, {"spans": []}, LABELLING, PLACE).spans == ()


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ({"start": 0, "end": 4, "label": "WHO"}, "span 0:4: role 'WHO' is not in scheme ecbplus: ACTION, HUMAN_PART"),
        ({"start": 20, "end": 29, "label": "LOC"}, r"span 20:29 \(LOC\) is not inside the text's 28 characters"),
        ({"start": -1, "end": 4, "label": "LOC"}, "span -1:4"),
        ({"start": 4, "end": 4, "label": "LOC"}, "span 4:4"),
        ({"start": 0, "end": 4}, "span 0:4 has no label"),
        ({"start": 0, "end": 4, "label": "LOC", "role": "TIME"}, "span 0:4 has two different labels"),
        ({"start": 0, "end": 4, "label": "LOC", "text": "Ten "}, "the text has 'Nine', the quote is 'Ten '"),
        ({"start": 0, "end": 4, "label": "LOC", "id": "T1"}, "unknown field `id`"),
        ({"start": "0", "end": 4, "label": "LOC"}, r"Expected `int`, got `str` - at `\$.spans\[0\].start`"),
    ],
)
def test_a_bad_label_is_named_by_file_and_line(span: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        annotate(ARTICLE, {"spans": [span]}, LABELLING, PLACE)
    assert str(caught.value).startswith("train.jsonl:5: article 'a1': ")
    assert caught.value.remedy


def test_links_are_checked() -> None:
    with pytest.raises(InputError, match=r"link \[0, 3\] does not join two of the 1 spans"):
        annotate(ARTICLE, {"spans": [{"start": 0, "end": 4, "role": "TIME"}], "links": [[0, 3]]}, LABELLING, PLACE)


BEHIND = Article.of("Rally\n\nNine men were held in Aktau.", id="a2")


def test_labels_that_count_without_the_headline_are_moved_behind_it() -> None:
    data = {"spans": [{"start": 0, "end": 8, "role": "HUMAN_PART", "text": "Nine men"}], "links": [], "events": [[0]]}
    annotation = annotate(BEHIND, data, LABELLING, PLACE, before=7)
    assert annotation.spans == (Span(7, 15, "HUMAN_PART", "Nine men"),)


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ({"start": 7, "end": 15, "label": "TIME", "text": "Nine men"}, "span 7:15 .*the text has 'n were h'"),
        ({"start": -5, "end": 4, "label": "TIME"}, r"span -5:4 \(TIME\) is not inside the text's 28 characters"),
        ({"start": 0, "end": 29, "label": "TIME"}, r"span 0:29 \(TIME\) is not inside the text's 28 characters"),
    ],
)
def test_labels_that_may_count_with_the_headline_are_refused(span: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        annotate(BEHIND, {"spans": [span]}, LABELLING, PLACE, before=7)
    assert "without the headline that was put before it" in caught.value.remedy
