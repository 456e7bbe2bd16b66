"""The random field's features, by hand; what it learns is asked in the race."""

import pytest

from rolecall.train.baselines.crf import features, shape


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Aktobe", "Xx"), ("NATO", "X"), ("G7", "Xd"), ("2026", "d"), ("-", "-"), ("...", "."), ("éclair", "x"), ("", "")],
)
def test_shapes(word: str, kind: str) -> None:
    assert shape(word) == kind


def test_a_word_is_seen_with_two_on_either_side() -> None:
    first, second, third = features(["Police", "in", "Rio"])
    assert second == {
        "bias": True,
        "0:word": "in", "0:shape": "x",
        "prefix1": "i", "suffix1": "n", "prefix2": "in", "suffix2": "in",
        "-1:word": "police", "-1:shape": "Xx",
        "+1:word": "rio", "+1:shape": "Xx",
        "-2:outside": True, "+2:outside": True,
    }  # fmt: skip
    assert {name for name in first if name.startswith("prefix")} == {"prefix1", "prefix2", "prefix3", "prefix4"}
    assert (first["prefix4"], first["suffix4"]) == ("poli", "lice")
    assert (first["+2:word"], third["-2:word"]) == ("rio", "police")
    assert features([]) == []
