"""Small labelled articles for the tests of the evaluate stage."""

from pathlib import Path

from hypothesis import strategies as st

from rolecall.core.records import Annotation, Kind, Span, text_hash
from rolecall.core.scheme import load_scheme
from rolecall.evaluate.match import Key

SAMPLE = Path(__file__).parents[2] / "sample"
SCHEME = load_scheme("protest")
TEXT = "x" * 100
ROLES = ("PROTEST", "ARREST", "PARTICIPANT", "DETAINEE", "PLACE")


def annotation(
    article: str, *keys: Key, by: str = "gold", kind: Kind = "human", suggestion: str | None = None
) -> Annotation:
    """Label an article whose text is a hundred times x, perhaps starting from a model's suggestion."""
    spans = tuple(Span(start, end, role, TEXT[start:end]) for start, end, role in keys)
    return Annotation(
        article=article,
        hash=text_hash(TEXT),
        by=by,
        kind=kind,
        scheme=SCHEME.fingerprint,
        spans=spans,
        from_prediction=suggestion,
    )


@st.composite
def keys(draw: st.DrawFn) -> Key:
    start = draw(st.integers(0, 5))
    return start, start + draw(st.integers(1, 3)), draw(st.sampled_from(ROLES))


key_lists = st.lists(keys(), max_size=8)
# Two readings of each article: {article: (gold, predicted)}.
corpora = st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(key_lists, key_lists), min_size=1, max_size=6)


def sides(corpus: dict[str, tuple[list[Key], list[Key]]]) -> tuple[dict[str, Annotation], dict[str, Annotation]]:
    """Make gold and predictions of a drawn corpus."""
    gold = {article: annotation(article, *pair[0]) for article, pair in corpus.items()}
    predicted = {article: annotation(article, *pair[1], by="model", kind="model") for article, pair in corpus.items()}
    return gold, predicted
