import pytest

from rolecall.annotate.dates import normalise


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2019-04-10", "2019-04-10"),
        ("20190410", "2019-04-10"),
        ("2019-04-10T09:30:00Z", "2019-04-10T09:30:00+00:00"),
        ("2019-04-10 09:30", "2019-04-10T09:30:00"),
        ("2019-04-10T09:30:00+06:00", "2019-04-10T09:30:00+06:00"),
        ("2019", "2019"),  # no day is made up
        ("2019-04", "2019-04"),
        ("April 2019", "2019-04"),
        ("1554854400", "2019-04-10T00:00:00+00:00"),
        ("1554854400000", "2019-04-10T00:00:00+00:00"),
        ("2019-W15-3", "2019-04-10"),  # Wednesday of the fifteenth week
        ("Apr 10, 2019 9:30 PM ET", "2019-04-10T21:30:00"),
        ("10 avril 2019 à 14h05", "2019-04-10T14:05:00"),
        ("2019/04/10", "2019-04-10"),
        ("2019年4月10日", "2019-04-10"),
        ("  10 April\n2019 ", "2019-04-10"),
        ("April 10, 2019", "2019-04-10"),
        ("Wed, 10 Apr 2019 09:30:00 GMT", "2019-04-10T09:30:00+00:00"),
        ("April 10th, 2019 at 5:00 p.m.", "2019-04-10T17:00:00"),
        ("10-Apr-19", "2019-04-10"),
        ("10 апреля 2019 г.", "2019-04-10"),
        ("10 сәуір 2019", "2019-04-10"),
        ("10. April 2019", "2019-04-10"),
        ("10 أبريل 2019", "2019-04-10"),
        ("10.04.2019", "2019-04-10"),  # dots: the day stands first everywhere
        ("25/12/2020", "2020-12-25"),  # only one reading is a date
        ("12/25/2020", "2020-12-25"),
        ("04/04/2020 10:15", "2020-04-04T10:15:00"),  # both are the same
    ],
)
def test_a_date_comes_out_in_iso_8601(written: str, iso: str) -> None:
    assert normalise(written) == (iso, "")


def test_a_date_that_can_be_read_in_two_ways_is_not_guessed() -> None:
    assert normalise("03/04/2020").iso is None
    assert "'03/04/2020' can be read in two ways: say which number is the day" in normalise("03/04/2020").why
    assert normalise("03/04/2020", True).iso == "2020-04-03"
    assert normalise("03/04/2020", False).iso == "2020-03-04"
    assert normalise("13/04/20").iso is None  # 13 April 2020, or 20 April 2013
    assert normalise("13/04/20", True).iso == "2020-04-13"
    assert normalise("25/12/2020", False).iso == "2020-12-25"


@pytest.mark.parametrize(
    "written",
    ["yesterday", "3 days ago", "Monday", "10 April", "soon", "31/04/2019", "2019-02-30", "2019-13-01", "0000-00-00"],
)
def test_what_is_no_date_or_only_a_part_of_one_is_not_read(written: str) -> None:
    assert normalise(written) == (None, f"{written!r} is no date that can be read")
