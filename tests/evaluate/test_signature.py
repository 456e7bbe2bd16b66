import msgspec
import pytest

from rolecall.core import __version__
from rolecall.core.errors import InputError
from rolecall.evaluate.signature import MEANINGS, Size, Terms, labels_hash, read_signature, signature
from tests.evaluate.material import annotation


def test_signature_names_all_that_fixes_a_number() -> None:
    terms = Terms(scheme="protest:1:0f7324e6d787", labels="0123456789ab", resamples=1000, seed=7)
    assert signature(terms, Size(articles=8, spans=394, groups=5)) == (
        "match:strict|scheme:protest:1:0f7324e6d787|gold:0123456789ab|articles:8|spans:394|groups:5"
        f"|resamples:1000|seed:7|rolecall:{__version__}"
    )
    assert "|labels:0123456789ab|" in signature(terms, Size(8, 394, 5), labels="labels")


def test_hash_of_labels_is_of_what_they_say() -> None:
    one, two = annotation("a", (0, 2, "PLACE"), (4, 6, "ARREST")), annotation("b")
    base = labels_hash([one, two])
    assert len(base) == 12
    assert labels_hash([two, annotation("a", (4, 6, "ARREST"), (0, 2, "PLACE"), (0, 2, "PLACE"))]) == base
    assert labels_hash([one]) != base
    assert labels_hash([annotation("a", (0, 2, "PLACE"), (4, 7, "ARREST")), two]) != base
    assert labels_hash([annotation("a", (0, 2, "PLACE"), (4, 6, "PROTEST")), two]) != base
    assert labels_hash([msgspec.structs.replace(one, links=((1, 0),)), two]) != base
    grouped = annotation("a", (0, 2, "ARREST"), (4, 6, "ARREST"))
    assert labels_hash([msgspec.structs.replace(grouped, events=((1, 0),))]) != labels_hash([grouped])
    assert labels_hash([msgspec.structs.replace(grouped, events=((1,),))]) == labels_hash([grouped])
    swapped = annotation("a", (4, 6, "ARREST"), (0, 2, "PLACE"))
    linked = [msgspec.structs.replace(swapped, links=((0, 1),)), two]
    assert labels_hash(linked) == labels_hash([msgspec.structs.replace(one, links=((1, 0),)), two])


def test_a_signature_is_read_back_and_every_part_has_a_meaning() -> None:
    terms = Terms(
        scheme="case:1:0f7324e6d787", projection="protest-to-case", labels="0123456789ab", resamples=9, seed=7
    )
    found = read_signature(signature(terms, Size(articles=8, spans=394, groups=5)) + "\n")
    assert found == {
        "match": "strict", "scheme": "case:1:0f7324e6d787", "projection": "protest-to-case", "gold": "0123456789ab",
        "articles": "8", "spans": "394", "groups": "5", "resamples": "9", "seed": "7", "rolecall": __version__,
    }  # fmt: skip
    assert found.keys() <= MEANINGS.keys()


@pytest.mark.parametrize("line", ["", "F1 0.5", "match:strict|scheme:|rolecall:1", "match:strict|rolecall:1", "x:1"])
def test_what_is_no_signature(line: str) -> None:
    with pytest.raises(InputError, match="is no signature"):
        read_signature(line)
