import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from rolecall.core.errors import InputError
from rolecall.evaluate import card
from rolecall.evaluate.card import Derived, Scorecard, ScorecardFile
from rolecall.evaluate.match import Key
from rolecall.evaluate.score import score
from tests.evaluate.material import SCHEME, annotation, corpora, sides


@given(corpora)
def test_reading_back_gives_the_card_and_the_numbers(corpus: dict[str, tuple[list[Key], list[Key]]]) -> None:
    gold, predicted = sides(corpus)
    people = {a: {"ana": gold[a], "ben": predicted[a]} for a in gold}
    groups = {a: a if a < "c" else "one story" for a in gold}
    found = score(gold, predicted, SCHEME, groups=groups, annotators=people, resamples=30)
    derived = card.derive(found)
    text = card.encode(found, derived).encode()
    assert card.decode(text, Scorecard) == found
    assert msgspec.json.decode(json.dumps(json.loads(text)["derived"]), type=Derived) == derived
    assert card.derive(card.decode(text, Scorecard)) == derived


def test_the_published_schema_fits_what_is_written() -> None:
    text = card.encode(example(), card.derive(example())).encode()
    assert msgspec.json.decode(text, type=ScorecardFile).card == example()
    schema = msgspec.json.schema(ScorecardFile)
    assert {"format", "derived", "card"} <= schema["$defs"]["ScorecardFile"]["properties"].keys()
    assert schema["$defs"]["Agreement"]["required"] == ["articles", "labelled", "between", "with_gold"]


def example() -> Scorecard:
    gold = {"a": annotation("a", (0, 2, "PLACE"), (4, 6, "ARREST"))}
    return score(gold, {"a": annotation("a", (0, 2, "PLACE"), by="m")}, SCHEME, resamples=0)


def test_a_script_finds_the_numbers_by_name() -> None:
    found = json.loads(card.encode(example(), card.derive(example())))["derived"]
    assert found["scores"]["micro"]["precision"]["value"] == 1.0
    assert found["scores"]["roles"]["ARREST"] == {
        "correct": 0,
        "predicted": 0,
        "gold": 1,
        "groups": 1,
        "precision": {"value": None, "low": None, "high": None},
        "recall": {"value": 0.0, "low": None, "high": None},
        "f1": {"value": 0.0, "low": None, "high": None},
    }
    assert found["signature"].startswith("match:strict|scheme:protest:1:")


def test_a_number_that_was_edited_has_no_effect(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    card.write(path, example(), card.derive(example()))
    data = json.loads(path.read_text())
    data["derived"]["scores"]["micro"]["f1"]["value"] = 0.99
    path.write_text(json.dumps(data))
    assert card.derive(card.read(path)).scores.micro.f1.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no scorecard"),
        ("{}", "missing required field"),
        ('{"format": "rolecall.scorecard/1", "derived": {}, "card": {"terms": 1}}', "terms"),
        ('{"format": "rolecall.scorecard/2", "derived": {}, "card": {}}', "this version reads 'rolecall.scorecard/1'"),
        ("\xff", "holds no scorecard"),
    ],
)
def test_a_file_without_a_scorecard_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=says) as caught:
        card.read(path)
    assert str(path) in str(caught.value)
    assert "rolecall evaluate score" in str(caught.value)


def test_a_card_with_impossible_counts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    text = card.encode(example(), card.derive(example()))
    for old, new, says in (
        ('"ARREST":[0,0,1]', '"ARREST":[2,0,1]', "2 correct"),
        ('"ARREST":[', '"RAIN":[', "RAIN"),
        ('"resamples":0', '"resamples":-1', "-1 resamples with seed 0 cannot be"),
        ('"seed":0', '"seed":-1', "0 resamples with seed -1 cannot be"),
    ):
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(InputError, match=says):
            card.read(path)
