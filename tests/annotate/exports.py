"""Hypothesis strategies for whole projects as Label Studio exports them, with anything wrong in them.

Every annotation that is an item at all has a number of its own as its `created_at`, to be found again by.
"""

import itertools
from typing import Any

from hypothesis import strategies as st

from rolecall.annotate.tasks import task_of
from rolecall.annotate.wire import Json
from rolecall.core.records import Article
from rolecall.core.scheme import Choice, Question, load_scheme
from tests.strategies import texts

CHOICES = (Choice(value="harsh"), Choice(value="mild"))
SCHEME = load_scheme("protest").model_copy(
    update={"questions": (Question(name="tone", question="Which?", choices=CHOICES),)}
)
WHOLE = st.integers(-(2**53), 2**53)
scalars = st.none() | st.booleans() | WHOLE | st.floats(-1e9, 1e9) | st.text(max_size=6)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
ids = st.sampled_from(["r1", "r2", "r3", "r4", "r5"])
"""Few, so that regions share them."""
roles = st.sampled_from([*SCHEME.triggers]) | st.sampled_from([*SCHEME.roles])
controls = st.sampled_from([*(layer.name for layer in SCHEME.layers), "unsure", "article", "tone"])
times = st.sampled_from(["2025-03-01T10:00:00.000000Z", "2025-03-01T10:00:01.000000Z"])
"""Few, so that annotations are of the same time."""


RARE = 7
"""Drawn, something goes wrong: not the first or last of a range, which Hypothesis likes best."""


def often(usual: st.SearchStrategy[Any], otherwise: st.SearchStrategy[Any] = junk) -> st.SearchStrategy[Any]:
    """Something usual nineteen times out of twenty or so."""
    return st.integers(0, 19).flatmap(lambda at: otherwise if at == RARE else usual)


@st.composite
def some(draw: st.DrawFn, /, **parts: st.SearchStrategy[Any]) -> Json:
    """An item with these keys, each of which may be missing."""
    return {key: draw(part) for key, part in parts.items() if draw(st.integers(0, 39)) != RARE}


