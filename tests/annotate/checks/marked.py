"""Readings written as marked text: "Police {detained|ARREST} him", one brace a label; a role may be several, with +."""

import re
from dataclasses import replace
from typing import Any

import msgspec

from rolecall.annotate.checks.forms import Forms
from rolecall.annotate.checks.reading import Facts, Reading
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme, load_scheme

SCHEME = load_scheme("protest")


def parse(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Split marked text into the text and its labels."""
    text = ""
    spans: list[Span] = []
    for plain, phrase, roles in re.findall(r"([^{]+)|\{([^|]*)\|([A-Z_+]+)\}", marked):
        if phrase:
            bounds = len(text), len(text) + len(phrase)
            spans += [Span(*bounds, role, phrase) for role in roles.split("+")]
        text += plain or phrase
    return text, tuple(spans)


def annotate(marked: str, *, by: str = "ana", article: str = "1", **fields: Any) -> Annotation:
    text, spans = parse(marked)
    made = Article.of(text, id=article)
    fields = {"kind": "human", "scheme": SCHEME.fingerprint} | fields
    return Annotation(article=article, hash=made.hash, by=by, spans=spans, **fields)


def reading(marked: str, *, lang: str | None = "en", others: tuple[str, ...] = (), **fields: Any) -> Reading:
    """Make a reading by ana, beside `others` by ben and caro."""
    mine = annotate(marked, **fields)
    beside = tuple(annotate(one, by=by) for one, by in zip(others, ("ben", "caro"), strict=False))
    return Reading(Article.of(parse(marked)[0], id="1", lang=lang), mine, SCHEME, facts(mine, *beside), beside)


def facts(*annotations: Annotation, scheme: Scheme = SCHEME) -> Facts:
    forms = Forms(scheme)
    for annotation in annotations:
        forms.add(annotation)
    return Facts(forms, {(split.layer, split.form): split for split in forms.splits()})


def relabel(found: Reading, *spans: Span) -> Reading:
    """Return a reading with other labels."""
    return replace(found, annotation=msgspec.structs.replace(found.annotation, spans=spans))
