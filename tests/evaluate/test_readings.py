from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.records import Annotation
from rolecall.evaluate import readings
from tests.evaluate.material import SCHEME, annotation


def file(tmp_path: Path, *annotations: Annotation) -> Path:
    path = tmp_path / "labels.jsonl"
    jsonl.write(path, annotations)
    return path


def test_skipped_and_draft_are_no_labels(tmp_path: Path) -> None:
    done = annotation("a", (0, 2, "PLACE"), by="ana")
    skipped = msgspec.structs.replace(annotation("b", by="ana"), status="skipped")
    draft = msgspec.structs.replace(annotation("c", by="ana"), status="draft")
    found = readings.read(file(tmp_path, done, skipped, draft), SCHEME)
    assert found.readings == {"a": {"ana": done}}
    assert found.unlabelled == 2


def test_an_article_labelled_twice_by_one_person_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, annotation("a", by="ana"), annotation("a", by="ana"))
    with pytest.raises(InputError, match="'ana' annotated article 'a' twice") as caught:
        readings.read(path, SCHEME)
    assert str(path) in str(caught.value)


def test_a_role_of_another_scheme_is_refused_with_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, annotation("a"), annotation("b", (0, 2, "WEATHER")))
    with pytest.raises(InputError, match=r"labels\.jsonl:2: role 'WEATHER'"):
        readings.read(path, SCHEME)


def test_another_fingerprint_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, msgspec.structs.replace(annotation("a"), scheme="protest:1:000000000000"))
    with pytest.raises(SchemeMismatchError):
        readings.find_scheme(path, None)


def test_an_empty_file_has_no_scheme(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no annotations"):
        readings.find_scheme(file(tmp_path), None)


def test_the_one_reading_of_each_article(tmp_path: Path) -> None:
    ana, gold = annotation("a", by="ana"), annotation("b", by="gold")
    found = readings.read(file(tmp_path, ana, gold), SCHEME)
    assert readings.choose(found, None, option="--by") == {"a": ana, "b": gold}
    assert readings.choose(found, "ana", option="--by") == {"a": ana}
    with pytest.raises(InputError, match="no annotation by 'cy'") as caught:
        readings.choose(found, "cy", option="--by")
    assert "ana, gold" in str(caught.value)


def test_an_ambiguous_reading_is_refused(tmp_path: Path) -> None:
    found = readings.read(file(tmp_path, annotation("a", by="ben"), annotation("a", by="ana")), SCHEME)
    with pytest.raises(InputError, match="article 'a' has annotations by ana, ben") as caught:
        readings.choose(found, None, option="--gold-by")
    assert "--gold-by" in str(caught.value)


@pytest.mark.parametrize(
    ("gold", "predictions", "says"),
    [
        (list("abcdefgh"), ["h"], r"7 of the 8 \('a', 'b', 'c', 'd', 'e', ...\).*\n.*--allow-missing"),
        (["a"], ["a", "b"], r"1 of the 2 \('b'\).*\n.*--allow-extra"),
    ],
)
def test_articles_on_one_side_only_are_refused_by_name(
    gold: Sequence[str], predictions: Sequence[str], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        readings.check_coverage(gold, predictions, Path("p"), allow_missing=False, allow_extra=False)
    readings.check_coverage(gold, predictions, Path("p"), allow_missing=True, allow_extra=True)
