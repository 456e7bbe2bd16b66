"""The rule about readings without a span, in articles where there is something to mark."""

from collections.abc import Iterator

from pydantic import Field

from rolecall.annotate.checks.findings import Hit, Severity, some
from rolecall.annotate.checks.reading import Options, Reading, finished

NAMED = 5


class NoSpansOptions(Options):
    """What makes an article relevant."""

    relevant: tuple[str, ...] = ()
    """Answers to the scheme's questions that promise something to mark."""
    none: tuple[str, ...] = ()
    """Answers that say there is nothing to mark: no finding then."""
    expected: float = Field(default=5.0, gt=0)
    """Triggers to be expected from the article's words, where no colleague has read it."""


def no_spans(reading: Reading, options: NoSpansOptions) -> Iterator[Hit]:
    """Find readings without a span where an answer, a colleague's labels or the article's words speak against that.

    Colleagues decide where there are any: if most of them marked nothing either, there is no finding. Words alone can
    deceive (a strike in football), so what only they promise is a hint.
    """
    annotation = reading.annotation
    if annotation.spans or not finished(annotation):
        return
    answers = [answer for chosen in annotation.choices.values() for answer in chosen]
    if any(answer in options.none for answer in answers):
        return
    if told := [answer for answer in answers if answer in options.relevant]:
        severity: Severity | None = "error" if options.severity is None else None
        yield Hit(f"marks nothing, but is answered {', '.join(map(repr, told))}", severity=severity)
        return
    others = [other for other in reading.others if finished(other)]
    labelled = [other for other in others if other.spans]
    if labelled and 2 * len(labelled) >= len(others):
        found = ", ".join(f"{other.by} {some(len(other.spans), 'span')}" for other in labelled[:NAMED])
        yield Hit(f"marks nothing where others do: {found}")
    elif not others and reading.facts.expectation is not None:
        expected = reading.facts.expectation.expect(reading.article.text)
        if expected.triggers >= options.expected:
            words = ", ".join(map(repr, expected.words[:NAMED]))
            message = f"marks nothing; by its words {expected.triggers:.0f} triggers are to be expected: {words}"
            yield Hit(message, severity="hint")
