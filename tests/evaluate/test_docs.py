import doctest
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_worked_example_comes_out_as_written() -> None:
    result = doctest.testfile(str(DOCS / "scoring.md"), module_relative=False, encoding="utf-8")
    assert result.attempted >= 10
    assert result.failed == 0
