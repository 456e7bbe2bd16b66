from rolecall.core import __version__
from rolecall.evaluate.signature import Size, Terms, labels_hash, signature
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
