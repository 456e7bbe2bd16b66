"""A conditional random field over hand-made features, one for each layer: what was usual before encoders.

Lafferty, McCallum and Pereira 2001. Features and penalties are those of sklearn-crfsuite's own example for names.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rolecall.core import bio
from rolecall.core.records import Article, Span
from rolecall.core.scheme import Layer
from rolecall.core.tokens import tokenize
from rolecall.train.baselines.sequence import in_order, spans_of, words_of
from rolecall.train.baselines.task import Label, Task, check_columns, rows_of

AROUND = (-2, -1, 1, 2)
"""How far away the words are that a word is seen with."""
AFFIX = 4
"""The longest prefix and suffix, in letters."""
PENALTIES = {"c1": 0.1, "c2": 0.1}
ITERATIONS = 100

Features = dict[str, str | bool]


def train(task: Task) -> Label:
    """Learn the tags of each layer from the dataset's own tokens; one whose every tag is O finds nothing."""
    check_columns(task, "tokens", *(f"tags_{layer.name}" for layer in task.scheme.layers))
    models = [_learn(task, layer) for layer in task.scheme.layers]

    def label(articles: Iterable[Article]) -> Iterator[tuple[Span, ...]]:
        for article in articles:
            tokens = tokenize(article.text)
            seen = features(words_of(article.text, tokens))
            found = [model.predict_single(seen) for model in models if model is not None]
            yield in_order([span for tags in found for span in spans_of(article.text, tokens, tags)])

    return label


def _learn(task: Task, layer: Layer) -> Any:
    """Learn one layer; return None where there is nothing to learn."""
    from sklearn_crfsuite import CRF

    column, names = f"tags_{layer.name}", bio.tag_names(role.name for role in layer.roles)
    if not any(map(any, task.rows[column])):
        return None
    model = CRF(
        algorithm="lbfgs",
        **PENALTIES,
        max_iterations=ITERATIONS,
        all_possible_transitions=True,
        model_filename=str(task.folder / f"{layer.name}.crfsuite"),
    )
    # Rows come one at a time, and crfsuite keeps them in a form of its own: the features of all would fill memory.
    seen = (features(row["tokens"]) for row in rows_of(task))
    return model.fit(seen, ([names[tag] for tag in tags] for tags in task.rows[column]))


def features(words: Sequence[str]) -> list[Features]:
    """Describe each word by itself and by the two on either side."""
    alone = [_alone(word) for word in words]
    found = []
    for at, word in enumerate(words):
        own: Features = {"bias": True, **{f"0:{name}": value for name, value in alone[at].items()}}
        for size in range(1, min(AFFIX, len(word)) + 1):
            own[f"prefix{size}"] = word[:size].casefold()
            own[f"suffix{size}"] = word[-size:].casefold()
        for away in AROUND:
            if 0 <= at + away < len(words):
                own |= {f"{away:+d}:{name}": value for name, value in alone[at + away].items()}
            else:
                own[f"{away:+d}:outside"] = True
        found.append(own)
    return found


def _alone(word: str) -> Features:
    return {"word": word.casefold(), "shape": shape(word)}


def shape(word: str) -> str:
    """Write a word's kinds of letters, repetitions aside: X for capitals, x for small, d for digits, else itself."""
    kinds = ["X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word]
    return "".join(kind for kind, before in zip(kinds, [None, *kinds], strict=False) if kind != before)