@st.composite
def bounds(draw: st.DrawFn, text: str, *, utf16: bool) -> tuple[Any, Any]:
    """Two offsets: mostly of a stretch of the text, else reversed, empty, out of range, or no numbers."""
    one = draw(st.integers(0, len(text) - 1))
    other = draw(st.integers(one + bool(draw(st.integers(0, 19))), len(text)))
    if utf16:
        one, other = (len(text[:at].encode("utf-16-le")) // 2 for at in (one, other))
    match draw(st.integers(0, 19)):
        case 7:
            return other, one
        case 8:
            return one, other + draw(st.integers(1, 10**6))
        case 9:
            return draw(junk), draw(junk)
    return one, other


@st.composite
def labels(draw: st.DrawFn, text: str, *, utf16: bool) -> Json:
    start, end = draw(bounds(text, utf16=utf16))
    quote = draw(st.text(max_size=5))
    if type(start) is int and type(end) is int and not utf16:
        quote = text[max(start, 0) : end]
    elif utf16 and type(start) is int and type(end) is int:
        quote = text.encode("utf-16-le")[2 * max(start, 0) : 2 * end].decode("utf-16-le", "replace")
    names = often(often(roles, st.text(max_size=8) | junk).map(lambda role: [role]), st.lists(roles, max_size=3) | junk)
    kind = draw(often(st.just("labels"), st.sampled_from(["hypertextlabels", "paragraphlabels", "brushlabels"])))
    value = some(start=st.just(start), end=st.just(end), text=often(st.just(quote)), **{kind: names})
    return draw(
        some(
            id=often(ids),
            type=st.just(kind),
            from_name=often(controls),
            to_name=often(st.just("text")),
            value=often(value),
            score=often(st.none() | st.floats(0, 1)),
            origin=often(st.sampled_from(["manual", "prediction", "prediction-changed"])),
        )
    )


ticked = st.sampled_from([("unsure", "unsure"), ("article", "no event"), ("article", "come back"), ("tone", "harsh")])


@st.composite
def choices(draw: st.DrawFn) -> Json:
    control, word = draw(ticked)
    chosen = draw(often(st.just([word]), st.lists(often(st.sampled_from(["harsh", "mild", "unsure"])), max_size=3)))
    value = often(some(choices=st.just(chosen)))
    names = often(st.just(control), controls | junk)
    return draw(some(id=often(ids), type=st.just("choices"), from_name=names, to_name=st.just("text"), value=value))


@st.composite
def results(draw: st.DrawFn, text: str) -> Any:
    utf16 = draw(st.integers(0, 4)) == 1
    found: list[Any] = draw(st.lists(labels(text, utf16=utf16), max_size=5))
    for at, item in enumerate(found):
        if draw(st.integers(0, 9)) != RARE:
            item["id"] = f"r{at + 1}"
    if found:
        ends = often(st.integers(1, len(found)).map("r{}".format), ids | junk)
        relation = some(type=st.just("relation"), from_id=ends, to_id=ends, direction=often(st.just("right")))
        found += draw(st.lists(relation, max_size=4))
    found += draw(st.lists(choices(), max_size=2))
    if draw(st.integers(0, 9)) == RARE:
        found.insert(draw(st.integers(0, len(found))), draw(junk))
    return draw(often(st.just(found)))


people = st.one_of(
    st.integers(1, 3),
    st.integers(1, 3).map(lambda number: {"id": number, "email": f"p{number}@studio.invalid"}),
    st.sampled_from(["p1@studio.invalid", "x@y.z", {"email": "p2@studio.invalid"}]),
)


@st.composite
def works(draw: st.DrawFn, text: str, number: int, *, draft: bool) -> Any:
    """An annotation, or unsaved work."""
    work = draw(
        some(
            id=often(st.just(number)),
            result=results(text),
            updated_at=often(times),
            lead_time=often(st.none() | st.floats(0, 1e6) | st.integers(0, 1000)),
            was_cancelled=often(st.booleans()),
            ground_truth=often(st.booleans()),
            parent_prediction=often(st.none() | st.integers(1, 3)),
            prediction=often(st.just({}) | predictions),
            **{"user" if draft else "completed_by": often(people)},
        )
    )
    return work | {"created_at": str(number)}


predictions = some(id=often(st.integers(1, 3)), model_version=often(st.sampled_from(["m1", "m2"])), result=junk)


@st.composite
def tasks(draw: st.DrawFn, articles: list[Article], numbers: "itertools.count[int]") -> Json:
    """A task of one of these articles, of another, of an altered one, or of none."""
    article = draw(st.sampled_from(articles))
    task = task_of(article, SCHEME.fingerprint)
    match draw(st.integers(0, 19)):
        case 7:
            task = {"data": draw(junk)}
        case 8:
            task["data"][draw(st.sampled_from(["text", "article", "hash"]))] = draw(junk)
        case 9:
            task = task_of(Article.of(article.text, id="another's"), SCHEME.fingerprint)
    work: Json = {"annotations": [], "drafts": []}
    for key, most in (("annotations", 3), ("drafts", 1)):
        for _ in range(draw(st.integers(0, most))):
            usual = works(article.text, next(numbers), draft=key == "drafts")
            work[key].append(draw(often(usual)))
    if draw(st.integers(0, 19)) == RARE:
        work["drafts"] = draw(junk)
    suggested = draw(often(st.lists(often(predictions), max_size=2)))
    return task | {"id": draw(often(st.just(next(numbers)))), "predictions": suggested} | work


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[Article], list[Json]]:
    """Some articles, and tasks as an export has them."""
    found = draw(st.lists(st.tuples(texts, texts).map(" 🎉 ".join) | texts, min_size=1, max_size=2))
    articles = [Article.of(text, id=f"a{at}") for at, text in enumerate(found)]
    numbers = itertools.count(1)
    return articles, [draw(tasks(articles, numbers)) for _ in range(draw(st.integers(1, 3)))]
