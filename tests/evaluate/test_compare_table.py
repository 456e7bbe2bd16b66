import pytest

from rolecall.evaluate.compare_table import chance, comparison_table, signed
from tests.evaluate.test_compare import invented, of, places
from tests.evaluate.test_table import printed


def test_every_layer_and_role_has_a_line() -> None:
    found = printed(comparison_table(of(places(*[0] * 6), places(*[1] * 6), resamples=50)))
    # 6 of 12 found, 12 predicted; every group gains one of two, so the interval has no width.
    assert "micro 0.000 0.500 +0.500 +0.500 to +0.500 † 0.031 better" in found
    assert "PLACE 0.000 0.500 +0.500 +0.500 to +0.500 † 0.031 better" in found
    assert "event – – – – –" in found
    assert "ARREST – – – – –" in found
    text = " ".join(found)
    assert "by all 64 swaps of groups" in text
    assert "first: m; second: m" in text
    assert "† doubtful interval" in text


def test_without_a_mark_there_is_no_footnote() -> None:
    text = " ".join(printed(comparison_table(of(invented(1, 60), invented(2, 60)))))
    assert "by 200 random swaps of groups" in text
    assert "†" not in text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.0, "+0.000"), (-0.0001, "+0.000"), (-0.0126, "-0.013"), (1.0, "+1.000")]
)
def test_differences(value: float | None, text: str) -> None:
    assert signed(value) == text


def test_chances() -> None:
    assert [chance(p) for p in (None, 0.0001, 0.001, 0.25, 1.0)] == ["–", "<0.001", "0.001", "0.250", "1.000"]
