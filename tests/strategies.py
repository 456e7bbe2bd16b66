"""Hypothesis strategies for all tests."""

from hypothesis import strategies as st

from rolecall.core.records import Annotation, Article, Span

ROLES = ("PROTEST", "ARREST", "PARTICIPANT", "DETAINEE", "PLACE", "TIME")
TRIGGERS = frozenset({"PROTEST", "ARREST"})

# Letters with and without case, combining marks, astral and joined emoji, every line end, and invisible characters.
CHARACTERS = st.one_of(
    st.sampled_from(list("ab Aé\u0301қҒұ中ไท.,-'\"\n\r\t\u00a0\u200b\u200d🎉👩‍🚒\U0001d4d0")),
    st.characters(exclude_categories=["Cs"]),
)
texts = st.text(CHARACTERS, min_size=1, max_size=80)
names = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=12)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    return Article.of(
        draw(texts),
        id=draw(names),
        title=draw(st.none() | names),
        published=draw(st.none() | st.dates().map(str)),
        story=draw(st.none() | names),
        meta=draw(st.dictionaries(names, st.none() | st.integers(-(2**53), 2**53) | names, max_size=3)),
    )


@st.composite
def spans(draw: st.DrawFn, text: str) -> Span:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    score = draw(st.none() | st.floats(0, 1))
    return Span(start, end, draw(st.sampled_from(ROLES)), text[start:end], score, draw(st.booleans()))


@st.composite
def annotations(draw: st.DrawFn, article: Article | None = None) -> Annotation:
    if article is None:
        article = draw(articles())
    found = tuple(draw(st.lists(spans(article.text), max_size=8)))
    triggers = [i for i, span in enumerate(found) if span.role in TRIGGERS]
    arguments = [i for i, span in enumerate(found) if span.role not in TRIGGERS]
    pairs = [(t, a) for t in triggers for a in arguments]
    links = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6)) if pairs else []
    shuffled = draw(st.permutations(triggers))
    cut = draw(st.integers(0, len(shuffled)))
    events = [tuple(part) for part in (shuffled[:cut], shuffled[cut:]) if part]
    return Annotation(
        article=article.id,
        hash=article.hash,
        by=draw(names),
        kind=draw(st.sampled_from(["human", "model", "adjudicated"])),
        scheme="protest:1:000000000000",
        spans=found,
        links=tuple(links),
        events=tuple(events),
        choices=draw(st.sampled_from([{}, {"article": ("no event",)}])),
        seconds=draw(st.none() | st.floats(0, 1e6)),
    )
